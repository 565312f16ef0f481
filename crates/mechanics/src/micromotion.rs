//! Motion between implant and bone before bone has grown in.
//!
//! A bonded model has none. So the voxels of bone that touch the end faces are made to slide: they
//! carry pressure and hardly any shear, as a wet interface without friction would. Screws stay
//! bonded. What such a layer shears is the slip.

use crate::method::Method;
use crate::solve::Solution;
use crate::subsidence::rank;
use crate::voxels::{Elements, Moduli, Orthotropic};

/// Slip below this lets bone grow in, in mm (facts D1.39).
pub const INGROWTH_MM: f64 = 0.050;
/// Slip above this leaves fibrous tissue, in mm (facts D1.39).
pub const FIBROUS_MM: f64 = 0.150;
/// Shear stiffness that is left in a sliding voxel.
const SHEAR_LEFT: f32 = 1e-3;

/// The bound.
pub const METHOD: Method = Method {
    id: "micromotion",
    title: "Micromotion at the end faces, upper estimate",
    formula: "slip = |u_t(far side) - u_t(near side)| over one voxel of bone at the end face whose \
              shear stiffness is a thousandth; 95th percentile over the contact",
    source: "limits 50 and 150 um: Pilliar 1986, Jasty 1997 (facts D1.39)",
    limits: "no friction and no press fit, which hold back: real slip is lower. Screws do not \
             loosen, a face that is pulled does not open, and the steps of the voxels lock as a \
             rough face would: there real motion may be higher",
};

/// The moduli of a voxel that slides.
pub fn sliding(moduli: &Orthotropic) -> Orthotropic {
    std::array::from_fn(|n| if n < 6 { moduli[n] } else { SHEAR_LEFT * moduli[n] })
}

/// How far one side of an element slides against the other, across the face normal to `axis`: the
/// length of the difference of the mean displacements of both sides, within that face, mm.
///
/// # Panics
/// If the solution belongs to another model.
pub fn slip_mm<M: Moduli>(
    model: &Elements<M>,
    solution: &Solution,
    element: usize,
    axis: usize,
) -> f64 {
    assert_eq!(solution.displacement_mm.len(), model.node_count(), "a solution of this model");
    let [ni, nj, _] = model.size;
    let at = [element % ni, element / ni % nj, element / (ni * nj)];
    let mut jump = [0.0; 3];
    for bits in 0..8usize {
        let node = [0, 1, 2].map(|a| at[a] + (bits >> a & 1));
        let u = solution.displacement_mm[model.node_index(node)];
        let sign = if bits >> axis & 1 == 1 { 0.25 } else { -0.25 };
        (0..3).for_each(|a| jump[a] += sign * u[a]);
    }
    jump[axis] = 0.0;
    (jump[0] * jump[0] + jump[1] * jump[1] + jump[2] * jump[2]).sqrt()
}

/// Slip over an end face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Micromotion {
    /// Places measured.
    pub count: usize,
    /// Median in mm.
    pub p50_mm: f64,
    /// 95th percentile in mm.
    pub p95_mm: f64,
    /// Part of the contact that slides less than [`INGROWTH_MM`].
    pub ingrowth_fraction: f64,
    /// Part of the contact that slides more than [`FIBROUS_MM`].
    pub fibrous_fraction: f64,
}

/// Slips of equal areas, summed up; `None` without any.
pub fn micromotion(slips_mm: &[f64]) -> Option<Micromotion> {
    let mut sorted = slips_mm.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let part = |keep: &dyn Fn(f64) -> bool| {
        sorted.iter().filter(|&&slip| keep(slip)).count() as f64 / count as f64
    };
    (count > 0).then(|| Micromotion {
        count,
        p50_mm: rank(&sorted, 0.5),
        p95_mm: rank(&sorted, 0.95),
        ingrowth_fraction: part(&|slip| slip < INGROWTH_MM),
        fibrous_fraction: part(&|slip| slip > FIBROUS_MM),
    })
}

/// How much of the bone's supply of cells a sliding face lets through: all below
/// [`INGROWTH_MM`], none above [`FIBROUS_MM`], in between by a straight line.
pub fn open_fraction(slip_mm: f64) -> f64 {
    ((FIBROUS_MM - slip_mm) / (FIBROUS_MM - INGROWTH_MM)).clamp(0.0, 1.0)
}
