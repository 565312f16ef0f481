//! The stiffness operator, one plane of nodes after another.
//!
//! Arrays hold `[k][j][component][i]`, rows padded to eight. Each task owns some planes of the
//! result and reads what it needs of the input, so no order of tasks changes a bit.

use super::element::modal_forces;
use super::lanes::{LANES, Lanes, Real};
use super::level::Shape;

/// Rows of modes for one row of elements: four of y and z for each component, and the margins that
/// let blocks of eight read past the end.
pub(crate) struct Scratch<T> {
    modes: Vec<Vec<T>>,
    left: Vec<Vec<T>>,
    right: Vec<Vec<T>>,
    /// Planes of the result.
    pub out: Vec<T>,
}

impl<T: Real> Scratch<T> {
    /// Room for `plane_count` planes of the result.
    pub fn new(shape: &Shape, plane_count: usize) -> Self {
        let rows = || vec![vec![T::default(); shape.row + 2 * LANES]; 12];
        let out = vec![T::default(); plane_count * shape.plane()];
        Self { modes: rows(), left: rows(), right: rows(), out }
    }
}

/// Elements of one level.
pub(crate) struct Elements {
    /// C11, C12, C44: `[k][j][modulus][i]`, rows padded to eight.
    pub moduli: Vec<f32>,
    /// First and last block of eight with material in each row of elements, `[k][j]`.
    pub spans: Vec<[u32; 2]>,
}

/// Fills `scratch.out` with planes `first..last` of the operator applied to `x`, in units of
/// `edge / 16`.
pub(crate) fn apply<T: Real>(
    shape: &Shape,
    elements: &Elements,
    x: &[T],
    [first, last]: [usize; 2],
    scratch: &mut Scratch<T>,
) {
    let plane = shape.plane();
    let Scratch { modes, left, right, out } = scratch;
    out[..(last - first) * plane].fill(T::default());
    for k in first.saturating_sub(1)..last.min(shape.size[2]) {
        for j in 0..shape.size[1] {
            let span = elements.spans[k * shape.size[1] + j].map(|n| n as usize);
            if span[0] == span[1] {
                continue;
            }
            gather(shape, x, [j, k], span, modes);
            let at = (k * shape.size[1] + j) * 3 * shape.row;
            let moduli = &elements.moduli[at..at + 3 * shape.row];
            multiply(moduli, shape.row, span, modes, left, right);
            let end = (span[1] + LANES).min(shape.row);
            let row_at = j * 3 * shape.row;
            let mut scatter_to = |k: usize, high: bool| {
                let start = (k - first) * plane + row_at;
                let rows = &mut out[start..start + 6 * shape.row];
                scatter(rows, shape.row, [span[0], end], left, right, high);
            };
            if k >= first {
                scatter_to(k, false);
            }
            if k + 1 < last {
                scatter_to(k + 1, true);
            }
        }
    }
}

/// Sums and differences over y and z of the four rows of nodes around a row of elements.
#[inline(always)]
fn gather<T: Real>(
    shape: &Shape,
    x: &[T],
    [j, k]: [usize; 2],
    span: [usize; 2],
    modes: &mut [Vec<T>],
) {
    let row = shape.row;
    let end = (span[1] + LANES).min(row);
    for component in 0..3 {
        let start = |j: usize, k: usize| k * shape.plane() + (j * 3 + component) * row;
        let take = |j: usize, k: usize| &x[start(j, k)..start(j, k) + row];
        let (n00, n10) = (take(j, k), take(j + 1, k));
        let (n01, n11) = (take(j, k + 1), take(j + 1, k + 1));
        let [m0, m1, m2, m3] = &mut modes[4 * component..4 * component + 4] else {
            unreachable!("four modes")
        };
        for at in (span[0]..end).step_by(LANES) {
            let (a, b) = (Lanes::load(&n00[at..]), Lanes::load(&n10[at..]));
            let (c, d) = (Lanes::load(&n01[at..]), Lanes::load(&n11[at..]));
            let (low, high, low_y, high_y) = (a + b, c + d, b - a, d - c);
            (low + high).store(&mut m0[at..]);
            (low_y + high_y).store(&mut m1[at..]);
            (high - low).store(&mut m2[at..]);
            (high_y - low_y).store(&mut m3[at..]);
        }
        if end == row {
            for m in [m0, m1, m2, m3] {
                m[row..row + LANES].fill(T::default());
            }
        }
    }
}

/// Element by element: modes along x, moduli, and the forces on the left and right faces.
#[inline(always)]
fn multiply<T: Real>(
    moduli: &[f32],
    row: usize,
    span: [usize; 2],
    modes: &[Vec<T>],
    left: &mut [Vec<T>],
    right: &mut [Vec<T>],
) {
    for at in (span[0]..span[1]).step_by(LANES) {
        let c = [0, 1, 2].map(|m| Lanes::load_single(&moduli[m * row + at..]));
        let mut a = [[Lanes::all(T::default()); 8]; 3];
        for component in 0..3 {
            for mode in 0..4 {
                let from = &modes[4 * component + mode][at..at + LANES + 1];
                let (low, high) = (Lanes::load(from), Lanes::load(&from[1..]));
                a[component][2 * mode] = low + high;
                a[component][2 * mode + 1] = high - low;
            }
        }
        let f = modal_forces(c, &a);
        for component in 0..3 {
            for mode in 0..4 {
                let (even, odd) = (f[component][2 * mode], f[component][2 * mode + 1]);
                (even - odd).store(&mut left[4 * component + mode][at..]);
                (even + odd).store(&mut right[4 * component + mode][at + 1..]);
            }
        }
    }
    for (left, right) in left.iter_mut().zip(right) {
        left[span[1]..span[1] + LANES].fill(T::default());
        right[span[0]] = T::default();
        right[span[1] + 1..span[1] + LANES].fill(T::default());
    }
}

/// Adds the forces of a row of elements to the two rows of nodes on its low or high plane.
#[inline(always)]
fn scatter<T: Real>(
    rows: &mut [T],
    row: usize,
    [start, end]: [usize; 2],
    left: &[Vec<T>],
    right: &[Vec<T>],
    high: bool,
) {
    for component in 0..3 {
        let (near, far) = rows.split_at_mut(3 * row);
        let near = &mut near[component * row..(component + 1) * row];
        let far = &mut far[component * row..(component + 1) * row];
        let l = &left[4 * component..4 * component + 4];
        let r = &right[4 * component..4 * component + 4];
        for at in (start..end).step_by(LANES) {
            let mode = |m: usize| Lanes::load(&l[m][at..]) + Lanes::load(&r[m][at..]);
            let (g0, gy, gz, gyz) = (mode(0), mode(1), mode(2), mode(3));
            let (even, odd) = if high { (g0 + gz, gy + gyz) } else { (g0 - gz, gy - gyz) };
            (Lanes::load(&near[at..]) + (even - odd)).store(&mut near[at..]);
            (Lanes::load(&far[at..]) + (even + odd)).store(&mut far[at..]);
        }
    }
}
