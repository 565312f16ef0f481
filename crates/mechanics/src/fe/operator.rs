//! The stiffness operator, one layer of elements after another.
//!
//! Each task owns some planes of the result and reads what it needs of the input, so no order of
//! tasks changes a bit. Two planes of sums stay in the cache while a layer passes.

use super::element::{COEFFICIENT_COUNT, Coefficients, modal_forces};
use super::lanes::{As, LANES, Lanes, MASKS, Real};
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
pub(crate) trait Precision: Real {
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
    let count = |k: usize| (mesh.planes[k + 1] - mesh.planes[k]) as usize;
    let start = first.max(1) - 1;
    low.clear(count(start));
    for k in start..last {
        if k < mesh.size[2] {
            high.clear(count(k + 1));
            let runs = &mesh.runs[mesh.layers[k] as usize..mesh.layers[k + 1] as usize];
            let starts = [mesh.planes[k], mesh.planes[k + 1]];
            add_layer(mesh, runs, x, starts, low, high);
            let loose = mesh.loose_layers[k] as usize..mesh.loose_layers[k + 1] as usize;
            add_loose(mesh, &mesh.loose[loose], x, starts, low, high);
        }
        if k >= first {
            let used = count(k);
            low.add_up(used);
            let [a, b, c] = &low.near;
            finish(k, [&a[..used], &b[..used], &c[..used]]);
        }
        std::mem::swap(low, high);
    }
}

fn add_layer<T: Precision, I: As<T>>(
    mesh: &Mesh,
    runs: &[Run],
    x: [&[I]; 3],
    starts: [u32; 2],
    low: &mut Plane<T>,
    high: &mut Plane<T>,
) {
    let all = T::coefficients(&mesh.templates);
    // The compiler must not know that both overlap, or it assembles one from the other.
    let next = std::hint::black_box(x.map(|x| &x[1..]));
    for run in runs {
        let first = run.element as usize;
        let scale = &mesh.scale[first..first + run.length as usize + PAD];
        if run.template == MIXED {
            let templates = &mesh.template_of[first..first + run.length as usize + PAD];
            let gathered = |at: usize| {
                let mut k = [Lanes::default(); COEFFICIENT_COUNT];
                for lane in 0..LANES {
                    let one = &all[templates[at + lane] as usize];
                    (0..COEFFICIENT_COUNT).for_each(|n| k[n].0[lane] = one[n]);
                }
                k
            };
            add_run(run, [x, next], scale, starts, low, high, gathered);
        } else {
            let one = &all[run.template as usize];
            add_run(run, [x, next], scale, starts, low, high, |_| spread(one));
        }
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
    for cells in loose.chunks(LANES) {
        let mut scale = Lanes::default();
        let mut k = [Lanes::default(); COEFFICIENT_COUNT];
        let mut a = [[Lanes::default(); 8]; 3];
        let mut nodal_values = [[Lanes::default(); 8]; 3];
        for (lane, cell) in cells.iter().enumerate() {
            scale.0[lane] = T::single(mesh.scale[cell.element as usize]);
            for (k, one) in k.iter_mut().zip(&all[cell.template as usize]) {
                k.0[lane] = *one;
            }
            for bits in 0..8 {
                for component in 0..3 {
                    let value = x[component][cell.nodes[bits] as usize].as_();
                    nodal_values[component][bits].0[lane] = value;
                }
            }
        }
        for component in 0..3 {
            let [a0, b0, a1, b1, a2, b2, a3, b3] = nodal_values[component];
            a[component] = modes(&[a0, a1, a2, a3], &[b0, b1, b2, b3]);
        }
        let f = modal_forces(&k, &a);
        for component in 0..3 {
            let (near, far) = nodal(&f[component], scale);
            for (lane, cell) in cells.iter().enumerate() {
                for bits in 0..8 {
                    let force = if bits & 1 == 0 { near[bits >> 1] } else { far[bits >> 1] };
                    let plane = if bits < 4 { &mut *low } else { &mut *high };
                    let at = (cell.nodes[bits] - starts[bits >> 2]) as usize;
                    plane.near[component][at] += force.0[lane];
                }
            }
        }
    }
}

#[inline(always)]
fn spread<T: Real>(one: &Coefficients<T>) -> Coefficients<Lanes<T>> {
    let mut lanes = [Lanes::default(); COEFFICIENT_COUNT];
    for n in 0..COEFFICIENT_COUNT {
        lanes[n] = Lanes::all(one[n]);
    }
    lanes
}

/// Adds the forces of a run of elements to the planes of nodes below and above it.
#[inline(always)]
fn add_run<T: Real, I: As<T>>(
    run: &Run,
    [x, next]: [[&[I]; 3]; 2],
    scale: &[f32],
    starts: [u32; 2],
    low: &mut Plane<T>,
    high: &mut Plane<T>,
    coefficients: impl Fn(usize) -> Coefficients<Lanes<T>>,
) {
    let length = run.length as usize;
    let from = run.rows.map(|n| n as usize);
    let to = [0, 1, 2, 3].map(|q| (run.rows[q] - starts[q >> 1]) as usize);
    for at in (0..length).step_by(LANES) {
        let used = (length - at).min(LANES);
        let scale = (Lanes::load(&scale[at..]) * Lanes::load(&MASKS[used])).widened();
        let mut a = [[Lanes::default(); 8]; 3];
        for component in 0..3 {
            let (mut near, mut far) = ([Lanes::default(); 4], [Lanes::default(); 4]);
            for q in 0..4 {
                near[q] = Lanes::load(&x[component][from[q] + at..]);
                far[q] = Lanes::load(&next[component][from[q] + at..]);
            }
            a[component] = modes(&near, &far);
        }
        let f = modal_forces(&coefficients(at), &a);
        for component in 0..3 {
            let (near, far) = nodal(&f[component], scale);
            for q in 0..4 {
                let plane = if q < 2 { &mut *low } else { &mut *high };
                near[q].add_to(&mut plane.near[component][to[q] + at..]);
                far[q].add_to(&mut plane.far[component][to[q] + at + 1..]);
            }
        }
    }
}

/// Sums and differences of the nodal values of eight elements.
#[inline(always)]
fn modes<T: Real>(near: &[Lanes<T>; 4], far: &[Lanes<T>; 4]) -> [Lanes<T>; 8] {
    let (mut even, mut odd) = ([Lanes::default(); 4], [Lanes::default(); 4]);
    for q in 0..4 {
        even[q] = near[q] + far[q];
        odd[q] = far[q] - near[q];
    }
    let mut modes = [Lanes::default(); 8];
    for x in 0..2 {
        let [a, b, c, d] = if x == 0 { even } else { odd };
        let (low, high, low_y, high_y) = (a + b, c + d, b - a, d - c);
        modes[x] = low + high;
        modes[x | 2] = low_y + high_y;
        modes[x | 4] = high - low;
        modes[x | 6] = high_y - low_y;
    }
    modes
}

/// Forces on the near and far nodes, in the order of a run's rows, from modal ones.
#[inline(always)]
fn nodal<T: Real>(f: &[Lanes<T>; 8], scale: Lanes<T>) -> ([Lanes<T>; 4], [Lanes<T>; 4]) {
    let mut parts = [[Lanes::default(); 4]; 2];
    for x in 0..2 {
        let (my, mz, myz) = (f[x | 2] * scale, f[x | 4] * scale, f[x | 6] * scale);
        let (low_y, high_y) = (my - myz, my + myz);
        // No force belongs to the constant mode.
        let m0 = if x == 0 { Lanes::default() } else { f[x] * scale };
        let (low, high) = (m0 - mz, m0 + mz);
        parts[x] = [low - low_y, low + low_y, high - high_y, high + high_y];
    }
    let (mut near, mut far) = ([Lanes::default(); 4], [Lanes::default(); 4]);
    for q in 0..4 {
        near[q] = parts[0][q] - parts[1][q];
        far[q] = parts[0][q] + parts[1][q];
    }
    (near, far)
}
