//! Nine engineering constants of an orthotropic material as the moduli that the solver reads.

use crate::material::MaterialError;
use crate::voxels::Orthotropic;

/// Elastic constants of a material along its own axes x, y, z: those of an axis-aligned lattice,
/// bone along its trabeculae, rolled metal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrthotropicConstants {
    /// Young's moduli along x, y, z in MPa.
    pub young_mpa: [f64; 3],
    /// Shear moduli in the planes yz, xz, xy in MPa.
    pub shear_mpa: [f64; 3],
    /// Poisson's ratios xy, yz, zx: contraction along the second axis under tension along the
    /// first.
    pub poisson: [f64; 3],
}

/// Determinant of the compliance's normal part, over that without Poisson's ratios, below which
/// a material is not stable, for rounding.
const DETERMINANT_MIN: f64 = 1e-6;

impl OrthotropicConstants {
    /// The moduli of this material.
    ///
    /// The normal part of the compliance has `1/E` on its diagonal and `-nu_xy/E_x`, `-nu_yz/E_y`,
    /// `-nu_zx/E_z` beside it; its inverse is that of the stiffness.
    ///
    /// # Errors
    /// [`MaterialError::Value`] for a modulus that is not above 0,
    /// [`MaterialError::NotPositiveDefinite`] for ratios that no stable material has.
    pub fn moduli(&self) -> Result<Orthotropic, MaterialError> {
        let Self { young_mpa, shear_mpa, poisson } = *self;
        let named = |list: [f64; 3], what| list.map(|value| (what, value));
        let moduli = named(young_mpa, "a Young's modulus in MPa");
        for (what, value) in moduli.into_iter().chain(named(shear_mpa, "a shear modulus in MPa")) {
            if !(value.is_finite() && value > 0.0) {
                return Err(MaterialError::Value { what, value });
            }
        }
        // Symmetric ratios: compliances over the square roots of both of the diagonal.
        let [x, y, z] = young_mpa;
        let [xy, yz, zx] = poisson;
        let a = -xy * (y / x).sqrt();
        let b = -yz * (z / y).sqrt();
        let c = -zx * (x / z).sqrt();
        let determinant = 1.0 - a * a - b * b - c * c + 2.0 * a * b * c;
        let minors = [1.0 - a * a, 1.0 - b * b, 1.0 - c * c, determinant];
        if !minors.iter().all(|m| *m > DETERMINANT_MIN) {
            return Err(MaterialError::NotPositiveDefinite { young_mpa, poisson });
        }
        let scale = |part: f64, e: f64, f: f64| part * (e * f).sqrt() / determinant;
        let [g_yz, g_xz, g_xy] = shear_mpa;
        let moduli = [
            scale(1.0 - b * b, x, x),
            scale(1.0 - c * c, y, y),
            scale(1.0 - a * a, z, z),
            scale(b * c - a, x, y),
            scale(a * b - c, x, z),
            scale(a * c - b, y, z),
            g_yz,
            g_xz,
            g_xy,
        ];
        Ok(moduli.map(|c| c as f32))
    }
}

/// The moduli of a material whose own axes lie along others of the grid: `along[n]` is the axis of
/// the grid along which its axis `n` lies.
///
/// # Panics
/// If two axes lie along the same one.
pub fn turned(moduli: &Orthotropic, along: [usize; 3]) -> Orthotropic {
    let from = [0, 1, 2].map(|a| along.iter().position(|b| *b == a).expect("three axes"));
    let normal = |a: usize, b: usize| match [a.min(b), a.max(b)] {
        [0, 1] => moduli[3],
        [0, 2] => moduli[4],
        [1, 2] => moduli[5],
        _ => moduli[a],
    };
    // The shear in a plane goes with the axis across it.
    let [x, y, z] = from;
    [
        moduli[x],
        moduli[y],
        moduli[z],
        normal(x, y),
        normal(x, z),
        normal(y, z),
        moduli[6 + x],
        moduli[6 + y],
        moduli[6 + z],
    ]
}
