//! Stress on the smooth surface that the steps of a voxel model stand for.
//!
//! Elements at the steps carry stresses of the steps. Deeper than that the field is that of the
//! smooth body: it is read along the inward normal and carried to the surface by a parabola. Voxels
//! that the body fills in part, with moduli in proportion, keep the steps' own field small; where
//! the surface is cut into whole voxels the result lies up to a tenth low.

use crate::model::Model;
use crate::stress::Stress;
use crate::voxels::Moduli;

/// Depth of the first sample in voxels.
const FIRST: f64 = 2.0;
/// Samples, a voxel apart.
const COUNT: usize = 8;

/// Stress in MPa at a point of the surface, in mm from the corner of the grid, with the unit
/// normal into the body. `None` where the samples leave the material.
///
/// Error: first order in the voxel, as the surface itself; the parabola's own error is third order.
///
/// # Panics
/// If there are not as many stresses as elements.
pub fn surface_stress(
    model: &Model,
    stresses: &[Stress],
    point_mm: [f64; 3],
    inward: [f64; 3],
) -> Option<Stress> {
    assert_eq!(stresses.len(), model.element_count(), "a stress for each element");
    let weights = weights();
    let mut sum = [0.0f64; 6];
    for (n, weight) in weights.iter().enumerate() {
        let depth = (FIRST + n as f64) * model.voxel_mm;
        let place = [0, 1, 2].map(|a| point_mm[a] + depth * inward[a]);
        let stress = stress_at(model, stresses, place)?;
        (0..6).for_each(|c| sum[c] += weight * stress[c]);
    }
    Some(sum.map(|s| s as f32))
}

/// Weights of the samples in the value at depth zero of their least-squares parabola.
fn weights() -> [f64; COUNT] {
    let depth = |n: usize| FIRST + n as f64;
    let mut normal = [[0.0; 3]; 3];
    for n in 0..COUNT {
        let row = [1.0, depth(n), depth(n) * depth(n)];
        for a in 0..3 {
            (0..3).for_each(|b| normal[a][b] += row[a] * row[b]);
        }
    }
    // The value at zero is the first coefficient: the first row of the inverse.
    let [[a, b, c], [_, d, e], [_, _, f]] = normal;
    let minors = [d * f - e * e, c * e - b * f, b * e - c * d];
    let determinant = a * minors[0] + b * minors[1] + c * minors[2];
    std::array::from_fn(|n| {
        let t = depth(n);
        (minors[0] + minors[1] * t + minors[2] * t * t) / determinant
    })
}

/// Stress between element centres, linear along each axis, and so on to the faces of the grid;
/// `None` beside void.
fn stress_at(model: &Model, stresses: &[Stress], place_mm: [f64; 3]) -> Option<[f64; 6]> {
    let mut low = [0; 3];
    let mut share = [0.0; 3];
    for a in 0..3 {
        let at = place_mm[a] / model.voxel_mm - 0.5;
        let last = model.size[a].saturating_sub(2);
        if !(at >= -1.0 && at <= model.size[a] as f64) {
            return None;
        }
        low[a] = (at.max(0.0) as usize).min(last);
        share[a] = if model.size[a] == 1 { 0.0 } else { at - low[a] as f64 };
    }
    let mut sum = [0.0; 6];
    for bits in 0..8usize {
        let high = [0, 1, 2].map(|a| bits >> a & 1);
        let weights = [0, 1, 2].map(|a| if high[a] == 1 { share[a] } else { 1.0 - share[a] });
        let weight: f64 = weights.iter().product();
        if weight == 0.0 {
            continue;
        }
        let at = [0, 1, 2].map(|a| low[a] + high[a]);
        let element = (at[2] * model.size[1] + at[1]) * model.size[0] + at[0];
        if model.moduli[element].is_void() {
            return None;
        }
        (0..6).for_each(|c| sum[c] += weight * f64::from(stresses[element][c]));
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_carried_to_the_surface() {
        let model = Model { size: [12, 1, 2], voxel_mm: 0.5, moduli: vec![[1.0; 3]; 24] };
        let value = |n: usize| {
            let x = 0.5 * ((n % 12) as f64 + 0.5);
            let z = 0.5 * ((n / 12) as f64 + 0.5);
            [(3.0 - 2.0 * x + 0.5 * x * x + z) as f32; 6]
        };
        let stresses: Vec<Stress> = (0..24).map(value).collect();
        let at = |z| surface_stress(&model, &stresses, [0.25, 0.25, z], [1.0, 0.0, 0.0]).unwrap();
        // At element centres along x the samples are exact; along z the field is linear.
        assert!((at(0.0)[2] - 2.53125).abs() < 1e-5 && (at(1.0)[5] - 3.53125).abs() < 1e-5);
        let outside = surface_stress(&model, &stresses, [5.0, 0.25, 0.0], [1.0, 0.0, 0.0]);
        assert_eq!(outside, None);
    }
}
