//! The stiffness operator, one layer of elements after another.
//!
//! Each task owns some planes of the result and reads what it needs of the input, so no order of
//! tasks changes a bit. Two planes of sums stay in the cache while a layer passes.

use super::element::{Coefficients, modal_forces};
use super::lanes::{As, LANES, MASKS, Real};
use super::mesh::{Loose, MIXED, Mesh, PAD, Run, Templates};

/// Sums of the forces on a plane of nodes, component by component: `near` from the elements that
/// follow along x, `far` from those before, so that no block waits for the one before it.
struct Plane<T> {
    near: [Vec<T>; 3],
    far: [Vec<T>; 3],
}

impl<T: Real> Plane<T> {
    fn clear(&mut self, count: usize) {
        for v in self.near.iter_mut().chain(&mut self.far) {
            v[..count + PAD].fill(T::default());
        }
    }

    /// Moves all sums to `near`.
    fn add_up(&mut self, count: usize) {
        for (near, far) in self.near.iter_mut().zip(&self.far) {
            near[..count].iter_mut().zip(far).for_each(|(near, far)| *near += *far);
        }
    }
}

/// Sums of the forces on two planes of nodes.
pub(crate) struct Sums<T> {
    planes: [Plane<T>; 2],
}

impl<T: Real> Sums<T> {
    /// Room for the largest plane.
    pub fn new(mesh: &Mesh) -> Self {
        let component = || vec![T::default(); mesh.plane_max() + PAD];
        let three = || [component(), component(), component()];
        let plane = || Plane { near: three(), far: three() };
        Self { planes: [plane(), plane()] }
    }
}

/// Numbers whose templates come in their own precision.
pub(crate) trait Precision: Real + As<Self> {
    /// Coefficients of every template.
    fn coefficients(templates: &Templates) -> &[Coefficients<Self>];
}

impl Precision for f32 {
    fn coefficients(templates: &Templates) -> &[Coefficients<f32>] {
        &templates.single
    }
}

impl Precision for f64 {
    fn coefficients(templates: &Templates) -> &[Coefficients<f64>] {
        &templates.double
    }
}

/// Applies the operator, in units of `edge / 16`, and calls `finish(plane, forces)` for each of
/// the planes `first..last`, in order, with the forces on its nodes.
pub(crate) fn apply<T: Precision, I: As<T>>(
    mesh: &Mesh,
    x: &[I],
    [first, last]: [usize; 2],
    sums: &mut Sums<T>,
    mut finish: impl FnMut(usize, [&[T]; 3]),
) {
    let components: Vec<&[I]> = x.chunks_exact(mesh.stride()).collect();
    let x = [components[0], components[1], components[2]];
    let [low, high] = &mut sums.planes;
    let plane_count = mesh.planes.len() - 1;
    let count = |k: usize| (mesh.planes[k + 1] - mesh.planes[k]) as usize;
    // The layer below the first plane comes first: where the grid closes, the last of all.
    let below = match first.checked_sub(1) {
        None if mesh.closes() => Some(plane_count - 1),
        below => below,
    };
    low.clear(count(below.unwrap_or(first)));
    for (k, is_below) in
        below.map(|k| (k, true)).into_iter().chain((first..last).map(|k| (k, false)))
    {
        if k < mesh.size[2] {
            let above = (k + 1) % plane_count;
            high.clear(count(above));
            let runs = &mesh.runs[mesh.layers[k] as usize..mesh.layers[k + 1] as usize];
            let starts = [mesh.planes[k], mesh.planes[above]];
            add_layer(mesh, runs, x, starts, low, high);
            let loose = mesh.loose_layers[k] as usize..mesh.loose_layers[k + 1] as usize;
            add_loose(mesh, &mesh.loose[loose], x, starts, low, high);
        }
        if !is_below {
            let used = count(k);
            low.add_up(used);
            let [a, b, c] = &low.near;
            finish(k, [&a[..used], &b[..used], &c[..used]]);
        }
        std::mem::swap(low, high);
    }
}

/// Values of a component at the near and the far nodes of eight elements, row by row.
pub(crate) type Rows<'a, I> = [[&'a [I; LANES]; 4]; 3];

/// Forces on the eight nodes of eight elements, component by component.
pub(crate) type Block<T> = [[[T; LANES]; 8]; 3];

fn add_layer<T: Precision, I: As<T>>(
    mesh: &Mesh,
    runs: &[Run],
    x: [&[I]; 3],
    starts: [u32; 2],
    low: &mut Plane<T>,
    high: &mut Plane<T>,
) {
    let all = T::coefficients(&mesh.templates);
    let mut block = [[[T::default(); LANES]; 8]; 3];
    for run in runs {
        let from = run.rows.map(|n| n as usize);
        let to: [usize; 4] = std::array::from_fn(|q| (run.rows[q] - starts[q >> 1]) as usize);
        for at in (0..run.length as usize).step_by(LANES) {
            let scale = masked(mesh, run, at);
            let near = rows(x, from, at);
            let far = rows(x, from, at + 1);
            if run.template == MIXED {
                let first = run.element as usize + at;
                let templates = eight(&mesh.template_of, first);
                let one = |lane: usize| &all[templates[lane] as usize];
                forces(&near, &far, &scale, one, &mut block);
            } else {
                let one = &all[run.template as usize];
                forces(&near, &far, &scale, |_| one, &mut block);
            }
            for component in 0..3 {
                for q in 0..4 {
                    let plane = if q < 2 { &mut *low } else { &mut *high };
                    let place = to[q] + at;
                    add(&block[component][2 * q], &mut plane.near[component][place..]);
                    add(&block[component][2 * q + 1], &mut plane.far[component][place + 1..]);
                }
            }
        }
    }
}

/// Eight numbers of a slice.
#[inline(always)]
pub(crate) fn eight<T>(from: &[T], at: usize) -> &[T; LANES] {
    from[at..at + LANES].try_into().expect("eight numbers")
}

#[inline(always)]
fn rows<'a, I>(x: [&'a [I]; 3], from: [usize; 4], at: usize) -> Rows<'a, I> {
    let of = |x: &'a [I]| {
        let row = |q: usize| eight(x, from[q] + at);
        [row(0), row(1), row(2), row(3)]
    };
    [of(x[0]), of(x[1]), of(x[2])]
}

/// Factors of eight elements of a run, zero behind its end.
#[inline(always)]
fn masked<T: Real>(mesh: &Mesh, run: &Run, at: usize) -> [T; LANES] {
    let scale = eight(&mesh.scale, run.element as usize + at);
    let mask = &MASKS[(run.length as usize - at).min(LANES)];
    let mut masked = [T::default(); LANES];
    for lane in 0..LANES {
        masked[lane] = T::single(scale[lane] * mask[lane]);
    }
    masked
}

#[inline(always)]
fn add<T: Real>(from: &[T; LANES], to: &mut [T]) {
    let to: &mut [T; LANES] = (&mut to[..LANES]).try_into().expect("eight numbers");
    // A sum of its own: the compiler cannot tell that both lie apart.
    let mut sum = *to;
    for lane in 0..LANES {
        sum[lane] += from[lane];
    }
    *to = sum;
}

/// Forces of eight elements: one loop, so that the lanes fill the vector registers.
#[inline(always)]
pub(crate) fn forces<'a, T: Real + 'a, I: As<T>>(
    near: &Rows<I>,
    far: &Rows<I>,
    scale: &[T; LANES],
    coefficients: impl Fn(usize) -> &'a Coefficients<T>,
    block: &mut Block<T>,
) {
    for lane in 0..LANES {
        let a = [
            modes(&near[0], &far[0], lane),
            modes(&near[1], &far[1], lane),
            modes(&near[2], &far[2], lane),
        ];
        let f = modal_forces(coefficients(lane), &a);
        nodal(&f[0], scale[lane], &mut block[0], lane);
        nodal(&f[1], scale[lane], &mut block[1], lane);
        nodal(&f[2], scale[lane], &mut block[2], lane);
    }
}

/// Adds the forces of loose elements, eight at a time.
fn add_loose<T: Precision, I: As<T>>(
    mesh: &Mesh,
    loose: &[Loose],
    x: [&[I]; 3],
    starts: [u32; 2],
    low: &mut Plane<T>,
    high: &mut Plane<T>,
) {
    let all = T::coefficients(&mesh.templates);
    let mut block = [[[T::default(); LANES]; 8]; 3];
    for cells in loose.chunks(LANES) {
        // Spare lanes repeat the last cell, and nobody reads them.
        let cell = |lane: usize| &cells[lane.min(cells.len() - 1)];
        let scale = std::array::from_fn(|lane| T::single(mesh.scale[cell(lane).element as usize]));
        let mut values = [[[x[0][0]; LANES]; 8]; 3];
        for lane in 0..LANES {
            for (bits, &node) in cell(lane).nodes.iter().enumerate() {
                (0..3).for_each(|c| values[c][bits][lane] = x[c][node as usize]);
            }
        }
        let side =
            |far: usize| std::array::from_fn(|c| std::array::from_fn(|q| &values[c][2 * q + far]));
        let one = |lane: usize| &all[cell(lane).template as usize];
        forces(&side(0), &side(1), &scale, one, &mut block);
        for (lane, cell) in cells.iter().enumerate() {
            for (bits, &node) in cell.nodes.iter().enumerate() {
                let plane = if bits < 4 { &mut *low } else { &mut *high };
                let at = (node - starts[bits >> 2]) as usize;
                (0..3).for_each(|c| plane.near[c][at] += block[c][bits][lane]);
            }
        }
    }
}

/// Sums and differences of the nodal values of an element; rows as in a run.
#[inline(always)]
pub(crate) fn modes<T: Real, I: As<T>>(
    near: &[&[I; LANES]; 4],
    far: &[&[I; LANES]; 4],
    lane: usize,
) -> [T; 8] {
    let (a0, a1) = (near[0][lane].as_(), far[0][lane].as_());
    let (b0, b1) = (near[1][lane].as_(), far[1][lane].as_());
    let (c0, c1) = (near[2][lane].as_(), far[2][lane].as_());
    let (d0, d1) = (near[3][lane].as_(), far[3][lane].as_());
    let [m0, my, mz, myz] = plane_modes(a0 + a1, b0 + b1, c0 + c1, d0 + d1);
    let [mx, mxy, mxz, mxyz] = plane_modes(a1 - a0, b1 - b0, c1 - c0, d1 - d0);
    [m0, mx, my, mxy, mz, mxz, myz, mxyz]
}

#[inline(always)]
fn plane_modes<T: Real>(a: T, b: T, c: T, d: T) -> [T; 4] {
    let (low, high, low_y, high_y) = (a + b, c + d, b - a, d - c);
    [low + high, low_y + high_y, high - low, high_y - low_y]
}

/// Writes the forces on the nodes of an element from modal ones.
#[inline(always)]
fn nodal<T: Real>(f: &[T; 8], scale: T, block: &mut [[T; LANES]; 8], lane: usize) {
    // No force belongs to the constant mode.
    let [e0, e1, e2, e3] = plane_forces(T::default(), f[2] * scale, f[4] * scale, f[6] * scale);
    let [o0, o1, o2, o3] = plane_forces(f[1] * scale, f[3] * scale, f[5] * scale, f[7] * scale);
    block[0][lane] = e0 - o0;
    block[1][lane] = e0 + o0;
    block[2][lane] = e1 - o1;
    block[3][lane] = e1 + o1;
    block[4][lane] = e2 - o2;
    block[5][lane] = e2 + o2;
    block[6][lane] = e3 - o3;
    block[7][lane] = e3 + o3;
}

#[inline(always)]
fn plane_forces<T: Real>(m0: T, my: T, mz: T, myz: T) -> [T; 4] {
    let (low_y, high_y) = (my - myz, my + myz);
    let (low, high) = (m0 - mz, m0 + mz);
    [low - low_y, low + low_y, high - high_y, high + high_y]
}
