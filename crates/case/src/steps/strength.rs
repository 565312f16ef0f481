//! How stress and safety are drawn on an implant's surface: alike for every kind.

use ossein_geom::{Frame, Implant, TriMesh};
use ossein_picture::{ColorMap, Item, Legend};

use super::element_map::ElementMap;

/// Safety factors are drawn up to so many times the least that is asked, and farther where all are
/// higher: up to so many times the least that there is.
const SAFETY_SPANS: [f32; 2] = [4.0, 2.0];
/// Of so many vertices one may lie above the range of stress.
const ABOVE: usize = 200;

/// The range of safety factors that are drawn, if any is known.
pub fn safety_range(values: impl Iterator<Item = f32>, safety_min: f32) -> Option<[f32; 2]> {
    let least = values.filter(|value| value.is_finite()).min_by(f32::total_cmp)?;
    let [asked, all] = SAFETY_SPANS;
    Some([0.0, (asked * safety_min).max(all * least)])
}

/// The name, the title beside the bar, and what stands beneath a picture.
type Words = [&'static str; 3];

/// Safety against yield or fracture.
const ONCE: Words = [
    "safety_yield",
    "safety factor",
    "Least safety factor of all load cases, loaded once; elements whose safety is not judged are grey",
];
/// Safety in fatigue.
const REPEATED: Words = [
    "safety_fatigue",
    "safety factor",
    "Least safety factor in fatigue of all load cases that repeat; grey is not judged, as a porous \
     core",
];

/// What stands beneath the pictures of safety, by their names' start.
pub const TOLD: [(&str, &str); 2] = [(ONCE[0], ONCE[2]), (REPEATED[0], REPEATED[2])];

/// One of the maps at the vertices of a surface.
pub struct StrengthMap {
    /// How its pictures' names start.
    pub name: &'static str,
    values: Vec<f32>,
    map: ColorMap,
    range: [f32; 2],
    title: &'static str,
}

impl StrengthMap {
    /// Stress and safety at the vertices of an implant's surface, each where there is any: the
    /// least that is asked of safety, once and repeated.
    pub fn all(
        map: &ElementMap,
        mesh: &TriMesh<Implant>,
        stress_title: &'static str,
        least: [f64; 2],
    ) -> Vec<Self> {
        let stress = map.at_vertices(mesh, &map.stress_mpa, f32::max);
        let range = stress_range(&stress).map(|range| Self {
            name: "stress",
            values: stress,
            map: ColorMap::Load,
            range,
            title: stress_title,
        });
        let both = [(&map.safety_yield, ONCE, least[0]), (&map.safety_fatigue, REPEATED, least[1])];
        let safety = both.into_iter().filter_map(|(values, [name, title, _], least)| {
            let values = map.at_vertices(mesh, values, f32::min);
            let range = safety_range(values.iter().copied(), least as f32)?;
            Some(Self { name, values, map: ColorMap::Reserve, range, title })
        });
        range.into_iter().chain(safety).collect()
    }

    /// The surface in its colours.
    pub fn item<'a, F: Frame>(&'a self, mesh: &'a TriMesh<F>) -> Item<'a, F> {
        Item::scalar(mesh, &self.values, self.map, self.range)
    }

    /// The bar beside it.
    pub fn legend(&self) -> Legend {
        Legend::Bar { title: self.title.into(), map: self.map, range: self.range }
    }
}

/// From nothing to what nearly all vertices stay below.
fn stress_range(values: &[f32]) -> Option<[f32; 2]> {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted.get(sorted.len() * (ABOVE - 1) / ABOVE).map(|&high| [0.0, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_safety_can_be_told_from_the_rest() {
        let of = |values: &[f32]| safety_range(values.iter().copied(), 1.5);
        assert_eq!(of(&[f32::NAN, 1.2, 900.0]), Some([0.0, 6.0]));
        assert_eq!(of(&[10.0, 900.0]), Some([0.0, 20.0]));
        assert_eq!(of(&[f32::NAN]), None);
    }
}
