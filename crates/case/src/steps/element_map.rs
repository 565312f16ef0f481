//! The worst of all load cases in the elements of an implant, for pictures and viewers.

use ossein_geom::{Grid, Implant, Lps, Point, Rigid, TriMesh};
use ossein_mechanics::safety::factor;
use serde::{Deserialize, Deserializer, Serialize};

use super::fields::{Fields, rounded};
use crate::step::{StepContext, StepError};

/// Where the map is kept, for the pictures.
pub const FILE: &str = "evidence/maps.json";
/// The same for viewers, every element of the box around the implant.
pub const FIELDS_FILE: &str = "evidence/stress.vti";

/// What an element bears in one case, or the worst of several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worst {
    /// Largest stress, MPa.
    pub stress_mpa: f32,
    /// Least strength over it: once, and repeated; not a number where that is not judged.
    pub safety: [f32; 2],
}

impl Worst {
    /// Of a material with a strength, and perhaps one in fatigue that is held against the largest
    /// principal stress; all MPa.
    pub fn of_card(stress_mpa: f32, strength_mpa: f64, fatigue: Option<(f64, f32)>) -> Self {
        let often = fatigue.map_or(f32::NAN, |(strength, stress)| factor(strength, stress));
        Self { stress_mpa, safety: [factor(strength_mpa, stress_mpa), often] }
    }
}

/// The worst of all load cases in the elements of an implant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ElementMap {
    /// First voxel's centre in the implant's frame, mm.
    pub origin: Point<Implant>,
    /// Edge of a voxel, mm.
    pub voxel_mm: f64,
    /// Voxels along x, y, z.
    pub size: [usize; 3],
    /// Elements of the implant: their places in that grid.
    pub elements: Vec<u32>,
    /// Largest stress, MPa; not a number where none is known.
    #[serde(deserialize_with = "perhaps")]
    pub stress_mpa: Vec<f32>,
    /// Least safety factor against yield or fracture.
    #[serde(deserialize_with = "perhaps")]
    pub safety_yield: Vec<f32>,
    /// Least safety factor in fatigue; not a number where it is not judged.
    #[serde(deserialize_with = "perhaps")]
    pub safety_fatigue: Vec<f32>,
}

/// Numbers, null for one that is none.
fn perhaps<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f32>, D::Error> {
    let values = Vec::<Option<f32>>::deserialize(from)?;
    Ok(values.into_iter().map(|value| value.unwrap_or(f32::NAN)).collect())
}

impl ElementMap {
    /// Before the first case.
    pub fn new(origin: Point<Implant>, voxel_mm: f64, size: [usize; 3], own: Vec<u32>) -> Self {
        let unknown = vec![f32::NAN; own.len()];
        Self {
            origin,
            voxel_mm,
            size,
            elements: own,
            stress_mpa: unknown.clone(),
            safety_yield: unknown.clone(),
            safety_fatigue: unknown,
        }
    }

    /// Takes up a case; `of` is asked by element. One without any stress is a piece that the solver
    /// left out: nothing is known of it.
    pub fn take(&mut self, of: impl Fn(usize) -> Worst) {
        for (n, &element) in self.elements.iter().enumerate() {
            let Worst { stress_mpa, safety: [once, often] } = of(element as usize);
            if stress_mpa == 0.0 {
                continue;
            }
            self.stress_mpa[n] = self.stress_mpa[n].max(stress_mpa);
            self.safety_yield[n] = self.safety_yield[n].min(once);
            self.safety_fatigue[n] = self.safety_fatigue[n].min(often);
        }
    }

    /// Writes it for the pictures and for viewers.
    ///
    /// # Errors
    /// What the disk reports.
    pub fn write(
        &self,
        context: &mut StepContext<'_>,
        to_patient: &Rigid<Implant, Lps>,
    ) -> Result<(), StepError> {
        let short = |values: &[f32]| values.iter().map(|&value| rounded(value)).collect();
        let brief = Self {
            stress_mpa: short(&self.stress_mpa),
            safety_yield: short(&self.safety_yield),
            safety_fatigue: short(&self.safety_fatigue),
            ..self.clone()
        };
        context.write_json(FILE, &brief)?;
        let (grid, places) = self.around();
        let spread = |values: &[f32]| {
            let mut all = vec![f32::NAN; grid.voxel_count()];
            places.iter().zip(values).for_each(|(&place, &value)| all[place] = value);
            all
        };
        let [stress, once, often] =
            [&self.stress_mpa, &self.safety_yield, &self.safety_fatigue].map(|v| spread(v));
        let all: [(&str, &[f32]); 3] =
            [("stress_mpa", &stress), ("safety_yield", &once), ("safety_fatigue", &often)];
        let known = |(_, values): &(&str, &[f32])| values.iter().any(|value| !value.is_nan());
        let arrays: Vec<(&str, &[f32])> = all.into_iter().filter(known).collect();
        Fields { grid: &grid, to_patient }.write(context, FIELDS_FILE, &arrays)
    }

    /// The box around the implant's elements, and where each lies in it.
    fn around(&self) -> (Grid<Implant>, Vec<usize>) {
        let [ni, nj, _] = self.size;
        let at = |&e: &u32| {
            let e = e as usize;
            [e % ni, e / ni % nj, e / (ni * nj)]
        };
        let (mut low, mut high) = (self.size, [0; 3]);
        for place in self.elements.iter().map(at) {
            low = [0, 1, 2].map(|a| low[a].min(place[a]));
            high = [0, 1, 2].map(|a| high[a].max(place[a] + 1));
        }
        let size = [0, 1, 2].map(|a| high[a].saturating_sub(low[a]));
        let whole = Grid::aligned(self.origin, [self.voxel_mm; 3], self.size);
        let grid = Grid::aligned(whole.center(low), [self.voxel_mm; 3], size);
        let places = self.elements.iter().map(at);
        let places = places.map(|p| grid.index([0, 1, 2].map(|a| p[a] - low[a]))).collect();
        (grid, places)
    }

    /// A value for each column along z, `[y][x]`: the worst through the implant.
    pub fn columns(&self, values: &[f32], worst: fn(f32, f32) -> f32) -> Vec<f32> {
        let plane = self.size[0] * self.size[1];
        let mut columns = vec![f32::NAN; plane];
        for (&element, &value) in self.elements.iter().zip(values) {
            let column = &mut columns[element as usize % plane];
            *column = worst(*column, value);
        }
        columns
    }

    /// Values at the vertices of the implant's surface: the worst of the voxels around each, not a
    /// number where none was looked at.
    pub fn at_vertices(
        &self,
        mesh: &TriMesh<Implant>,
        values: &[f32],
        worst: fn(f32, f32) -> f32,
    ) -> Vec<f32> {
        let [ni, nj, nk] = self.size;
        let mut dense = vec![f32::NAN; ni * nj * nk];
        for (&element, &value) in self.elements.iter().zip(values) {
            dense[element as usize] = value;
        }
        let grid = Grid::aligned(self.origin, [self.voxel_mm; 3], self.size);
        let at = |p: &Point<Implant>| {
            let low = grid.coordinates(*p).map(|c| c.floor() as i64);
            let corner = |n: i64| {
                let at = [low[0] + (n & 1), low[1] + (n >> 1 & 1), low[2] + (n >> 2)];
                let inside = (0..3).all(|a| (0..self.size[a] as i64).contains(&at[a]));
                inside.then(|| dense[((at[2] * nj as i64 + at[1]) * ni as i64 + at[0]) as usize])
            };
            (0..8).filter_map(corner).fold(f32::NAN, worst)
        };
        mesh.vertices.iter().map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use ossein_mechanics::safety::FACTOR_MAX;

    use super::*;

    fn map() -> ElementMap {
        // Two elements, one over the other, in a grid of 3 x 2 x 3.
        let mut map = ElementMap::new(Point::new(1.0, 2.0, 3.0), 0.5, [3, 2, 3], vec![10, 16]);
        let of = |stress_mpa| Worst::of_card(stress_mpa, 800.0, Some((200.0, 0.5 * stress_mpa)));
        map.take(|e| of(e as f32));
        map.take(|e| of(20.0 - e as f32));
        map
    }

    #[test]
    fn the_worst_case_counts() {
        let map = map();
        assert_eq!(map.stress_mpa, [10.0, 16.0]);
        assert_eq!(map.safety_yield, [80.0, 50.0]);
        assert_eq!(map.safety_fatigue, [40.0, 25.0]);
        let columns = map.columns(&map.safety_yield, f32::min);
        assert_eq!((columns.len(), columns[4]), (6, 50.0));
        assert_eq!(columns.iter().filter(|v| v.is_nan()).count(), 5);
        let never = Worst::of_card(f32::MIN_POSITIVE, 800.0, None);
        assert!(never.safety[0] == FACTOR_MAX && never.safety[1].is_nan());
        assert!(Worst::of_card(f32::NAN, 800.0, None).safety[0].is_nan());
        let mut loose = ElementMap::new(Point::ORIGIN, 1.0, [1; 3], vec![0]);
        loose.take(|_| Worst::of_card(0.0, 800.0, None));
        assert!(loose.stress_mpa[0].is_nan() && loose.safety_yield[0].is_nan());
    }

    #[test]
    fn the_box_holds_the_elements_where_they_are() {
        let (grid, places) = map().around();
        assert_eq!((grid.size, places), ([1, 1, 2], vec![0, 1]));
        assert_eq!(grid.origin, Point::new(1.5, 2.5, 3.5));
    }

    #[test]
    fn what_is_not_judged_comes_back_as_no_number() {
        let mut map = ElementMap::new(Point::ORIGIN, 1.0, [1; 3], vec![0]);
        map.take(|_| Worst::of_card(5.0, 100.0, None));
        let text = serde_json::to_string(&map).unwrap();
        let back: ElementMap = serde_json::from_str(&text).unwrap();
        assert!(back.safety_fatigue[0].is_nan() && back.safety_yield == [20.0]);
    }
}
