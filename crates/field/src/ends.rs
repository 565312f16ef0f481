//! Where a body begins and ends along an axis, over each place across it.

use ossein_geom::{Frame, Point, TriMesh};

use crate::height::Raster;

/// The steepest that an end face is: what is steeper is a side wall.
const SLOPE_MAX: f64 = 1.0;
/// A line through an edge or corner meets the triangles beside it, whatever the rounding; steps².
const ROUNDING: f64 = 1e-9;

/// The end faces of a body along an axis, as heights over the plane across it.
///
/// Beside the body its nearest heights go on. Over side walls an end face goes on at 45 degrees
/// from where it is highest, so that heights change by no more than way (1.08 of it between the
/// raster's directions).
#[derive(Clone, Debug)]
pub struct Ends {
    axis: usize,
    /// Lower and upper end, mm.
    heights: [Raster; 2],
}

impl Ends {
    /// The end faces of a mesh along `axis` (0 for x), looked at on lines `step_mm` apart.
    ///
    /// # Panics
    /// If the mesh has no triangle, or the step is not positive.
    pub fn new<F: Frame>(mesh: &TriMesh<F>, axis: usize, step_mm: f64) -> Self {
        let bounds = mesh.bounds();
        assert!(!bounds.is_empty() && step_mm > 0.0, "a body and a step");
        let [min, max] = [bounds.min, bounds.max].map(|p| across(axis, p));
        let empty = Raster::sampled(min, max, step_mm, |_, _| f64::NAN);
        // Upwards both are the highest: the lower end is looked at upside down.
        let heights = [-1.0, 1.0].map(|sign| {
            let mut top = empty.clone();
            for triangle in &mesh.triangles {
                let corners = mesh.corners(*triangle);
                raise(&mut top, corners.map(|p| (across(axis, p), sign * p[axis])));
            }
            spread(&mut top);
            under_cones(&mut top);
            top.values.iter_mut().for_each(|v| *v *= sign as f32);
            top
        });
        Self { axis, heights }
    }

    /// Heights of both ends over a place, mm along the axis.
    #[inline(always)]
    pub fn at<F: Frame>(&self, p: Point<F>) -> [f64; 2] {
        let [u, v] = across(self.axis, p);
        [0, 1].map(|n| self.heights[n].at(u, v))
    }

    /// Both ends as rasters of heights: along z over x and y, along x over y and z, along y over z
    /// and x.
    pub fn into_heights(self) -> [Raster; 2] {
        self.heights
    }

    /// The most that the body measures along the axis, mm.
    pub fn height_max_mm(&self) -> f64 {
        let [low, high] = &self.heights;
        let heights = low.values.iter().zip(&high.values).map(|(low, high)| f64::from(high - low));
        heights.fold(0.0, f64::max)
    }

    /// The most that either height changes per mm of way.
    pub fn slope_max(&self) -> f64 {
        self.heights.iter().map(Raster::slope_max).fold(0.0, f64::max)
    }
}

/// The coordinates across an axis.
#[inline(always)]
fn across<F: Frame>(axis: usize, p: Point<F>) -> [f64; 2] {
    [p[(axis + 1) % 3], p[(axis + 2) % 3]]
}

/// Raises the heights over a triangle, given as places and heights.
fn raise(top: &mut Raster, corners: [([f64; 2], f64); 3]) {
    let [ni, nj] = top.size;
    let place = |(p, _): &([f64; 2], f64)| [0, 1].map(|a| (p[a] - top.origin[a]) / top.step_mm);
    let [a, b, c] = [0, 1, 2].map(|n| place(&corners[n]));
    let cross = |o: [f64; 2], p: [f64; 2], q: [f64; 2]| {
        (p[0] - o[0]) * (q[1] - o[1]) - (p[1] - o[1]) * (q[0] - o[0])
    };
    let area = cross(a, b, c);
    if area.abs() < ROUNDING {
        return;
    }
    let range = |axis: usize, count: usize| {
        let low = a[axis].min(b[axis]).min(c[axis]) - ROUNDING;
        let high = a[axis].max(b[axis]).max(c[axis]) + ROUNDING;
        (low.ceil().max(0.0) as usize, ((high.floor() + 1.0).max(0.0) as usize).min(count))
    };
    let ((i0, i1), (j0, j1)) = (range(0, ni), range(1, nj));
    for (i, j) in (j0..j1).flat_map(|j| (i0..i1).map(move |i| (i, j))) {
        let p = [i as f64, j as f64];
        let shares = [cross(b, c, p), cross(c, a, p), cross(a, b, p)].map(|part| part / area);
        if shares.iter().all(|share| *share >= -ROUNDING) {
            let height: f64 = shares.iter().zip(&corners).map(|(s, corner)| s * corner.1).sum();
            let here = &mut top.values[j * ni + i];
            // An empty place is no number, which `max` passes over.
            *here = here.max(height as f32);
        }
    }
}

/// Gives places without a height that of their nearest neighbour that has one, ring by ring.
fn spread(top: &mut Raster) {
    let mut edge: Vec<usize> = (0..top.values.len()).filter(|&n| !top.values[n].is_nan()).collect();
    while !edge.is_empty() {
        let mut next = Vec::new();
        for at in std::mem::take(&mut edge) {
            for other in neighbours(top.size, at) {
                if top.values[other].is_nan() {
                    top.values[other] = top.values[at];
                    next.push(other);
                }
            }
        }
        edge = next;
    }
    // A body that no line meets is thinner than the step.
    top.values.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.0);
}

/// The places beside one, in steps of both directions and of each.
fn neighbours([ni, nj]: [usize; 2], at: usize) -> impl Iterator<Item = usize> {
    let (i, j) = (at % ni, at / ni);
    let beside = (-1i64..=1).flat_map(|dj| (-1i64..=1).map(move |di| (di, dj)));
    beside.filter_map(move |(di, dj)| {
        let (i, j) = (i.checked_add_signed(di as isize)?, j.checked_add_signed(dj as isize)?);
        (i < ni && j < nj && (di, dj) != (0, 0)).then_some(j * ni + i)
    })
}

/// Raises what lies beneath the cones that fall off at 45 degrees from each height.
fn under_cones(top: &mut Raster) {
    let (count, ni) = (top.values.len(), top.size[0]);
    let fall = (SLOPE_MAX * top.step_mm) as f32;
    let raised = |top: &mut Raster, at: usize| {
        for other in neighbours(top.size, at) {
            let way =
                if other % ni != at % ni && other / ni != at / ni { 2f32.sqrt() } else { 1.0 };
            top.values[at] = top.values[at].max(top.values[other] - way * fall);
        }
    };
    // There and back, the cone of every height reaches every place.
    (0..count).for_each(|at| raised(top, at));
    (0..count).rev().for_each(|at| raised(top, at));
}

#[cfg(test)]
mod tests {
    use ossein_geom::Implant;

    use super::*;

    /// A roof over a rectangle 8 by 6 mm whose ridge lies along x: `eaves` high at both sides.
    fn house(eaves: f64, ridge: f64) -> TriMesh<Implant> {
        let p = Point::new;
        let vertices = vec![
            p(0.0, 0.0, 0.0),
            p(8.0, 0.0, 0.0),
            p(8.0, 6.0, 0.0),
            p(0.0, 6.0, 0.0),
            p(0.0, 0.0, eaves),
            p(8.0, 0.0, eaves),
            p(8.0, 6.0, eaves),
            p(0.0, 6.0, eaves),
            p(0.0, 3.0, ridge),
            p(8.0, 3.0, ridge),
        ];
        let quad = |[a, b, c, d]: [u32; 4]| [[a, b, c], [a, c, d]];
        let mut triangles: Vec<[u32; 3]> = [[0, 3, 2, 1], [4, 5, 9, 8], [8, 9, 6, 7]]
            .into_iter()
            .chain([[0, 1, 5, 4], [2, 3, 7, 6]])
            .flat_map(quad)
            .collect();
        triangles.extend([[0, 4, 8], [0, 8, 3], [3, 8, 7], [1, 9, 5], [1, 2, 9], [2, 6, 9]]);
        TriMesh { vertices, triangles }
    }

    #[test]
    fn a_roof_is_as_high_as_drawn() {
        let ends = Ends::new(&house(5.0, 6.5), 2, 0.25);
        for y in [0.0, 0.4, 1.7, 3.0, 5.3] {
            let [low, high] = ends.at(Point::<Implant>::new(3.3, y, 0.0));
            let truth = 6.5 - 0.5 * (y - 3.0f64).abs();
            assert!(low == 0.0 && (high - truth).abs() < 0.03, "{y}: {low} {high} {truth}");
        }
        // Along x it begins and ends in planes.
        let along = Ends::new(&house(5.0, 6.5), 0, 0.25);
        assert_eq!(along.at(Point::<Implant>::new(0.0, 3.0, 2.0)), [0.0, 8.0]);
        assert_eq!(along.slope_max(), 0.0);
    }

    /// A steep roof is a wall: beside its ridge the end face falls off at 45 degrees alone.
    #[test]
    fn walls_are_no_end_face() {
        let ends = Ends::new(&house(1.0, 16.0), 2, 0.1);
        for y in [0.5, 2.0, 4.2] {
            let [low, high] = ends.at(Point::<Implant>::new(4.0, y, 0.0));
            let truth = 16.0 - (y - 3.0f64).abs();
            assert!(low == 0.0 && (high - truth).abs() < 0.06, "{y}: {high} {truth}");
        }
    }
}
