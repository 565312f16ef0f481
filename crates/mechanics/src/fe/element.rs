//! The eight-node hexahedron in its modal basis.
//!
//! On a cube the trilinear functions span the eight products of `1, xi, eta, zeta`. In the sums
//! and differences of nodal values that belong to those products (bit 0 of a mode for `xi`, bit 1
//! for `eta`, bit 2 for `zeta`) the 2 x 2 x 2 Gauss rule integrates exactly and the element's
//! matrix is nearly diagonal. Forces come in units of `edge / 16`.

use super::lanes::Real;

const X: usize = 1;
const Y: usize = 2;
const XY: usize = 3;
const Z: usize = 4;
const XZ: usize = 5;
const YZ: usize = 6;
const XYZ: usize = 7;

/// Numbers in [`Coefficients`].
pub(crate) const COEFFICIENT_COUNT: usize = 24;

/// What the modal formula multiplies with, made from C11, C22, C33, C12, C13, C23, C44, C55, C66.
pub(crate) type Coefficients<T> = [T; COEFFICIENT_COUNT];

/// The coefficients of a material.
pub(crate) fn coefficients(c: [f64; 9]) -> Coefficients<f64> {
    let [c11, c22, c33, c12, c13, c23, c44, c55, c66] = c;
    let third = |x: f64| x / 3.0;
    [
        c11,
        c22,
        c33,
        c12,
        c13,
        c23,
        c44,
        c55,
        c66,
        third(c11 + c66),
        third(c11 + c55),
        third(c22 + c66),
        third(c22 + c44),
        third(c33 + c55),
        third(c33 + c44),
        third(c12),
        third(c13),
        third(c23),
        third(c44),
        third(c55),
        third(c66),
        (c11 + c55 + c66) / 9.0,
        (c22 + c44 + c66) / 9.0,
        (c33 + c44 + c55) / 9.0,
    ]
}

/// Modal forces of an element from its modal displacements `a[component][mode]`.
#[inline(always)]
pub(crate) fn modal_forces<T: Real>(k: &Coefficients<T>, a: &[[T; 8]; 3]) -> [[T; 8]; 3] {
    let [u, v, w] = a;
    let mut f = [[T::default(); 8]; 3];
    // Normal strains, constant part.
    f[0][X] = k[0] * u[X] + k[3] * v[Y] + k[4] * w[Z];
    f[1][Y] = k[3] * u[X] + k[1] * v[Y] + k[5] * w[Z];
    f[2][Z] = k[4] * u[X] + k[5] * v[Y] + k[2] * w[Z];
    // Shear strains, constant part.
    f[0][Y] = k[8] * (u[Y] + v[X]);
    f[1][X] = f[0][Y];
    f[0][Z] = k[7] * (u[Z] + w[X]);
    f[2][X] = f[0][Z];
    f[1][Z] = k[6] * (v[Z] + w[Y]);
    f[2][Y] = f[1][Z];
    // Bending: strains that vary along one axis.
    f[0][XY] = k[9] * u[XY] + k[16] * w[YZ];
    f[2][YZ] = k[14] * w[YZ] + k[16] * u[XY];
    f[0][XZ] = k[10] * u[XZ] + k[15] * v[YZ];
    f[1][YZ] = k[12] * v[YZ] + k[15] * u[XZ];
    f[1][XY] = k[11] * v[XY] + k[17] * w[XZ];
    f[2][XZ] = k[13] * w[XZ] + k[17] * v[XY];
    // Twist.
    let xy = k[20] * (u[YZ] + v[XZ]);
    let xz = k[19] * (u[YZ] + w[XY]);
    let yz = k[18] * (v[XZ] + w[XY]);
    f[0][YZ] = xy + xz;
    f[1][XZ] = xy + yz;
    f[2][XY] = xz + yz;
    // Hourglass.
    f[0][XYZ] = k[21] * u[XYZ];
    f[1][XYZ] = k[22] * v[XYZ];
    f[2][XYZ] = k[23] * w[XYZ];
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
    let [c11, c12, c44] = moduli_mpa;
    matrix(&coefficients([c11, c11, c11, c12, c12, c12, c44, c44, c44]), edge_mm)
}

/// Stiffness matrix of an element, as [`element_matrix`] orders it.
pub(crate) fn matrix(k: &Coefficients<f64>, edge_mm: f64) -> [[f64; 24]; 24] {
    let mut matrix = [[0.0; 24]; 24];
    for column in 0..24 {
        let mut a = [[0.0; 8]; 3];
        for mode in 0..8 {
            a[column % 3][mode] = sign(mode, column / 3);
        }
        let f = modal_forces(k, &a);
        for row in 0..24 {
            let along = |mode: usize| sign(mode, row / 3) * f[row % 3][mode];
            matrix[row][column] = (0..8).map(along).sum::<f64>() * (edge_mm / 16.0);
        }
    }
    matrix
}

/// Diagonal entries that an element gives to each of its nodes, in units of `edge / 16`.
pub(crate) fn diagonal(c: &[f64; 9]) -> [f64; 3] {
    let [c11, c22, c33, _, _, _, c44, c55, c66] = c;
    [c11 + c55 + c66, c22 + c44 + c66, c33 + c44 + c55].map(|sum| sum * (16.0 / 9.0))
}

/// Upper bound of the eigenvalues of an element's matrix after division by its diagonal: no
/// assembly of such elements exceeds the largest of its elements.
///
/// Gershgorin's circles in the modal basis, where isotropic elements reach them.
pub(crate) fn eigenvalue_bound(c: &[f64; 9]) -> f64 {
    let k = coefficients(*c);
    let scale = diagonal(c).map(|d| (8.0 / d).sqrt());
    let mut sums = [[0.0f64; 8]; 3];
    for column in 0..24 {
        let mut a = [[0.0; 8]; 3];
        a[column / 8][column % 8] = 1.0;
        for (component, forces) in modal_forces(&k, &a).iter().enumerate() {
            for (mode, force) in forces.iter().enumerate() {
                sums[component][mode] += (force * scale[component] * scale[column / 8]).abs();
            }
        }
    }
    sums.iter().flatten().fold(0.0, |most, sum| most.max(*sum))
}
