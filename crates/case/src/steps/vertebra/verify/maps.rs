//! Maps of the evidence: values in planes for the pictures, and in every element for viewers.

use ossein_geom::{Grid, Implant};
use serde::{Deserialize, Serialize};

use super::construct::Construct;
use super::envelope::Envelope;
use super::judge::Estimates;
use super::look::Look;
use crate::steps::fields::rounded;

/// Values over a plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// Places in a row.
    pub width: usize,
    /// Distance between places, mm.
    pub spacing_mm: f64,
    /// `[row][place]`; none where there is nothing to tell.
    pub values: Vec<Option<f32>>,
}

/// The sagittal and the coronal plane through the middle of a model, rows from its lowest up.
pub type Planes = [Map; 2];

/// Both end faces, cranial and caudal, seen from above: rows from front to back, places from right
/// to left; none where nothing touches.
pub type Ends = [Option<Map>; 2];

/// Every map.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Maps {
    /// Largest von Mises stress.
    pub von_mises_mpa: Planes,
    /// Least safety factor against yield.
    pub safety_yield: Planes,
    /// Least safety factor in fatigue.
    pub safety_fatigue: Planes,
    /// Largest pressure on the bone at an end face.
    pub pressure_mpa: Ends,
    /// That over the bone's strength.
    pub strength_used: Ends,
    /// Largest slip of an end face.
    pub slip_um: Ends,
    /// Stimulus of bone over that with bone for the implant.
    pub stimulus_ratio: Planes,
    /// Part of the pores that bone fills at twelve weeks.
    pub ingrown: Planes,
}

/// Values of elements by name.
pub type Arrays<'a> = Vec<(&'static str, &'a [f32])>;

/// What a look's elements bear, and what they are.
pub fn of_construct(look: &Look) -> Arrays<'_> {
    let Look { construct, evidence, .. } = look;
    let Envelope { von_mises_mpa, safety_yield, safety_fatigue, pressure_mpa, strength_mpa } =
        &evidence.envelope;
    vec![
        ("solid_metal", &construct.dense),
        ("porous_core", &construct.porous),
        ("bone_hu", &construct.bone_hu),
        ("von_mises_mpa", von_mises_mpa),
        ("safety_yield", safety_yield),
        ("safety_fatigue", safety_fatigue),
        ("endplate_pressure_mpa", pressure_mpa),
        ("endplate_strength_mpa", strength_mpa),
    ]
}

/// Slip at the places of the end faces in every element, µm.
pub fn slip_um(estimates: &Estimates) -> Vec<f32> {
    let mut slip = vec![f32::NAN; estimates.bone.ratio.len()];
    for (contact, slip_mm) in &estimates.slip.sites {
        slip[contact.voxel] = (1e3 * slip_mm) as f32;
    }
    slip
}

/// All maps: stress and safety of `fine`, and what was judged on the voxels of `coarse`.
pub fn maps(fine: &Look, coarse: &Look) -> Maps {
    let Look { construct, evidence, judged, .. } = fine;
    let envelope = &evidence.envelope;
    let known = |values: &[f32]| values.iter().map(|&v| (v >= 0.0).then_some(v)).collect();
    let own = |values: &[f32]| planes(&construct.grid, known(values));
    let at_ends = |construct: &Construct, values: &[f32]| {
        ends((construct.grid.size, construct.model.voxel_mm), &construct.is_upper, values)
    };
    let both = envelope.pressure_mpa.iter().zip(&envelope.strength_mpa);
    let used: Vec<f32> = both.map(|(p, s)| p / s.max(1e-3)).collect();
    let (judged_on, estimates) = (&coarse.construct, &judged.estimates);
    Maps {
        von_mises_mpa: planes(&construct.grid, positive(&envelope.von_mises_mpa)),
        safety_yield: own(&envelope.safety_yield),
        safety_fatigue: own(&envelope.safety_fatigue),
        pressure_mpa: at_ends(construct, &envelope.pressure_mpa),
        strength_used: at_ends(construct, &used),
        slip_um: at_ends(judged_on, &slip_um(estimates)),
        stimulus_ratio: planes(&judged_on.grid, positive(&estimates.bone.ratio)),
        ingrown: planes(&judged_on.grid, known(&estimates.growth.bone)),
    }
}

fn positive(values: &[f32]) -> Vec<Option<f32>> {
    values.iter().map(|&v| (v > 0.0).then_some(v)).collect()
}

/// The middle planes of values of all elements.
fn planes(grid: &Grid<Implant>, values: Vec<Option<f32>>) -> Planes {
    let [ni, nj, nk] = grid.size;
    let plane = |across: usize, voxel: &dyn Fn(usize, usize) -> usize| {
        let places = (0..nk).flat_map(|k| (0..across).map(move |n| (n, k)));
        let values = places.map(|(n, k)| values[voxel(n, k)].map(rounded)).collect();
        Map { width: across, spacing_mm: grid.spacing[0], values }
    };
    [plane(nj, &|n, k| (k * nj + n) * ni + ni / 2), plane(ni, &|n, k| (k * nj + nj / 2) * ni + n)]
}

/// Values at both end faces: the largest of each column.
fn ends((size, voxel_mm): ([usize; 3], f64), is_upper: &[bool], values: &[f32]) -> Ends {
    let [ni, nj, _] = size;
    [true, false].map(|upper| {
        let own = |n: &usize| values[*n].is_finite() && is_upper[*n] == upper;
        let mut largest: Vec<Option<f32>> = vec![None; ni * nj];
        for n in (0..values.len()).filter(own) {
            let place = &mut largest[n % (ni * nj)];
            *place = Some(place.map_or(values[n], |most| most.max(values[n])));
        }
        cropped(&largest, ni, voxel_mm)
    })
}

/// The part of a plane that has values.
fn cropped(values: &[Option<f32>], width: usize, spacing_mm: f64) -> Option<Map> {
    let has = || (0..values.len()).filter(|&n| values[n].is_some());
    let (left, right) = (has().map(|n| n % width).min()?, has().map(|n| n % width).max()?);
    let (top, bottom) = (has().next()? / width, has().next_back()? / width);
    let row = |j: usize| values[j * width + left..=j * width + right].iter();
    let values = (top..=bottom).flat_map(row).map(|v| v.map(rounded)).collect();
    Some(Map { width: right - left + 1, spacing_mm, values })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_cut_to_what_has_values() {
        let mut values = vec![None; 20];
        (values[6], values[13]) = (Some(1.25), Some(123.456));
        let map = cropped(&values, 5, 0.5).unwrap();
        assert_eq!((map.width, map.spacing_mm), (3, 0.5));
        assert_eq!(map.values, [Some(1.25), None, None, None, None, Some(123.5)]);
        assert_eq!(cropped(&[None; 4], 2, 1.0), None);
    }

    #[test]
    fn the_largest_of_a_column_counts_at_each_end() {
        let size = [2, 1, 4];
        let mut values = vec![f32::NAN; 8];
        // Of the left column two places below, one above; of the right one above.
        (values[0], values[2], values[6], values[7]) = (3.0, 5.0, 1.0, 2.0);
        let is_upper: Vec<bool> = (0..8).map(|n| n >= 4).collect();
        let [cranial, caudal] = ends((size, 1.0), &is_upper, &values);
        let (cranial, caudal) = (cranial.unwrap(), caudal.unwrap());
        assert_eq!((cranial.width, cranial.values), (2, vec![Some(1.0), Some(2.0)]));
        assert_eq!((caudal.width, caudal.values), (1, vec![Some(5.0)]));
    }

    #[test]
    fn middle_planes_are_taken_by_their_axes() {
        let grid = Grid::<Implant>::aligned(ossein_geom::Point::ORIGIN, [1.0; 3], [3, 4, 2]);
        let values = (0..24).map(|n| Some(n as f32)).collect();
        let [sagittal, coronal] = planes(&grid, values);
        assert_eq!((sagittal.width, coronal.width), (4, 3));
        assert_eq!(sagittal.values[..4], [1.0, 4.0, 7.0, 10.0].map(Some));
        assert_eq!(coronal.values[3..], [18.0, 19.0, 20.0].map(Some));
    }
}
