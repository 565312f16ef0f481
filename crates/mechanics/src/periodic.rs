//! Periodic homogenization: the stiffness of a material made of equal cells.
//!
//! A cell of voxels is stretched and sheared in six ways while opposite faces move alike, and the
//! energies of the six give the full tensor. Elements are the eight-node hexahedra of
//! [`solve`](crate::solve()), fully integrated; void has no stiffness at all. Conjugate gradients run
//! on the nodes that touch material, preconditioned by the exact inverse of a homogeneous cell
//! through Fourier transforms: some 30 iterations, whatever the size of the cell.

use ossein_geom::{Cancelled, Finding, Found, Job};

use crate::pieces::parts;
use crate::solve::SolveError;
use crate::solve::counted;
use crate::strips::Strips;
use crate::voxels::{self, LabelModel};

mod conjugate;
mod elements;
mod energy;
mod fourier;
mod green;
mod nodes;
mod symmetry;
mod tensor;

use elements::Elements;
use green::Green;
use nodes::Nodes;
pub use tensor::{EngineeringConstants, Stiffness, hashin_shtrikman, modulus_along};

/// A stiffness below this part of the solid's is none: what rounding leaves of a cell that falls
/// apart.
const NOTHING: f64 = 1e-9;

/// How to homogenize.
#[derive(Clone, Debug, PartialEq)]
pub struct HomogenizeOptions {
    /// Euclidean norm of the residual to reach, relative to that of the strain alone. The
    /// stiffness errs by about its square.
    pub tolerance: f64,
    /// Iterations at most, for each pair of strains.
    pub iteration_count_max: usize,
    /// Whether strains that symmetry makes equal are solved once: two instead of six for a cubic
    /// cell.
    pub use_symmetry: bool,
    /// Bytes that the work may take beside the cell; a larger cell is refused before any work.
    pub memory_bytes_max: u64,
}

impl Default for HomogenizeOptions {
    fn default() -> Self {
        Self {
            tolerance: 1e-6,
            iteration_count_max: 1000,
            use_symmetry: true,
            memory_bytes_max: 16 << 30,
        }
    }
}

/// Why a cell could not be homogenized.
#[derive(Debug, thiserror::Error)]
pub enum HomogenizeError {
    /// A cell without material, with wrong sizes or with moduli of no material.
    #[error(transparent)]
    Cell(#[from] SolveError),
    /// A tolerance that cannot be reached.
    #[error("a tolerance of {0:e} cannot be reached: it must lie from 1e-11 to 0.1")]
    Tolerance(f64),
    /// More memory than is allowed.
    #[error("the cell needs {needed} bytes and {limit} are allowed")]
    TooLarge {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The iteration did not reach its tolerance.
    #[error("{load} stands at a residual of {residual:e} after {iterations} iterations")]
    NotConverged {
        /// The strains.
        load: String,
        /// Relative residual.
        residual: f64,
        /// Iterations made.
        iterations: usize,
    },
    /// Stopped by the caller.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The stiffness of a cell, and how well it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Homogenized {
    /// Mean stress over mean strain, from energies.
    pub stiffness: Stiffness,
    /// Material over volume.
    pub solid_fraction: f64,
    /// Elements with material.
    pub element_count: usize,
    /// Nodes that touch material, three unknowns each.
    pub node_count: usize,
    /// Parts of the material that share no node.
    pub piece_count: usize,
    /// Motions of a cube, up to shifts, that map the cell onto itself: 48 for the full symmetry, 1
    /// for none.
    pub symmetry_count: usize,
    /// Strains that were solved; the others follow by symmetry.
    pub solved_count: usize,
    /// Iterations of each strain: xx, yy, zz, yz, xz, xy; zero where it was not solved.
    pub iterations: [usize; 6],
    /// Largest relative residual.
    pub residual: f64,
    /// Largest difference between the stiffness by energies and that by mean stresses, over the
    /// largest entry: what the residual leaves open at most.
    pub stress_error: f64,
}

/// Names of the six strains.
const NAMES: [&str; 6] = ["xx", "yy", "zz", "yz", "xz", "xy"];

/// The stiffness of a periodic cell; labels of the same material may stand side by side, label 0
/// is void.
///
/// # Errors
/// [`HomogenizeError`].
pub fn homogenize(
    cell: &LabelModel,
    options: &HomogenizeOptions,
    job: &Job,
) -> Result<Found<Homogenized>, HomogenizeError> {
    voxels::check(cell)?;
    if !(1e-11..=0.1).contains(&options.tolerance) {
        return Err(HomogenizeError::Tolerance(options.tolerance));
    }
    let nodes = Nodes::new(cell);
    let elements = Elements::new(cell);
    let needed = byte_count(cell, &nodes, &elements);
    if needed > options.memory_bytes_max {
        return Err(HomogenizeError::TooLarge { needed, limit: options.memory_bytes_max });
    }
    let motions = match options.use_symmetry {
        true => symmetry::motions(cell),
        false => Vec::new(),
    };
    let copies = symmetry::copies(&motions);
    let loads: Vec<usize> = (0..6).filter(|&load| copies[load].is_none()).collect();
    let mut green = Green::new(cell.size, mean_moduli(cell, elements.unit_mpa));
    let mut fields: [Vec<f32>; 6] = Default::default();
    let mut iterations = [0; 6];
    let mut residual: f64 = 0.0;
    for pair in loads.chunks(2) {
        let second = pair.get(1).map_or([0.0; 6], |&load| energy::unit(load));
        let names: Vec<&str> = pair.iter().map(|&load| NAMES[load]).collect();
        let label = format!("strain {}", names.join(" and "));
        let strains = [energy::unit(pair[0]), second];
        let solved =
            conjugate::solve(&nodes, &elements, &mut green, strains, options, &label, job)?;
        for (half, &load) in pair.iter().enumerate() {
            fields[load] = one_of(&nodes, &solved.displacement, half);
            iterations[load] = solved.iterations[half];
            residual = residual.max(solved.residuals[half]);
        }
    }
    drop(green);
    for load in 0..6 {
        if let Some((first, motion, sign)) = copies[load] {
            fields[load] = symmetry::moved(&nodes, &fields[first], &motion, sign);
        }
    }
    let [by_energy, by_stress] = energy::matrices(&nodes, &elements, &fields);
    let element_count = cell.labels.iter().filter(|l| **l != 0).count();
    let homogenized = Homogenized {
        stiffness: Stiffness(by_energy.map(|row| row.map(|c| in_mpa(c, elements.unit_mpa)))),
        solid_fraction: element_count as f64 / cell.labels.len() as f64,
        element_count,
        node_count: nodes.count(),
        piece_count: part_count(cell),
        symmetry_count: motions.len().max(1),
        solved_count: loads.len(),
        iterations,
        residual,
        stress_error: difference(&by_energy, &by_stress),
    };
    let findings = findings(&homogenized, &elements, &by_energy);
    Ok(Found { value: homogenized, findings })
}

/// Parts of the material that share no node; images of one count once.
fn part_count(cell: &LabelModel) -> usize {
    let parts = parts(&Strips::solid(cell).closed_along([true; 3]));
    (0..parts.len()).filter(|&n| parts[n] as usize == n).count()
}

/// Bytes that the work takes for a cell of this size, however little material it holds: what can
/// be told before there is a cell.
pub fn byte_count_min(size: [usize; 3]) -> u64 {
    // Beyond this no machine reaches, and products overflow.
    let large = size.iter().any(|&n| n > 1 << 16);
    if large { u64::MAX } else { Green::byte_count(size) }
}

/// Bytes that the work takes.
fn byte_count(cell: &LabelModel, nodes: &Nodes, elements: &Elements) -> u64 {
    let unknowns = nodes.len() as u64 / 2;
    // Two loads in double precision and three vectors in single, six fields kept in single.
    let vectors = unknowns * (2 * (8 + 3 * 4) + 6 * 4);
    vectors + Green::byte_count(cell.size) + nodes.byte_count() + elements.byte_count()
}

/// Mean C11, C12 and C44 of the material, over a unit.
fn mean_moduli(cell: &LabelModel, unit_mpa: f64) -> [f64; 3] {
    let mut counts = vec![0u64; cell.materials.len() + 1];
    cell.labels.iter().for_each(|&label| counts[usize::from(label)] += 1);
    let solid: u64 = counts[1..].iter().sum();
    let mut mean = [0.0; 3];
    for (c, &count) in cell.materials.iter().zip(&counts[1..]) {
        let share = count as f64 / solid as f64 / unit_mpa;
        for (n, mean) in mean.iter_mut().enumerate() {
            let three = &c[3 * n..3 * n + 3];
            *mean += share * three.iter().map(|&c| f64::from(c)).sum::<f64>() / 3.0;
        }
    }
    mean
}

/// Displacements of one load of two, in single precision.
fn one_of(nodes: &Nodes, both: &[f64], half: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(both.len() / 2);
    for k in 0..nodes.size[2] {
        let plane = nodes.plane(both, k);
        let part = plane.len() / 2;
        out.extend(plane[half * part..(half + 1) * part].iter().map(|&u| u as f32));
    }
    out
}

/// A stiffness in MPa; what rounding leaves of none is none.
fn in_mpa(stiffness: f64, unit_mpa: f64) -> f64 {
    if stiffness.abs() < NOTHING { 0.0 } else { stiffness * unit_mpa }
}

fn difference(a: &[[f64; 6]; 6], b: &[[f64; 6]; 6]) -> f64 {
    let most = a.iter().flatten().fold(0.0, |m: f64, c| m.max(c.abs()));
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    let off = pairs.fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
    // Of a cell without stiffness, over the solid's.
    off / if most > NOTHING { most } else { 1.0 }
}

/// What someone should look at.
fn findings(found: &Homogenized, elements: &Elements, unit: &[[f64; 6]; 6]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let weak: Vec<&str> = (0..6).filter(|&n| unit[n][n] < NOTHING).map(|n| NAMES[n]).collect();
    if !weak.is_empty() {
        let text = format!(
            "the cell does not hold together: {}, and no stiffness against strain {}",
            counted(found.piece_count, "part"),
            weak.join(", ")
        );
        let least = (0..6).map(|n| unit[n][n]).fold(f64::INFINITY, f64::min);
        let finding = Finding::failure("cell.falls_apart", "cell", text);
        findings.push(finding.measured(least * elements.unit_mpa, 0.0, "MPa"));
    } else if found.piece_count > 1 {
        let text = format!("the material is in {} parts that share no node", found.piece_count);
        findings.push(Finding::warning("cell.parts", "cell", text).measured(
            found.piece_count as f64,
            1.0,
            "",
        ));
    }
    findings
}
