//! What places without a partner would have said of a plane of symmetry.

use std::collections::{BTreeMap, BTreeSet};

use nalgebra::{DMatrix, DVector, Matrix3, Vector3};
use ossein_geom::float;

/// A place and its partner, seen from the plane: vectors run along both of its sides and above it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Where the place lies, from a point of the plane, mm.
    pub at: Vector3<f64>,
    /// How the surface of its partner looks; where it has none, as its mirror image would.
    pub normal: Vector3<f64>,
    /// How the height of the mirror image over its partner changes with the plane's two tilts and
    /// its shift.
    pub row: Vector3<f64>,
    /// That height, mm.
    pub height_mm: f64,
    /// What the pair counts.
    pub weight: f64,
    /// What is missing of it because the place has lost its partner.
    pub missing: f64,
}

/// Edge of the regions whose places share one asymmetry, mm; twice as much, and so on, where they
/// would be too many.
const REGION_MM: f64 = 20.0;
/// Regions at most: what three times as many equations cost grows with their cube.
const REGION_COUNT_MAX: usize = 600;
// The three lengths are ours, chosen on one skull by the pieces that the tests cut out of it.
/// Regions so far apart share 1 part in e of their asymmetry, mm.
const ALIKE_MM: f64 = 80.0;
/// Standard deviation of a region's asymmetry over all skulls, mm.
const SIDES_MM: f64 = 0.85;
/// Standard deviation of a place about its region, mm, for a weight of one.
const PLACE_MM: f64 = 0.8;
/// Share of a region's variance that it has in common with no other.
const OWN: f64 = 1e-3;

/// What the missing pairs add to the normal matrix and the right side of the plane's motion.
///
/// The sides of a body differ by a field that changes slowly along it. Where a place has lost its
/// partner, that field is foretold from the pairs around; if what is missing said nothing, the
/// plane would follow what is left. None where the equations have no solution.
///
/// # Source
/// Kriging with an exponential covariance: Cressie: Statistics for Spatial Data (1993), 3.2.
pub fn missing(places: &[Place]) -> Option<(Matrix3<f64>, Vector3<f64>)> {
    let (mut matrix, mut right) = (Matrix3::zeros(), Vector3::zeros());
    if places.iter().all(|p| p.missing <= 0.0) {
        return Some((matrix, right));
    }
    let (regions, edge_mm) = regions(places);
    let asymmetry = asymmetry(&regions)?;
    for place in places.iter().filter(|p| p.missing > 0.0) {
        let shift = asymmetry[regions[&place.region(edge_mm)].index];
        let height_mm = -place.side() * place.folded(place.normal).dot(&shift);
        matrix += place.row * place.row.transpose() * place.missing;
        right -= place.row * (height_mm * place.missing);
    }
    Some((matrix, right))
}

impl Place {
    /// 1 above the plane and -1 below it.
    fn side(&self) -> f64 {
        if self.at.z < 0.0 { -1.0 } else { 1.0 }
    }

    /// A vector as it is seen from above the plane: both sides of a pair tell of one asymmetry.
    fn folded(&self, v: Vector3<f64>) -> Vector3<f64> {
        Vector3::new(v.x, v.y, v.z * self.side())
    }

    fn region(&self, edge_mm: f64) -> [i64; 3] {
        self.folded(self.at).map(|v| (v / edge_mm).floor() as i64).into()
    }
}

/// Places that share one asymmetry.
#[derive(Default)]
struct Region {
    index: usize,
    weight: f64,
    sum: Vector3<f64>,
    matrix: Matrix3<f64>,
    right: Vector3<f64>,
}

impl Region {
    fn middle(&self) -> Vector3<f64> {
        self.sum / self.weight
    }

    fn add(&mut self, place: &Place) {
        let weight = place.weight + place.missing;
        let normal = place.folded(place.normal);
        self.weight += weight;
        self.sum += place.folded(place.at) * weight;
        self.matrix += normal * normal.transpose() * place.weight;
        self.right -= normal * (place.side() * place.height_mm * place.weight);
    }
}

/// The regions of places that count, and their edge, mm.
fn regions(places: &[Place]) -> (BTreeMap<[i64; 3], Region>, f64) {
    let counting = || places.iter().filter(|p| p.weight + p.missing > 0.0);
    let mut edge_mm = REGION_MM;
    while counting().map(|p| p.region(edge_mm)).collect::<BTreeSet<_>>().len() > REGION_COUNT_MAX {
        edge_mm *= 2.0;
    }
    let mut regions: BTreeMap<[i64; 3], Region> = BTreeMap::new();
    for place in counting() {
        regions.entry(place.region(edge_mm)).or_default().add(place);
    }
    for (index, region) in regions.values_mut().enumerate() {
        region.index = index;
    }
    (regions, edge_mm)
}

/// The likeliest shift of each region against its mirror image, mm.
fn asymmetry(regions: &BTreeMap<[i64; 3], Region>) -> Option<Vec<Vector3<f64>>> {
    let regions: Vec<&Region> = regions.values().collect();
    let covariance = |i: usize, j: usize| {
        let away_mm = (regions[i].middle() - regions[j].middle()).norm();
        let own = if i == j { OWN } else { 0.0 };
        SIDES_MM * SIDES_MM * (float::exp(-away_mm / ALIKE_MM) + own)
    };
    let count = regions.len();
    let inverse = DMatrix::from_fn(count, count, covariance).cholesky()?.inverse();
    let mut matrix = DMatrix::zeros(3 * count, 3 * count);
    let mut right = DVector::zeros(3 * count);
    for (i, region) in regions.iter().enumerate() {
        for (j, axis) in (0..count).flat_map(|j| [(j, 0), (j, 1), (j, 2)]) {
            matrix[(3 * i + axis, 3 * j + axis)] = inverse[(i, j)] * PLACE_MM * PLACE_MM;
        }
        let mut own = matrix.fixed_view_mut::<3, 3>(3 * i, 3 * i);
        own += region.matrix;
        right.fixed_rows_mut::<3>(3 * i).copy_from(&region.right);
    }
    let found = matrix.cholesky()?.solve(&right);
    Some((0..count).map(|i| found.fixed_rows::<3>(3 * i).into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs over a ball of 60 mm whose right side is the left one's mirror image moved by `shift`;
    /// those that `lost` names have no partner.
    fn ball(
        shift: impl Fn(Vector3<f64>) -> Vector3<f64>,
        lost: fn(Vector3<f64>) -> bool,
    ) -> Vec<Place> {
        let golden = std::f64::consts::PI * (3.0 - 5.0f64.sqrt());
        let place = |n: u32| {
            let z = 1.0 - 2.0 * (f64::from(n) + 0.5) / 8000.0;
            let (s, c) = float::sin_cos(golden * f64::from(n));
            let r = (1.0 - z * z).sqrt();
            let normal = Vector3::new(r * c, r * s, z);
            let at = normal * 60.0;
            let side = if z < 0.0 { -1.0 } else { 1.0 };
            let folded = |v: Vector3<f64>| Vector3::new(v.x, v.y, v.z * side);
            let height_mm = -side * folded(normal).dot(&shift(folded(at)));
            let tilt = |side: usize| -2.0 * (at[side] * normal.z + at.z * normal[side]);
            let row = Vector3::new(tilt(0), tilt(1), 2.0 * normal.z);
            let whole = !lost(folded(at));
            let (weight, missing) = if whole { (1.0, 0.0) } else { (0.0, 1.0) };
            Place {
                at,
                normal,
                row,
                height_mm: if whole { height_mm } else { 0.0 },
                weight,
                missing,
            }
        };
        (0..8000).map(place).collect()
    }

    fn right_of(places: &[Place]) -> Vector3<f64> {
        places.iter().map(|p| -p.row * (p.height_mm * p.weight)).sum()
    }

    fn left_out(at: Vector3<f64>) -> bool {
        (at - Vector3::new(35.0, 35.0, 35.0)).norm() < 30.0
    }

    #[test]
    fn an_asymmetry_that_all_share_is_foretold_where_partners_are_missing() {
        let even = |_: Vector3<f64>| Vector3::new(0.3, -0.2, 0.5);
        let (cut, whole) = (ball(even, left_out), ball(even, |_| false));
        let (_, foretold) = missing(&cut).unwrap();
        let truth = right_of(&whole) - right_of(&cut);
        assert!((foretold - truth).norm() < 0.02 * truth.norm(), "{foretold} for {truth}");
    }

    #[test]
    fn a_slow_asymmetry_is_foretold_for_the_better_part() {
        let slow = |at: Vector3<f64>| Vector3::new(0.0, 0.0, 0.5 + 0.01 * at.x);
        let (cut, whole) = (ball(slow, left_out), ball(slow, |_| false));
        let (_, foretold) = missing(&cut).unwrap();
        let truth = right_of(&whole) - right_of(&cut);
        assert!((foretold - truth).norm() < 0.2 * truth.norm(), "{foretold} for {truth}");
    }

    #[test]
    fn places_far_apart_do_not_make_more_equations_than_can_be_solved() {
        let even = |_: Vector3<f64>| Vector3::new(0.3, -0.2, 0.5);
        let mut cut = ball(even, left_out);
        cut.iter_mut().for_each(|place| place.at *= 1000.0);
        let (regions, edge_mm) = regions(&cut);
        assert!(regions.len() <= REGION_COUNT_MAX && edge_mm > REGION_MM, "{}", regions.len());
        let (_, foretold) = missing(&cut).unwrap();
        assert!(foretold.iter().all(|v| v.is_finite()));
    }

    #[test]
    fn nothing_is_added_where_nothing_is_missing() {
        let whole = ball(|_| Vector3::new(0.3, 0.0, 0.0), |_| false);
        assert_eq!(missing(&whole).unwrap(), (Matrix3::zeros(), Vector3::zeros()));
    }
}
