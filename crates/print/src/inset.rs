//! Distance in the plane to a layer's contours, sampled near them: what contour passes, hatch
//! borders and walls too thin for either are taken from.
//!
//! The distance in space would not do: just under a flat top it is small everywhere, and every
//! pass would lose the whole layer.

use ossein_geom::Contour;

use crate::plane::{Plane, Raster};

/// Samples that are handled together.
const LANES: usize = 8;

/// Signed distances to the contours of a layer, mm: negative inside, exact within reach.
#[derive(Default)]
pub(crate) struct Inset {
    squares: Vec<f32>,
    row_stride: usize,
    raster: Option<Raster>,
}

impl Inset {
    /// Measures the distance to `contours` within `reach`, the larger of which then stands for all
    /// beyond; `inside` says which samples of a row lie inside.
    pub fn measure(
        &mut self,
        raster: Raster,
        contours: &[Contour],
        reach: &Reach,
        mut inside: impl FnMut(usize, &mut [bool]),
    ) {
        let [ni, nj] = raster.size;
        self.row_stride = ni.next_multiple_of(LANES) + LANES;
        self.raster = Some(raster);
        let per_mm = 1.0 / raster.step;
        let steps = Reach { inside: reach.inside * per_mm, outside: reach.outside * per_mm };
        self.squares.clear();
        let farthest = (steps.inside * steps.inside) as f32;
        self.squares.resize(self.row_stride * nj.next_multiple_of(32), farthest);
        for contour in contours {
            let sample = |p: [f64; 2]| [0, 1].map(|a| (p[a] - raster.origin[a]) * per_mm);
            let Some(&last) = contour.points.last() else { continue };
            let mut a = sample(last);
            for &p in &contour.points {
                let b = sample(p);
                self.segment(raster.size, a, b, &steps);
                a = b;
            }
        }
        let step = raster.step as f32;
        let mut sides = vec![false; ni];
        for j in 0..nj {
            inside(j, &mut sides);
            let row = &mut self.squares[j * self.row_stride..][..ni];
            for (value, inside) in row.iter_mut().zip(&sides) {
                let distance = value.sqrt() * step;
                *value = if *inside { -distance } else { distance };
            }
        }
    }

    /// The samples.
    pub fn plane(&self) -> Plane<'_> {
        let raster = self.raster.expect("measured before it is asked");
        Plane::dense(raster, self.row_stride, &self.squares)
    }

    /// Lowers the squares around the segment from `a` to `b`: in a box around what lies within
    /// reach of it, and there in the strip along it alone. All in steps between samples.
    fn segment(&mut self, size: [usize; 2], a: [f64; 2], b: [f64; 2], reach: &Reach) {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = (dx * dx + dy * dy).sqrt();
        if length == 0.0 {
            return;
        }
        let [ux, uy] = [dx / length, dy / length];
        let [nx, ny] = [-uy, ux];
        let range = |axis: usize, along: f64, inwards: f64| {
            let [back, forth] = reach.along_axis(along, inwards);
            let first = (a[axis].min(b[axis]) - back).ceil() as i64;
            let end = (a[axis].max(b[axis]) + forth).floor() as i64 + 1;
            (first.max(0), end.min(size[axis] as i64))
        };
        let ((i0, i1), (j0, j1)) = (range(0, ux, nx), range(1, uy, ny));
        if i0 >= i1 || j0 >= j1 {
            return;
        }
        // Whole groups, so that what one segment has just stored the next one can load at once.
        let (i0, j0, rows) = (i0 as usize / LANES * LANES, j0 as usize, (j1 - j0) as usize);
        let (px, py) = (i0 as f64 - a[0], j0 as f64 - a[1]);
        let box_groups = (i1 as usize - i0).div_ceil(LANES);
        let strip = Strip::new([px, py], [nx, ny], reach);
        let groups = box_groups.min(strip.groups);
        let latest = (box_groups - groups) as i64;
        let length = length as f32;
        let along = [px * ux + py * uy, ux, uy].map(|v| v as f32);
        let across = [px * nx + py * ny, nx, ny].map(|v| v as f32);
        let lane_along: [f32; LANES] = std::array::from_fn(|n| along[1] * n as f32);
        let lane_across: [f32; LANES] = std::array::from_fn(|n| across[1] * n as f32);
        let mut start = strip.start;
        for j in 0..rows {
            let first = (start >> (STRIP_BITS + LANES.ilog2())).max(0).min(latest) as usize * LANES;
            start += strip.slope;
            let (x, y) = (first as f32, j as f32);
            let mut along_row = along[0] + x * along[1] + y * along[2];
            let mut across_row = across[0] + x * across[1] + y * across[2];
            let row = (j0 + j) * self.row_stride + i0 + first;
            for eight in self.squares[row..][..groups * LANES].as_chunks_mut::<LANES>().0 {
                let squares: [f32; LANES] = std::array::from_fn(|n| {
                    let (u, v) = (along_row + lane_along[n], across_row + lane_across[n]);
                    let beyond = u - u.max(0.0).min(length);
                    v * v + beyond * beyond
                });
                let old = *eight;
                *eight = std::array::from_fn(|n| old[n].min(squares[n]));
                along_row += LANES as f32 * along[1];
                across_row += LANES as f32 * across[1];
            }
        }
    }
}

/// How far from a contour distances are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    /// On the contour's left, where the solid lies.
    pub inside: f64,
    /// On its right; at most `inside`.
    pub outside: f64,
}

impl Reach {
    /// How far it goes down and up an axis beyond a segment, of which and of whose normal to the
    /// left these are the parts along the axis: two half discs.
    fn along_axis(&self, along: f64, inwards: f64) -> [f64; 2] {
        let Self { inside, outside } = *self;
        let ahead = inside.max(outside * along.abs());
        let behind = outside.max(inside * along.abs());
        if inwards >= 0.0 { [behind, ahead] } else { [ahead, behind] }
    }
}

/// Where the samples of each row begin that lie within reach of a segment's line.
struct Strip {
    /// In the first row, and how it moves from row to row, in samples from the box's first one:
    /// whole numbers with [`STRIP_BITS`] bits behind the point.
    start: i64,
    slope: i64,
    /// Groups of samples that hold all of a row, wherever it begins in its group.
    groups: usize,
}

/// Bits behind the point of a strip's start.
const STRIP_BITS: u32 = 16;
/// Flatter lines cross the whole box in every row.
const SLOPE_MIN: f64 = 1e-3;

impl Strip {
    fn new([px, py]: [f64; 2], [nx, ny]: [f64; 2], reach: &Reach) -> Self {
        if nx.abs() < SLOPE_MIN {
            return Self { start: 0, slope: 0, groups: usize::MAX };
        }
        let per_step = 1.0 / nx;
        let left = if nx > 0.0 { -reach.outside } else { reach.inside };
        let width = (reach.inside + reach.outside) * per_step.abs();
        let one = f64::from(1 << STRIP_BITS);
        Self {
            start: ((left - px * nx - py * ny) * per_step * one) as i64,
            slope: (-ny * per_step * one) as i64,
            groups: (width as i64 as usize + LANES + 1).div_ceil(LANES),
        }
    }
}
