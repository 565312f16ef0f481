//! The coarsest grid, solved at once: Cholesky factors of a banded matrix.

use super::element::element_matrix;
use super::level::Level;

/// Free degrees of freedom that the coarsest grid may have.
const FREE_COUNT_MAX: usize = 200_000_000;

/// Factors of the coarsest grid's matrix.
pub(crate) struct Banded {
    band: usize,
    /// Lower rows, each `band + 1` long and ending on its diagonal.
    rows: Vec<f64>,
    /// Place in the level's vectors of each unknown.
    places: Vec<usize>,
    values: Vec<f64>,
}

impl Banded {
    /// Assembles and factors the matrix of a level.
    pub fn new(level: &Level) -> Self {
        let (places, unknown) = number(level);
        let band = bandwidth(level, &unknown);
        let count = places.len();
        assert!(count * (band + 1) < FREE_COUNT_MAX, "the coarsest grid is small");
        let mut banded =
            Self { band, rows: vec![0.0; count * (band + 1)], places, values: vec![0.0; count] };
        for_each_element(level, |c, node_places| {
            let matrix = element_matrix(c, 16.0);
            for (a, &p) in node_places.iter().enumerate() {
                for (b, &q) in node_places.iter().enumerate() {
                    let (row, column) = (unknown[p], unknown[q]);
                    if row != u32::MAX && column <= row {
                        let at = row as usize * (band + 1) + band - (row - column) as usize;
                        banded.rows[at] += matrix[a][b];
                    }
                }
            }
        });
        banded.factor();
        banded
    }

    fn factor(&mut self) {
        let (band, width) = (self.band, self.band + 1);
        for row in 0..self.places.len() {
            let (done, current) = self.rows.split_at_mut(row * width);
            let current = &mut current[..width];
            let diagonal = current[band];
            for column in row.saturating_sub(band)..row {
                let offset = row - column;
                let other = &done[column * width..(column + 1) * width];
                // Both rows share the columns from `row - band` on.
                let shared = band - offset;
                let sum = dot(&current[..shared], &other[offset..band]);
                current[shared] = (current[shared] - sum) / other[band];
            }
            let square = diagonal - dot(&current[..band], &current[..band]);
            // A pivot of a free mode: a large one leaves that mode to the finer grids.
            let floor = 1e-9 * diagonal;
            current[band] = if square > floor { square.sqrt() } else { (1e3 * diagonal).sqrt() };
        }
    }

    /// Sets the level's correction from its residual.
    pub fn solve(&mut self, level: &mut Level) {
        let (band, width) = (self.band, self.band + 1);
        let count = self.places.len();
        for row in 0..count {
            let reach = row.min(band);
            let factors = &self.rows[row * width..(row + 1) * width];
            let sum = dot(&factors[band - reach..band], &self.values[row - reach..row]);
            let right = f64::from(level.r[self.places[row]]);
            self.values[row] = (right - sum) / factors[band];
        }
        for row in (0..count).rev() {
            let reach = row.min(band);
            let factors = &self.rows[row * width..(row + 1) * width];
            let value = self.values[row] / factors[band];
            self.values[row] = value;
            for (v, f) in self.values[row - reach..row].iter_mut().zip(&factors[band - reach..band])
            {
                *v -= f * value;
            }
        }
        level.x.fill(0.0);
        for (value, &place) in self.values.iter().zip(&self.places) {
            level.x[place] = *value as f32;
        }
    }
}

/// Sum of products, in eight running sums.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        (0..8).for_each(|n| sums[n] += x[n] * y[n]);
    }
    sums.iter().sum::<f64>() + rest
}

/// Free places in an order with the shortest axis fastest, and the number of each place.
fn number(level: &Level) -> (Vec<usize>, Vec<u32>) {
    let size = level.shape.size;
    let mut axes = [0, 1, 2];
    axes.sort_by_key(|&a| size[a]);
    let mut places = Vec::new();
    let mut unknown = vec![u32::MAX; level.shape.len()];
    for c in 0..=size[axes[2]] {
        for b in 0..=size[axes[1]] {
            for a in 0..=size[axes[0]] {
                let mut node = [0; 3];
                (node[axes[0]], node[axes[1]], node[axes[2]]) = (a, b, c);
                for axis in 0..3 {
                    let place = level.shape.at(node) + axis * level.shape.row;
                    if level.inverse[place] > 0.0 {
                        unknown[place] = places.len() as u32;
                        places.push(place);
                    }
                }
            }
        }
    }
    (places, unknown)
}

fn bandwidth(level: &Level, unknown: &[u32]) -> usize {
    let mut band = 0;
    for_each_element(level, |_, places| {
        let numbers = || places.iter().map(|&p| unknown[p]).filter(|&n| n != u32::MAX);
        if let (Some(low), Some(high)) = (numbers().min(), numbers().max()) {
            band = band.max((high - low) as usize);
        }
    });
    band
}

/// Calls `f` with the moduli of each solid element and the places of its 24 degrees of freedom.
fn for_each_element(level: &Level, mut f: impl FnMut([f64; 3], [usize; 24])) {
    let (shape, [ni, nj, nk]) = (&level.shape, level.shape.size);
    for k in 0..nk {
        for j in 0..nj {
            for i in 0..ni {
                let line = (k * nj + j) * 3;
                let modulus =
                    |m: usize| f64::from(level.elements.moduli[(line + m) * shape.row + i]);
                if modulus(0) == 0.0 {
                    continue;
                }
                let place = |n: usize| {
                    let bits = n / 3;
                    let node = [i + (bits & 1), j + (bits >> 1 & 1), k + (bits >> 2)];
                    shape.at(node) + n % 3 * shape.row
                };
                f([0, 1, 2].map(modulus), std::array::from_fn(place));
            }
        }
    }
}
