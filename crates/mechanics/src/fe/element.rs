//! The eight-node hexahedron in its modal basis.
//!
//! On a cube the trilinear functions span the eight products of `1, xi, eta, zeta`. In the sums
//! and differences of nodal values that belong to those products (bit 0 of a mode for `xi`, bit 1
//! for `eta`, bit 2 for `zeta`) the 2 x 2 x 2 Gauss rule integrates exactly and the element's
//! matrix is nearly diagonal. Forces come in units of `edge / 16`.

use std::ops::{Add, Mul, Sub};

use super::lanes::{Lanes, Real};

const X: usize = 1;
const Y: usize = 2;
const XY: usize = 3;
const Z: usize = 4;
const XZ: usize = 5;
const YZ: usize = 6;
const XYZ: usize = 7;

/// What the element formula needs of a number, or of several side by side.
pub(crate) trait Arithmetic:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    /// A constant.
    fn constant(x: f64) -> Self;
}

impl Arithmetic for f64 {
    fn constant(x: f64) -> Self {
        x
    }
}

impl<T: Real> Arithmetic for Lanes<T> {
    #[inline(always)]
    fn constant(x: f64) -> Self {
        Self::all(T::double(x))
    }
}

/// Modal forces of an element from its modal displacements `a[component][mode]`.
#[inline(always)]
pub(crate) fn modal_forces<S: Arithmetic>(c: [S; 3], a: &[[S; 8]; 3]) -> [[S; 8]; 3] {
    let [u, v, w] = a;
    let [c11, c12, c44] = c;
    let third = S::constant(1.0 / 3.0);
    let (p, q, s) = (c11 * third, c12 * third, c44 * third);
    let (ps, last) = (p + s, (p + s + s) * third);
    let zero = S::constant(0.0);
    let mut f = [[zero; 8]; 3];
    // Normal strains, constant part.
    f[0][X] = c11 * u[X] + c12 * (v[Y] + w[Z]);
    f[1][Y] = c11 * v[Y] + c12 * (u[X] + w[Z]);
    f[2][Z] = c11 * w[Z] + c12 * (u[X] + v[Y]);
    // Shear strains, constant part.
    f[0][Y] = c44 * (u[Y] + v[X]);
    f[1][X] = f[0][Y];
    f[0][Z] = c44 * (u[Z] + w[X]);
    f[2][X] = f[0][Z];
    f[1][Z] = c44 * (v[Z] + w[Y]);
    f[2][Y] = f[1][Z];
    // Bending: strains that vary along one axis.
    f[0][XY] = ps * u[XY] + q * w[YZ];
    f[2][YZ] = ps * w[YZ] + q * u[XY];
    f[0][XZ] = ps * u[XZ] + q * v[YZ];
    f[1][YZ] = ps * v[YZ] + q * u[XZ];
    f[1][XY] = ps * v[XY] + q * w[XZ];
    f[2][XZ] = ps * w[XZ] + q * v[XY];
    // Twist.
    let twist = u[YZ] + v[XZ] + w[XY];
    f[0][YZ] = s * (twist + u[YZ]);
    f[1][XZ] = s * (twist + v[XZ]);
    f[2][XY] = s * (twist + w[XY]);
    // Hourglass.
    f[0][XYZ] = last * u[XYZ];
    f[1][XYZ] = last * v[XYZ];
    f[2][XYZ] = last * w[XYZ];
    f
}

/// Sign of a mode at a node; bits of `node` say which of its coordinates are high.
#[inline]
pub(crate) fn sign(mode: usize, node: usize) -> f64 {
    if (mode & !node).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Stiffness matrix in N/mm of a cubic element with moduli C11, C12, C44 in MPa and its edge in mm.
///
/// Rows and columns count `3 * node + axis`; bits 0, 1, 2 of a node say whether it is high along
/// x, y, z.
pub fn element_matrix(moduli_mpa: [f64; 3], edge_mm: f64) -> [[f64; 24]; 24] {
    let mut matrix = [[0.0; 24]; 24];
    for column in 0..24 {
        let mut a = [[0.0; 8]; 3];
        for mode in 0..8 {
            a[column % 3][mode] = sign(mode, column / 3);
        }
        let f = modal_forces(moduli_mpa, &a);
        for row in 0..24 {
            let along = |mode: usize| sign(mode, row / 3) * f[row % 3][mode];
            matrix[row][column] = (0..8).map(along).sum::<f64>() * (edge_mm / 16.0);
        }
    }
    matrix
}

/// Diagonal entry that an element gives to each of its nodes, in units of `edge / 16`.
#[inline(always)]
pub(crate) fn diagonal(c: [f32; 3]) -> f32 {
    (c[0] + 2.0 * c[2]) * (16.0 / 9.0)
}

/// Largest eigenvalue of an element's matrix after division by its diagonal: no assembly of such
/// elements exceeds the largest of its elements.
pub(crate) fn eigenvalue_bound(c: [f32; 3]) -> f32 {
    let [c11, c12, c44] = c;
    let largest = (c11 + 2.0 * c12)
        .max(c11 - c12)
        .max(2.0 * c44)
        .max((c11 + c44 + c12.abs()) / 3.0)
        .max(4.0 / 3.0 * c44);
    4.5 * largest / (c11 + 2.0 * c44)
}
