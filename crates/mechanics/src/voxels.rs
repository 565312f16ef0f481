//! Voxel grids that the solver reads: one stiffness for each element.

use crate::solve::SolveError;

/// Elastic moduli in MPa of an orthotropic material along the grid's axes: C11, C22, C33, C12,
/// C13, C23, C44 (yz), C55 (xz), C66 (xy).
pub type Orthotropic = [f32; 9];

/// A box of cubic voxels, each a finite element with eight nodes.
pub trait Voxels: Sync {
    /// Element counts along `i`, `j`, `k`.
    fn size(&self) -> [usize; 3];

    /// Edge of a voxel in mm.
    fn voxel_mm(&self) -> f64;

    /// Elements for which moduli are given.
    fn given_count(&self) -> usize;

    /// Moduli of an element, `[k][j][i]`; all zero where there is no material.
    fn stiffness(&self, element: usize) -> Orthotropic;

    /// Whether an element holds material.
    fn is_solid(&self, element: usize) -> bool;
}

/// C11, C12 and C44 of a cubic material as moduli of an orthotropic one.
pub fn cubic([c11, c12, c44]: [f32; 3]) -> Orthotropic {
    [c11, c11, c11, c12, c12, c12, c44, c44, c44]
}

/// Moduli of one element, in one of the forms that a [`Elements`] holds.
pub trait Moduli: Copy + Send + Sync {
    /// Those of an orthotropic material in this form, MPa: a form for cubic materials keeps the
    /// first of what they have thrice.
    fn of(orthotropic: &Orthotropic) -> Self;

    /// As those of an orthotropic material, MPa.
    fn orthotropic(&self) -> Orthotropic;

    /// Whether there is no material: all moduli are zero.
    fn is_void(&self) -> bool;

    /// Stress in MPa under a strain: xx, yy, zz, yz, xz, xy, shears as engineers count them.
    fn stress(&self, strain: &[f64; 6]) -> [f32; 6];
}

/// Cubic: C11, C12, C44.
impl Moduli for [f32; 3] {
    fn of(&[c11, _, _, c12, _, _, c44, _, _]: &Orthotropic) -> Self {
        [c11, c12, c44]
    }

    fn orthotropic(&self) -> Orthotropic {
        cubic(*self)
    }

    #[inline]
    fn is_void(&self) -> bool {
        *self == [0.0; 3]
    }

    fn stress(&self, strain: &[f64; 6]) -> [f32; 6] {
        let [c11, c12, c44] = self.map(f64::from);
        let trace = strain[0] + strain[1] + strain[2];
        let normal = |a: usize| ((c11 - c12) * strain[a] + c12 * trace) as f32;
        let shear = |a: usize| (c44 * strain[a]) as f32;
        [normal(0), normal(1), normal(2), shear(3), shear(4), shear(5)]
    }
}

impl Moduli for Orthotropic {
    fn of(orthotropic: &Orthotropic) -> Self {
        *orthotropic
    }

    fn orthotropic(&self) -> Orthotropic {
        *self
    }

    #[inline]
    fn is_void(&self) -> bool {
        *self == [0.0; 9]
    }

    fn stress(&self, &[xx, yy, zz, yz, xz, xy]: &[f64; 6]) -> [f32; 6] {
        let [c11, c22, c33, c12, c13, c23, c44, c55, c66] = self.map(f64::from);
        let normal = [
            c11 * xx + c12 * yy + c13 * zz,
            c12 * xx + c22 * yy + c23 * zz,
            c13 * xx + c23 * yy + c33 * zz,
        ];
        let [a, b, c] = normal.map(|s| s as f32);
        [a, b, c, (c44 * yz) as f32, (c55 * xz) as f32, (c66 * xy) as f32]
    }
}

/// A box of cubic voxels with moduli for each.
///
/// Lengths are mm, measured from the corner of element `[0, 0, 0]`; stresses are MPa, forces N.
#[derive(Clone, Debug, PartialEq)]
pub struct Elements<M> {
    /// Element counts along `i`, `j`, `k`.
    pub size: [usize; 3],
    /// Edge of a voxel in mm.
    pub voxel_mm: f64,
    /// Moduli of each element in MPa, `[k][j][i]`; all zero where there is no material.
    pub moduli: Vec<M>,
}

/// A grid whose elements differ one by one along their axes: a homogenized lattice, aligned bone.
pub type OrthotropicModel = Elements<Orthotropic>;

impl<M: Moduli> Voxels for Elements<M> {
    fn size(&self) -> [usize; 3] {
        self.size
    }

    fn voxel_mm(&self) -> f64 {
        self.voxel_mm
    }

    fn given_count(&self) -> usize {
        self.moduli.len()
    }

    fn stiffness(&self, element: usize) -> Orthotropic {
        self.moduli[element].orthotropic()
    }

    #[inline]
    fn is_solid(&self, element: usize) -> bool {
        !self.moduli[element].is_void()
    }
}

/// A label image with a material for each label: a byte per voxel.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelModel {
    /// Element counts along `i`, `j`, `k`.
    pub size: [usize; 3],
    /// Edge of a voxel in mm.
    pub voxel_mm: f64,
    /// Label of each element, `[k][j][i]`: 0 where there is no material.
    pub labels: Vec<u8>,
    /// Moduli in MPa of the materials, from label 1 on.
    pub materials: Vec<Orthotropic>,
}

impl Voxels for LabelModel {
    fn size(&self) -> [usize; 3] {
        self.size
    }

    fn voxel_mm(&self) -> f64 {
        self.voxel_mm
    }

    fn given_count(&self) -> usize {
        self.labels.len()
    }

    /// A label without a material has moduli that no check passes.
    fn stiffness(&self, element: usize) -> Orthotropic {
        match self.labels[element] {
            0 => [0.0; 9],
            label => *self.materials.get(usize::from(label) - 1).unwrap_or(&[f32::NAN; 9]),
        }
    }

    #[inline]
    fn is_solid(&self, element: usize) -> bool {
        self.labels[element] != 0
    }
}

/// Checks that sizes agree and that every solid element has positive stiffness.
///
/// # Errors
/// [`SolveError::Size`], [`SolveError::Modulus`] or [`SolveError::Empty`].
pub(crate) fn check(voxels: &impl Voxels) -> Result<(), SolveError> {
    let (size, voxel_mm, modulus_count) = (voxels.size(), voxels.voxel_mm(), voxels.given_count());
    let count = size.iter().try_fold(1usize, |n, &s| n.checked_mul(s));
    let nodes = size.iter().try_fold(1usize, |n, &s| n.checked_mul(s.checked_add(1)?));
    let fits = nodes.is_some_and(|n| n < u32::MAX as usize);
    let short = size.iter().all(|&n| n < usize::from(u16::MAX));
    let voxel = voxel_mm.is_finite() && voxel_mm > 0.0;
    if count != Some(modulus_count) || !fits || !short || !voxel {
        return Err(SolveError::Size { size, modulus_count, voxel_mm });
    }
    let mut solid_count = 0usize;
    // No moduli: a label of nothing but zeros is checked too.
    let mut last = [f32::NAN; 9];
    for element in (0..modulus_count).filter(|&e| voxels.is_solid(e)) {
        let moduli = voxels.stiffness(element);
        if moduli != last && !is_stable(&moduli) {
            let moduli_mpa = [moduli[0], moduli[3], moduli[6]];
            return Err(SolveError::Modulus { element, moduli_mpa });
        }
        last = moduli;
        solid_count += 1;
    }
    if solid_count == 0 { Err(SolveError::Empty) } else { Ok(()) }
}

/// A material is stable where its stiffness is positive definite: three shears and the leading
/// minors of the normal part. The limits keep single-precision products of moduli finite.
fn is_stable(c: &Orthotropic) -> bool {
    let usable = |x: f64| x > 1e-12 && x < 1e12;
    let [c11, c22, c33, c12, c13, c23, c44, c55, c66] = c.map(f64::from);
    let second = c22 - c12 * c12 / c11;
    let cross = c23 - c12 * c13 / c11;
    let third = c33 - c13 * c13 / c11 - cross * cross / second;
    // A pivot smaller than the rounding of its moduli says nothing.
    let pivot = |p: f64, c: f64| p > 1e-6 * c;
    let positive = pivot(second, c22) && pivot(third, c33);
    [c11, c22, c33, c44, c55, c66].into_iter().all(usable) && positive
}
