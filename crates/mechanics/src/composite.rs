//! Voxels that two materials share: where they meet, and what the voxel becomes.

use crate::material::laminate;
use crate::voxels::{Moduli, Orthotropic};

/// Less of a voxel than this is no element: it would hang on a corner.
const SLIVER: f32 = 0.1;

/// What two materials fill of a voxel; the rest is void.
#[derive(Clone, Copy, Debug)]
pub struct Shared {
    /// Parts of the voxel's volume.
    pub shares: [f32; 2],
    /// Moduli of both, MPa.
    pub moduli: [Orthotropic; 2],
}

impl Shared {
    /// The moduli of the voxel whose materials meet across `normal`, MPa: their laminate in what
    /// they fill, their mean where no normal is known. Void takes its part of every modulus, and a
    /// sliver of material is void.
    pub fn moduli(&self, normal: [f64; 3]) -> Orthotropic {
        let [a, b] = self.shares.map(|share| share.max(0.0));
        let filled = (a + b).min(1.0);
        let [one, other] = &self.moduli;
        let share = a / (a + b);
        let solid = match (a > 0.0 && !one.is_void(), b > 0.0 && !other.is_void()) {
            (false, false) => [0.0; 9],
            (true, false) => return scaled(one, a),
            (false, true) => return scaled(other, b),
            (true, true) if normal == [0.0; 3] => mean(share, one, other),
            (true, true) => laminate(share, one, other, normal),
        };
        scaled(&solid, filled)
    }
}

/// The part of a material that fills so much of a voxel.
fn scaled(moduli: &Orthotropic, share: f32) -> Orthotropic {
    if share < SLIVER { [0.0; 9] } else { moduli.map(|c| share.min(1.0) * c) }
}

/// Voigt's mean of two materials.
fn mean(share: f32, one: &Orthotropic, other: &Orthotropic) -> Orthotropic {
    std::array::from_fn(|n| share * one[n] + (1.0 - share) * other[n])
}

/// The unit vector out of a material that fills `shares` of the voxels, `[k][j][i]`, at one of them;
/// zero where its neighbours tell no direction.
///
/// Differences over the 26 neighbours, weighted 4 : 2 : 1 by their distance (Youngs, in: Numerical
/// methods for fluid dynamics, 1982). Beyond the grid lies what lies at its border.
pub fn normal(shares: &[f32], size: [usize; 3], voxel: [usize; 3]) -> [f64; 3] {
    let mut sum = [0.0f64; 3];
    for n in 0..27usize {
        let offset = [n % 3, n / 3 % 3, n / 9].map(|o| o as i64 - 1);
        let at: [usize; 3] = std::array::from_fn(|a| {
            (voxel[a] as i64 + offset[a]).clamp(0, size[a] as i64 - 1) as usize
        });
        let weight = f64::from(8 >> offset.iter().map(|o| o.abs()).sum::<i64>());
        let share = f64::from(shares[(at[2] * size[1] + at[1]) * size[0] + at[0]]);
        (0..3).for_each(|a| sum[a] -= weight * share * offset[a] as f64);
    }
    let length = sum.iter().map(|s| s * s).sum::<f64>().sqrt();
    // Differences of rounding are no direction.
    if length < 1e-3 { [0.0; 3] } else { sum.map(|s| s / length) }
}

#[cfg(test)]
mod tests {
    use ossein_geom::Mpa;

    use super::*;
    use crate::{cubic, isotropic};

    #[test]
    fn a_plane_has_its_normal() {
        let (size, wanted) = ([5, 5, 5], [0.48, -0.6, 0.64]);
        let shares: Vec<f32> = (0..125usize)
            .map(|n| {
                let at = [n % 5, n / 5 % 5, n / 25].map(|i| i as f64 - 2.0);
                let depth = -(0..3).map(|a| at[a] * wanted[a]).sum::<f64>();
                (depth + 0.5).clamp(0.0, 1.0) as f32
            })
            .collect();
        let found = normal(&shares, size, [2, 2, 2]);
        let along: f64 = (0..3).map(|a| found[a] * wanted[a]).sum();
        assert!(along > 0.995, "{found:?}");
        assert_eq!(normal(&[0.5; 125], size, [2, 2, 2]), [0.0; 3]);
        assert!(normal(&shares, size, [0, 0, 4]).iter().all(|c| c.is_finite()));
    }

    #[test]
    fn void_takes_its_part_and_slivers_vanish() {
        let metal = cubic(isotropic(Mpa(1000.0), 0.3));
        let of = |shares| Shared { shares, moduli: [metal, [0.0; 9]] }.moduli([0.0, 0.0, 1.0]);
        assert_eq!(of([0.5, 0.5]), metal.map(|c| 0.5 * c));
        assert_eq!(of([0.05, 0.0]), [0.0; 9]);
        assert_eq!(of([0.0, 1.0]), [0.0; 9]);
        let both = Shared { shares: [0.25, 0.25], moduli: [metal, metal] };
        let found = both.moduli([0.0, 1.0, 0.0]);
        assert!(found.iter().zip(metal).all(|(a, b)| (a / b - 0.5).abs() < 1e-5), "{found:?}");
    }
}
