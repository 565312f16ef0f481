//! The stiffness of a material in all directions, and the constants that engineers take from it.

use serde::Serialize;

/// A stiffness tensor in MPa: rows and columns xx, yy, zz, yz, xz, xy, shear strains as engineers
/// count them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stiffness(pub [[f64; 6]; 6]);

/// Elastic constants along the axes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EngineeringConstants {
    /// Young's moduli along x, y, z in MPa.
    pub young_mpa: [f64; 3],
    /// Shear moduli in the planes yz, xz, xy in MPa.
    pub shear_mpa: [f64; 3],
    /// Poisson's ratios xy, yz, zx: contraction along the second axis under tension along the
    /// first.
    pub poisson: [f64; 3],
    /// Poisson's ratios yx, zy, xz.
    pub poisson_back: [f64; 3],
}

impl Stiffness {
    /// The compliance in 1/MPa; nothing where a strain meets no resistance.
    pub fn compliance(&self) -> Option<[[f64; 6]; 6]> {
        let most = (0..6).map(|n| self.0[n][n]).fold(0.0, f64::max);
        let mut l = [[0.0; 6]; 6];
        for row in 0..6 {
            for column in 0..=row {
                let known: f64 = (0..column).map(|n| l[row][n] * l[column][n]).sum();
                let rest = self.0[row][column] - known;
                if row > column {
                    l[row][column] = rest / l[column][column];
                } else if rest > 1e-9 * most {
                    l[row][row] = rest.sqrt();
                } else {
                    return None;
                }
            }
        }
        let mut inverse = [[0.0; 6]; 6];
        for column in 0..6 {
            let mut y = [0.0; 6];
            for row in 0..6 {
                let known: f64 = (0..row).map(|n| l[row][n] * y[n]).sum();
                y[row] = (f64::from(u8::from(row == column)) - known) / l[row][row];
            }
            for row in (0..6).rev() {
                let known: f64 = (row + 1..6).map(|n| l[n][row] * inverse[n][column]).sum();
                inverse[row][column] = (y[row] - known) / l[row][row];
            }
        }
        Some(inverse)
    }

    /// Constants along the axes; nothing where a strain meets no resistance.
    pub fn engineering(&self) -> Option<EngineeringConstants> {
        let s = self.compliance()?;
        let ratio = |[a, b]: [usize; 2]| -s[b][a] / s[a][a];
        Some(EngineeringConstants {
            young_mpa: [0, 1, 2].map(|a| 1.0 / s[a][a]),
            shear_mpa: [3, 4, 5].map(|a| 1.0 / s[a][a]),
            poisson: [[0, 1], [1, 2], [2, 0]].map(ratio),
            poisson_back: [[1, 0], [2, 1], [0, 2]].map(ratio),
        })
    }

    /// C11, C12 and C44 in MPa of the cubic material along the same axes that is nearest by the
    /// mean over equivalent entries.
    pub fn cubic(&self) -> [f64; 3] {
        let c = &self.0;
        [
            (c[0][0] + c[1][1] + c[2][2]) / 3.0,
            (c[0][1] + c[0][2] + c[1][2]) / 3.0,
            (c[3][3] + c[4][4] + c[5][5]) / 3.0,
        ]
    }

    /// Zener's ratio `2 C44 / (C11 - C12)` of the nearest cubic material: 1 where it is isotropic.
    pub fn zener(&self) -> Option<f64> {
        let [c11, c12, c44] = self.cubic();
        (c11 - c12 > 1e-9 * c11).then(|| 2.0 * c44 / (c11 - c12))
    }

    /// Bulk modulus in MPa under the same strain in all directions (Voigt's).
    pub fn bulk_mpa(&self) -> f64 {
        let [c11, c12, _] = self.cubic();
        (c11 + 2.0 * c12) / 3.0
    }

    /// Largest entry that cubic symmetry along the axes forbids, over the largest of all.
    pub fn off_cubic(&self) -> f64 {
        let [c11, c12, c44] = self.cubic();
        let most = self.0.iter().flatten().fold(0.0, |m: f64, c| m.max(c.abs()));
        let mut off: f64 = 0.0;
        for (a, row) in self.0.iter().enumerate() {
            for (b, c) in row.iter().enumerate() {
                let cubic = match (a < 3, b < 3, a == b) {
                    (true, true, true) => c11,
                    (true, true, false) => c12,
                    (false, false, true) => c44,
                    _ => 0.0,
                };
                off = off.max((c - cubic).abs());
            }
        }
        if most > 0.0 { off / most } else { 0.0 }
    }
}

/// Young's modulus in MPa along a unit direction, from the compliance in 1/MPa.
pub fn modulus_along(compliance: &[[f64; 6]; 6], [x, y, z]: [f64; 3]) -> f64 {
    let stress = [x * x, y * y, z * z, y * z, x * z, x * y];
    let row = |a: usize| (0..6).map(|b| compliance[a][b] * stress[b]).sum::<f64>();
    1.0 / (0..6).map(|a| stress[a] * row(a)).sum::<f64>()
}

/// Upper bounds of Hashin and Shtrikman for the bulk and the shear modulus of an isotropic mixture
/// of void and a solid with this Young's modulus and Poisson's ratio, in the modulus' unit.
///
/// # Source
/// Hashin and Shtrikman, J. Mech. Phys. Solids 11 (1963) 127-140.
pub fn hashin_shtrikman(fraction: f64, modulus: f64, poisson: f64) -> [f64; 2] {
    let bulk = modulus / (3.0 * (1.0 - 2.0 * poisson));
    let shear = modulus / (2.0 * (1.0 + poisson));
    let void = 1.0 - fraction;
    let along = 3.0 * bulk + 4.0 * shear;
    let pull = 6.0 * fraction * (bulk + 2.0 * shear) / (5.0 * shear * along);
    [
        fraction * 4.0 * bulk * shear / (4.0 * shear + 3.0 * bulk * void),
        shear - void / (1.0 / shear - pull),
    ]
}
