//! Distance in the plane to a layer's contours, sampled near them: what contour passes, hatch
//! borders and walls too thin for either are taken from.
//!
//! The distance in space would not do: just under a flat top it is small everywhere, and every
//! pass would lose the whole layer.

use ossein_geom::Contour;

use crate::plane::{Plane, Raster};

/// Samples that are handled together.
const LANES: usize = 8;

/// Signed distances to the contours of a layer, mm: negative inside, exact to `reach_mm`.
#[derive(Default)]
pub(crate) struct Inset {
    squares: Vec<f32>,
    row_stride: usize,
    raster: Option<Raster>,
}

impl Inset {
    /// Measures the distance to `contours` up to `reach_mm`, which then stands for all beyond;
    /// `below` says which samples of a row lie inside.
    pub fn measure(
        &mut self,
        raster: Raster,
        contours: &[Contour],
        reach_mm: f64,
        mut inside: impl FnMut(usize, &mut [bool]),
    ) {
        let [ni, nj] = raster.size;
        self.row_stride = ni.next_multiple_of(LANES) + LANES;
        self.raster = Some(raster);
        self.squares.clear();
        self.squares
            .resize(self.row_stride * nj.next_multiple_of(32), (reach_mm * reach_mm) as f32);
        for contour in contours {
            let n = contour.points.len();
            for (k, a) in contour.points.iter().enumerate() {
                let b = contour.points[if k + 1 == n { 0 } else { k + 1 }];
                self.segment(&raster, *a, b, reach_mm);
            }
        }
        let mut sides = vec![false; ni];
        for j in 0..nj {
            inside(j, &mut sides);
            let row = &mut self.squares[j * self.row_stride..][..ni];
            for (value, inside) in row.iter_mut().zip(&sides) {
                let distance = value.sqrt();
                *value = if *inside { -distance } else { distance };
            }
        }
    }

    /// The samples.
    pub fn plane(&self) -> Plane<'_> {
        let raster = self.raster.expect("measured before it is asked");
        Plane::dense(raster, self.row_stride, &self.squares)
    }

    /// Lowers the squares around one segment.
    fn segment(&mut self, raster: &Raster, a: [f64; 2], b: [f64; 2], reach: f64) {
        let to_sample = |v: f64, axis: usize| (v - raster.origin[axis]) / raster.step;
        let first = |axis: usize| {
            (to_sample(a[axis].min(b[axis]) - reach, axis).ceil().max(0.0) as usize)
                .min(raster.size[axis])
        };
        let end = |axis: usize| {
            let last = to_sample(a[axis].max(b[axis]) + reach, axis).floor();
            ((last + 1.0).max(0.0) as usize).min(raster.size[axis])
        };
        let (i0, i1, j0, j1) = (first(0), end(0), first(1), end(1));
        if i0 >= i1 || j0 >= j1 {
            return;
        }
        let groups = (i1 - i0).div_ceil(LANES);
        let corner = raster.point(i0, j0);
        let (dx, dy) = ((b[0] - a[0]) as f32, (b[1] - a[1]) as f32);
        let inverse = 1.0 / (dx * dx + dy * dy).max(f32::MIN_POSITIVE);
        let (px, py) = ((corner[0] - a[0]) as f32, (corner[1] - a[1]) as f32);
        let step = raster.step as f32;
        let lane: [f32; LANES] = std::array::from_fn(|n| px + step * n as f32);
        for j in j0..j1 {
            let y = py + step * (j - j0) as f32;
            let (along_y, y_less) = (y * dy, y);
            let row = &mut self.squares[j * self.row_stride + i0..][..groups * LANES];
            for (g, eight) in row.chunks_exact_mut(LANES).enumerate() {
                let shift = step * (g * LANES) as f32;
                for n in 0..LANES {
                    let x = lane[n] + shift;
                    let t = ((x * dx + along_y) * inverse).max(0.0).min(1.0);
                    let (ex, ey) = (x - t * dx, y_less - t * dy);
                    eight[n] = eight[n].min(ex * ex + ey * ey);
                }
            }
        }
    }
}
