//! Pressure of the end faces on the bone beneath, and what that bone bears.

use ossein_mechanics::material::local_yield_mpa;
use ossein_mechanics::stress::Stress;
use ossein_mechanics::subsidence::{self, DISC_MM, endplate_load};
use rayon::prelude::*;
use serde::Serialize;

use super::construct::{Construct, Contact, Materials};

/// Pressure of one end face on its endplate, over all load cases.
#[derive(Clone, Debug, Serialize)]
pub struct EndplateFigures {
    /// `cranial` or `caudal`.
    pub end: &'static str,
    /// Load case with the lowest ratio of strength and pressure.
    pub case: String,
    /// Area of bone that touches the face along the axis, mm².
    pub contact_mm2: f64,
    /// 95th percentile of pressure on bone, MPa.
    pub pressure_mpa_p95: f64,
    /// 5th percentile of the bone's local strength, MPa (facts D1.60).
    pub strength_mpa_p05: f64,
    /// 5th percentile of strength over pressure, place by place.
    pub ratio: f64,
    /// Part of the contact where pressure exceeds strength.
    pub overloaded_fraction: f64,
    /// Force through the contact over the force at which all of it yields, largest of all cases.
    pub subsidence_index: f64,
    /// Load case with the largest index.
    pub subsidence_case: String,
}

impl EndplateFigures {
    /// The lowest ratio of two cases, and the largest index, each with its own case.
    pub fn worse(self, other: Self) -> Self {
        let (index, index_case) = if other.subsidence_index > self.subsidence_index {
            (other.subsidence_index, other.subsidence_case.clone())
        } else {
            (self.subsidence_index, self.subsidence_case.clone())
        };
        let lowest = if other.ratio < self.ratio { other } else { self };
        Self { subsidence_index: index, subsidence_case: index_case, ..lowest }
    }
}

/// The bone that one end face touches.
pub struct Bed {
    is_upper: bool,
    voxel_mm: f64,
    places: Vec<Place>,
}

/// A place of the contact.
struct Place {
    voxel: u32,
    /// Voxels of the contact in the disc around it, itself among them.
    near: Vec<u32>,
    /// Strength of the bone around it, MPa.
    strength_mpa: f64,
}

impl Bed {
    /// The bone at one end: each place with what lies within half of [`DISC_MM`].
    pub fn new(construct: &Construct, materials: &Materials, is_upper: bool) -> Self {
        let contacts: Vec<Contact> =
            construct.contacts().into_iter().filter(|c| c.is_upper == is_upper).collect();
        let at = |voxel: usize| construct.grid.center(construct.grid.voxel(voxel));
        let place = |contact: &Contact| {
            let p = at(contact.voxel);
            let is_near = |other: &&Contact| at(other.voxel).distance(p) <= 0.5 * DISC_MM;
            let near = contacts.iter().filter(is_near).map(|c| c.voxel as u32).collect();
            let hu = construct.mean_hu(contact, 0.5 * DISC_MM);
            let density = materials.bone.calibration.density(hu).to_phantom();
            let strength_mpa = local_yield_mpa(density).map_or(0.0, |s| s.0);
            Place { voxel: contact.voxel as u32, near, strength_mpa }
        };
        let places = contacts.par_iter().map(place).collect();
        Self { is_upper, voxel_mm: construct.model.voxel_mm, places }
    }

    /// Pressure along the implant's axis at every place, MPa: zero where the face is pulled.
    pub fn pressures_mpa(&self, stresses: &[Stress]) -> Vec<f64> {
        let one = |place: &Place| {
            let sum: f64 = place.near.iter().map(|&n| f64::from(-stresses[n as usize][2])).sum();
            (sum / place.near.len() as f64).max(0.0)
        };
        self.places.iter().map(one).collect()
    }

    /// Pressures against strength; none where nothing touches.
    pub fn figures(&self, case: &str, pressures_mpa: &[f64]) -> Option<EndplateFigures> {
        let one = |(place, &pressure_mpa): (&Place, &f64)| subsidence::Contact {
            pressure_mpa,
            strength_mpa: place.strength_mpa,
        };
        let own: Vec<_> = self.places.iter().zip(pressures_mpa).map(one).collect();
        let load = endplate_load(&own)?;
        Some(EndplateFigures {
            end: if self.is_upper { "cranial" } else { "caudal" },
            case: case.into(),
            contact_mm2: load.count as f64 * self.voxel_mm * self.voxel_mm,
            pressure_mpa_p95: load.pressure_mpa_p95,
            strength_mpa_p05: load.strength_mpa_p05,
            ratio: load.ratio_p05,
            overloaded_fraction: load.overloaded_fraction,
            subsidence_index: load.index,
            subsidence_case: case.into(),
        })
    }

    /// Its places: voxel and strength of the bone there, MPa.
    pub fn strengths(&self) -> impl Iterator<Item = (usize, f64)> {
        self.places.iter().map(|place| (place.voxel as usize, place.strength_mpa))
    }
}

impl Construct {
    /// Mean grey value of the bone of a contact's body within `reach_mm` of the face that it touches.
    fn mean_hu(&self, contact: &Contact, reach_mm: f64) -> f64 {
        let steps = reach_mm / self.model.voxel_mm;
        let mut face = self.grid.voxel(contact.voxel).map(|n| n as f64);
        face[2] += if contact.is_upper { -0.5 } else { 0.5 };
        let span = |a: usize| {
            let (low, high) = ((face[a] - steps).ceil().max(0.0), (face[a] + steps).floor());
            low as usize..=(high as usize).min(self.grid.size[a] - 1)
        };
        let [ni, nj, _] = self.grid.size;
        let (mut sum, mut count) = (f64::from(self.bone_hu[contact.voxel]), 1.0);
        for k in span(2) {
            for n in span(1).flat_map(|j| span(0).map(move |i| (k * nj + j) * ni + i)) {
                let off = self.grid.voxel(n).map(|n| n as f64);
                let square: f64 = (0..3).map(|a| (off[a] - face[a]).powi(2)).sum();
                let own = self.is_bone(n) && self.is_upper[n] == contact.is_upper;
                if own && n != contact.voxel && square <= steps * steps {
                    sum += f64::from(self.bone_hu[n]);
                    count += 1.0;
                }
            }
        }
        sum / count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ossein_geom::{Grid, Implant, Point};
    use ossein_mechanics::OrthotropicModel;
    use ossein_mechanics::homogenized::Cell;
    use ossein_mechanics::material::{BoneRange, Calibration, METALS, bone_law, bone_map, preset};

    const SIZE: [usize; 3] = [9, 9, 6];

    /// Three layers of metal beneath three of bone that grows denser along x, in voxels of 1 mm.
    fn construct() -> Construct {
        let count: usize = SIZE.iter().product();
        let metal = |n: usize| f32::from(u8::from(n / 81 < 3));
        let hu = |n: usize| if n / 81 < 3 { f32::NAN } else { 60.0 + 10.0 * (n % 9) as f32 };
        Construct {
            model: OrthotropicModel { size: SIZE, voxel_mm: 1.0, moduli: vec![[0.0; 9]; count] },
            grid: Grid::<Implant>::aligned(Point::ORIGIN, [1.0; 3], SIZE),
            dense: (0..count).map(metal).collect(),
            porous: vec![0.0; count],
            implant: (0..count).map(metal).collect(),
            bone_hu: (0..count).map(hu).collect(),
            is_upper: (0..count).map(|n| n / 81 >= 3).collect(),
        }
    }

    #[test]
    fn pressure_on_one_voxel_is_that_on_a_disc() {
        let calibration = Calibration::UncalibratedPreset(*preset("rho_vertebra").unwrap());
        let law = bone_law("morgan_vertebra").unwrap();
        let bone = bone_map(Some(&calibration), law, BoneRange::default()).unwrap().value;
        let materials = Materials {
            metal: &METALS[0],
            lattice: (Cell::from_id("gyroid").unwrap(), 0.3),
            bone: &bone,
        };
        let construct = construct();
        let middle = Contact { voxel: (3 * 9 + 4) * 9 + 4, is_upper: true };
        assert!((construct.mean_hu(&middle, 2.0) - 100.0).abs() < 1e-6);
        let mut stresses = vec![[0.0f32; 6]; construct.bone_hu.len()];
        // A disc of 4 mm holds 13 voxels of 1 mm.
        stresses[middle.voxel][2] = -13.0;
        let figures = |upper| {
            let bed = Bed::new(&construct, &materials, upper);
            bed.figures("press", &bed.pressures_mpa(&stresses))
        };
        let found = figures(true).unwrap();
        assert_eq!((found.contact_mm2, found.pressure_mpa_p95), (81.0, 1.0));
        assert!(figures(false).is_none(), "the lower face touches nothing");
    }
}
