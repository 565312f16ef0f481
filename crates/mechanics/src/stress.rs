//! Stresses of a solution, and their percentiles.

use ossein_geom::float;

use crate::solve::Solution;
use crate::voxels::{Elements, Moduli};

/// Stress of an element in MPa: xx, yy, zz, yz, xz, xy.
pub type Stress = [f32; 6];

/// Strain of an element: xx, yy, zz, and the engineering shears yz, xz, xy.
pub type Strain = [f32; 6];

/// Mean stress of each element in MPa, `[k][j][i]`; zero where void. The mean of a trilinear
/// element is its value at the centre.
///
/// # Panics
/// If the solution belongs to another model.
pub fn stress<M: Moduli>(model: &Elements<M>, solution: &Solution) -> Vec<Stress> {
    of_elements(model, solution, |moduli, strain| moduli.stress(&strain))
}

/// Mean strain of each element, `[k][j][i]`; zero where void.
///
/// # Panics
/// If the solution belongs to another model.
pub fn strain<M: Moduli>(model: &Elements<M>, solution: &Solution) -> Vec<Strain> {
    of_elements(model, solution, |_, strain| strain.map(|e| e as f32))
}

/// Strain energy density at each element's centre in MPa (N mm/mm³), `[k][j][i]`: half the mean
/// stress times the mean strain. What bending inside an element stores comes on top, so the sum
/// over all elements lies below the strain energy of the solution.
///
/// # Panics
/// If the solution belongs to another model.
pub fn energy_density<M: Moduli>(model: &Elements<M>, solution: &Solution) -> Vec<f32> {
    of_elements(model, solution, |moduli, strain| {
        let stress = moduli.stress(&strain);
        let work: f64 = stress.iter().zip(strain).map(|(s, e)| f64::from(*s) * e).sum();
        (0.5 * work) as f32
    })
}

/// What follows from the moduli and the mean strain of each element; the default where void.
fn of_elements<M: Moduli, T: Copy + Default + Send>(
    model: &Elements<M>,
    solution: &Solution,
    of: impl Fn(&M, [f64; 6]) -> T + Sync,
) -> Vec<T> {
    use rayon::prelude::*;
    assert_eq!(solution.displacement_mm.len(), model.node_count(), "a solution of this model");
    let [ni, nj, _] = model.size;
    let one = |(index, c): (usize, &M)| {
        if c.is_void() {
            return T::default();
        }
        let element = [index % ni, index / ni % nj, index / (ni * nj)];
        of(c, strain_of(model, solution, element))
    };
    model.moduli.par_iter().enumerate().map(one).collect()
}

/// Principal strains, largest first.
pub fn principal_strain(&[xx, yy, zz, yz, xz, xy]: &Strain) -> [f32; 3] {
    principal(&[xx, yy, zz, 0.5 * yz, 0.5 * xz, 0.5 * xy])
}

/// Mean strain of an element: xx, yy, zz, and the engineering shears yz, xz, xy.
fn strain_of<M: Moduli>(model: &Elements<M>, solution: &Solution, element: [usize; 3]) -> [f64; 6] {
    // `slope[axis][component]` is the mean derivative along an axis.
    let mut slope = [[0.0; 3]; 3];
    for bits in 0..8usize {
        let high = [0, 1, 2].map(|a| bits >> a & 1);
        let node = [0, 1, 2].map(|a| element[a] + high[a]);
        let u = solution.displacement_mm[model.node_index(node)];
        for axis in 0..3 {
            let sign = if high[axis] == 1 { 0.25 } else { -0.25 };
            (0..3).for_each(|c| slope[axis][c] += sign * u[c] / model.voxel_mm);
        }
    }
    [
        slope[0][0],
        slope[1][1],
        slope[2][2],
        slope[1][2] + slope[2][1],
        slope[0][2] + slope[2][0],
        slope[0][1] + slope[1][0],
    ]
}

/// Von Mises equivalent of a stress in MPa.
pub fn von_mises(stress: &Stress) -> f32 {
    let [xx, yy, zz, yz, xz, xy] = stress.map(f64::from);
    let normal = (xx - yy) * (xx - yy) + (yy - zz) * (yy - zz) + (zz - xx) * (zz - xx);
    (0.5 * normal + 3.0 * (yz * yz + xz * xz + xy * xy)).sqrt() as f32
}

/// Principal stresses in MPa, largest first.
pub fn principal(stress: &Stress) -> [f32; 3] {
    let [xx, yy, zz, yz, xz, xy] = stress.map(f64::from);
    let mean = (xx + yy + zz) / 3.0;
    let (a, b, c) = (xx - mean, yy - mean, zz - mean);
    let shear = yz * yz + xz * xz + xy * xy;
    let radius = ((a * a + b * b + c * c + 2.0 * shear) / 6.0).sqrt();
    if radius.is_nan() || radius <= 0.0 {
        return [mean as f32; 3];
    }
    let determinant = a * b * c + 2.0 * yz * xz * xy - a * yz * yz - b * xz * xz - c * xy * xy;
    let angle = float::acos(0.5 * determinant / (radius * radius * radius)) / 3.0;
    let third = 2.0 * std::f64::consts::PI / 3.0;
    let root = |turn: f64| (mean + 2.0 * radius * float::cos(angle + turn)) as f32;
    [root(0.0), root(-third), root(third)]
}

/// How a value spreads over elements of equal volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// Elements counted.
    pub count: usize,
    /// Median.
    pub p50: f32,
    /// 95 % of the volume lies at or below it.
    pub p95: f32,
    /// 99 % of the volume lies at or below it.
    pub p99: f32,
    /// Largest value: at the steps of a voxel surface it grows without bound under refinement.
    pub max: f32,
}

/// Percentiles of the values whose place in `mask` is true; `None` where there is none.
///
/// # Panics
/// If there are not as many mask entries as values.
pub fn percentiles(values: &[f32], mask: &[bool]) -> Option<Percentiles> {
    assert_eq!(values.len(), mask.len(), "one mask entry per value");
    let chosen = values.iter().zip(mask).filter(|(_, m)| **m).map(|(v, _)| *v);
    let mut sorted: Vec<f32> = chosen.collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let count = sorted.len();
    let max = *sorted.last()?;
    // Nearest rank: the smallest value with at least `part` of the volume at or below it.
    let at = |percent: usize| sorted[(count * percent).div_ceil(100).max(1) - 1];
    Some(Percentiles { count, p50: at(50), p95: at(95), p99: at(99), max })
}
