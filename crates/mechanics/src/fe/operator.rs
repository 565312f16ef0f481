//! The stiffness operator, one layer of elements after another.
//!
//! Each task owns some planes of the result and reads what it needs of the input, so no order of
//! tasks changes a bit. Two planes of sums stay in the cache while a layer passes.

use super::element::{COEFFICIENT_COUNT, Coefficients, modal_forces};
use super::lanes::{LANES, Lanes, MASKS, Real};
use super::mesh::{Loose, MIXED, Mesh, PAD, Run, Templates};

/// Sums of the forces on two planes of nodes.
pub(crate) struct Sums<T> {
    planes: [[Vec<T>; 3]; 2],
}

impl<T: Real> Sums<T> {
    /// Room for the largest plane.
    pub fn new(mesh: &Mesh) -> Self {
        let component = || vec![T::default(); mesh.plane_max() + PAD];
        let plane = || [component(), component(), component()];
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
pub(crate) fn apply<T: Precision>(
    mesh: &Mesh,
    x: &[T],
    [first, last]: [usize; 2],
    sums: &mut Sums<T>,
    mut finish: impl FnMut(usize, [&[T]; 3]),
) {
    let components: Vec<&[T]> = x.chunks_exact(mesh.stride()).collect();
    let x = [components[0], components[1], components[2]];
    let [low, high] = &mut sums.planes;
    low.iter_mut().for_each(|v| v.fill(T::default()));
    for k in first.max(1) - 1..last {
        let count = |k: usize| (mesh.planes[k + 1] - mesh.planes[k]) as usize;
        if k < mesh.size[2] {
            let used = count(k + 1) + PAD;
            high.iter_mut().for_each(|v| v[..used].fill(T::default()));
            let runs = &mesh.runs[mesh.layers[k] as usize..mesh.layers[k + 1] as usize];
            let starts = [mesh.planes[k], mesh.planes[k + 1]];
            add_layer(mesh, runs, x, starts, low, high);
            let loose = mesh.loose_layers[k] as usize..mesh.loose_layers[k + 1] as usize;
            add_loose(mesh, &mesh.loose[loose], x, starts, low, high);
        }
        if k >= first {
            let used = count(k);
            let [a, b, c] = &*low;
            finish(k, [&a[..used], &b[..used], &c[..used]]);
        }
        std::mem::swap(low, high);
    }
}

fn add_layer<T: Precision>(
    mesh: &Mesh,
    runs: &[Run],
    x: [&[T]; 3],
    starts: [u32; 2],
    low: &mut [Vec<T>; 3],
    high: &mut [Vec<T>; 3],
) {
    let all = T::coefficients(&mesh.templates);
    for run in runs {
        let first = run.element as usize;
        let scale = &mesh.scale[first..first + run.length as usize + PAD];
        if run.template == MIXED {
            let templates = &mesh.template_of[first..first + run.length as usize + PAD];
            let gathered = |at: usize| {
                let lanes: &[u32; LANES] = templates[at..at + LANES].try_into().expect("eight");
                std::array::from_fn(|n| Lanes(lanes.map(|t| all[t as usize][n])))
            };
            add_run(run, x, scale, starts, low, high, gathered);
        } else {
            let one = &all[run.template as usize];
            add_run(run, x, scale, starts, low, high, |_| spread(one));
        }
    }
}

/// Adds the forces of loose elements, eight at a time.
fn add_loose<T: Precision>(
    mesh: &Mesh,
    loose: &[Loose],
    x: [&[T]; 3],
    starts: [u32; 2],
    low: &mut [Vec<T>; 3],
    high: &mut [Vec<T>; 3],
) {
    let all = T::coefficients(&mesh.templates);
    for cells in loose.chunks(LANES) {
        // Spare lanes repeat the last cell, at a factor of zero.
        let cell = |lane: usize| &cells[lane.min(cells.len() - 1)];
        let lanes = |f: &dyn Fn(usize) -> T| Lanes(std::array::from_fn(f));
        let scale = lanes(&|lane| {
            let used =
                if lane < cells.len() { mesh.scale[cell(lane).element as usize] } else { 0.0 };
            T::single(used)
        });
        let k = std::array::from_fn(|n| lanes(&|lane| all[cell(lane).template as usize][n]));
        let gather = |component: usize| {
            let node =
                |bits: usize| lanes(&|lane: usize| x[component][cell(lane).nodes[bits] as usize]);
            modes([0, 2, 4, 6].map(&node), [1, 3, 5, 7].map(&node))
        };
        let f = modal_forces(&k, &[0, 1, 2].map(gather));
        for component in 0..3 {
            let (near, far) = nodal(&f[component], scale);
            for (lane, cell) in cells.iter().enumerate() {
                for bits in 0..8 {
                    let force = if bits & 1 == 0 { near[bits >> 1] } else { far[bits >> 1] };
                    let plane = if bits < 4 { &mut low[component] } else { &mut high[component] };
                    plane[(cell.nodes[bits] - starts[bits >> 2]) as usize] += force.0[lane];
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
fn add_run<T: Real>(
    run: &Run,
    x: [&[T]; 3],
    scale: &[f32],
    starts: [u32; 2],
    low: &mut [Vec<T>; 3],
    high: &mut [Vec<T>; 3],
    coefficients: impl Fn(usize) -> Coefficients<Lanes<T>>,
) {
    let length = run.length as usize;
    let from = run.rows.map(|n| n as usize);
    let to = [0, 1, 2, 3].map(|q| (run.rows[q] - starts[q >> 1]) as usize);
    // Forces on the far nodes of the last element of a block.
    let mut carry = [[T::default(); 4]; 3];
    for at in (0..length).step_by(LANES) {
        let used = (length - at).min(LANES);
        let scale = Lanes::load_single(&scale[at..]) * Lanes(MASKS[used].map(T::single));
        let mut a = [[Lanes::default(); 8]; 3];
        for component in 0..3 {
            let row = |q: usize| &x[component][from[q] + at..from[q] + at + LANES + 1];
            let near = |q: usize| Lanes::load(row(q));
            let far = |q: usize| Lanes::load(&row(q)[1..]);
            a[component] = modes([0, 1, 2, 3].map(near), [0, 1, 2, 3].map(far));
        }
        let f = modal_forces(&coefficients(at), &a);
        for component in 0..3 {
            let (near, far) = nodal(&f[component], scale);
            for q in 0..4 {
                let shifted = far[q].shifted(carry[component][q]);
                carry[component][q] = far[q].0[LANES - 1];
                let plane = if q < 2 { &mut low[component] } else { &mut high[component] };
                (near[q] + shifted).add_to(&mut plane[to[q] + at..]);
            }
        }
    }
    if length.is_multiple_of(LANES) {
        for component in 0..3 {
            for q in 0..4 {
                let plane = if q < 2 { &mut low[component] } else { &mut high[component] };
                plane[to[q] + length] += carry[component][q];
            }
        }
    }
}

/// Sums and differences of the nodal values of eight elements.
#[inline(always)]
fn modes<T: Real>(near: [Lanes<T>; 4], far: [Lanes<T>; 4]) -> [Lanes<T>; 8] {
    let even = [0, 1, 2, 3].map(|q| near[q] + far[q]);
    let odd = [0, 1, 2, 3].map(|q| far[q] - near[q]);
    let mut modes = [Lanes::default(); 8];
    for (x, [a, b, c, d]) in [even, odd].into_iter().enumerate() {
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
        let zero = Lanes::default();
        let m0 = if x == 0 { zero } else { f[x] * scale };
        let (my, mz, myz) = (f[x | 2] * scale, f[x | 4] * scale, f[x | 6] * scale);
        let (low, high) = if x == 0 { (zero - mz, mz) } else { (m0 - mz, m0 + mz) };
        let (low_y, high_y) = (my - myz, my + myz);
        parts[x] = [low - low_y, low + low_y, high - high_y, high + high_y];
    }
    let [even, odd] = parts;
    ([0, 1, 2, 3].map(|q| even[q] - odd[q]), [0, 1, 2, 3].map(|q| even[q] + odd[q]))
}
