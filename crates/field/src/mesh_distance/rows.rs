//! Where the rows of a grid pass through a surface: the winding number of every sample at once.

use rayon::prelude::*;

use super::tree::crossing;

/// Triangles that one task takes.
const CHUNK: usize = 8192;

/// Rows along x through the points `(y0 + j·dy, z0 + k·dz)`.
#[derive(Clone, Copy)]
pub struct RowGrid {
    /// y and z of row `[0, 0]`, mm.
    pub origin: [f64; 2],
    /// Distances between rows along y and z, mm.
    pub step: [f64; 2],
    /// Row counts along y and z.
    pub size: [usize; 2],
}

/// Signed crossings of every row of a grid, in order along x.
pub struct Rows {
    /// Where each row begins in `crossings`; one more at the end.
    start: Vec<u32>,
    /// x in mm, and the sum of the signs from here on.
    crossings: Vec<(f64, i32)>,
    size: [usize; 2],
}

impl Rows {
    /// Intersects the rows with `triangle(0..count)`.
    pub fn new(
        grid: &RowGrid,
        count: usize,
        triangle: impl Fn(usize) -> [[f64; 3]; 3] + Sync,
    ) -> Self {
        let found: Vec<Vec<(u32, f64, i32)>> = (0..count.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut found = Vec::new();
                for t in chunk * CHUNK..count.min((chunk + 1) * CHUNK) {
                    rows_of(grid, triangle(t), &mut found);
                }
                found
            })
            .collect();
        let mut start = vec![0u32; grid.size[0] * grid.size[1] + 1];
        for &(row, ..) in found.iter().flatten() {
            start[row as usize + 1] += 1;
        }
        for row in 1..start.len() {
            start[row] += start[row - 1];
        }
        let mut crossings = vec![(0.0, 0); start[start.len() - 1] as usize];
        let mut next = start.clone();
        for &(row, x, sign) in found.iter().flatten() {
            let at = &mut next[row as usize];
            crossings[*at as usize] = (x, sign);
            *at += 1;
        }
        for row in start.windows(2) {
            let row = &mut crossings[row[0] as usize..row[1] as usize];
            row.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let mut sum = 0;
            for crossing in row.iter_mut().rev() {
                sum += crossing.1;
                crossing.1 = sum;
            }
        }
        Self { start, crossings, size: grid.size }
    }

    /// Writes the winding numbers of the samples `x0 + i·step` of row `[j, k]`.
    #[inline]
    pub fn fill(&self, [j, k]: [usize; 2], x0: f64, step: f64, winding: &mut [i32]) {
        let row = k * self.size[0] + j;
        let row = &self.crossings[self.start[row] as usize..self.start[row + 1] as usize];
        let mut next = row.partition_point(|c| c.0 <= x0);
        for (i, value) in winding.iter_mut().enumerate() {
            let x = x0 + step * i as f64;
            while next < row.len() && row[next].0 <= x {
                next += 1;
            }
            *value = row.get(next).map_or(0, |c| c.1);
        }
    }
}

/// Appends the crossings of one triangle as row, x and sign.
fn rows_of(grid: &RowGrid, triangle: [[f64; 3]; 3], found: &mut Vec<(u32, f64, i32)>) {
    let span = |axis: usize| {
        let v = triangle.map(|p| p[axis + 1]);
        let (low, high) = (v[0].min(v[1]).min(v[2]), v[0].max(v[1]).max(v[2]));
        // One row wider: the rounding of a row's own place must not lose it.
        let first = ((low - grid.origin[axis]) / grid.step[axis]).floor().max(0.0) as usize;
        let end = ((high - grid.origin[axis]) / grid.step[axis]).floor() + 2.0;
        first..(end.max(0.0) as usize).min(grid.size[axis])
    };
    let columns = span(0);
    for k in span(1) {
        let z = grid.origin[1] + grid.step[1] * k as f64;
        for j in columns.clone() {
            let y = grid.origin[0] + grid.step[0] * j as f64;
            if let Some((x, sign)) = crossing(triangle, [y, z]) {
                found.push(((k * grid.size[0] + j) as u32, x, sign));
            }
        }
    }
}
