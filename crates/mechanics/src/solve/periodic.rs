//! A model that repeats itself: opposite faces move alike, but for what a mean strain puts between
//! them.

use ossein_geom::Job;

use super::frame::{Frame, Stretch};
use super::session::Session;
use super::{Solution, SolveError, SolveOptions, check};
use crate::boundary::{Loads, Motion, Support};
use crate::fe::pcg::{Outcome, Stop, residual_norm};
use crate::voxels::Voxels;

/// Names of the six strains.
const NAMES: [&str; 6] = ["xx", "yy", "zz", "yz", "xz", "xy"];
/// Axes of each strain.
const PAIRS: [[usize; 2]; 6] = [[0, 0], [1, 1], [2, 2], [1, 2], [0, 2], [0, 1]];
/// A free mean strain whose stiffness is a smaller part of the largest meets no resistance.
const NOTHING: f64 = 1e-9;

/// A load on a model whose opposite faces move alike.
#[derive(Clone, Debug, PartialEq)]
pub struct PeriodicCase {
    /// Name for reports.
    pub name: String,
    /// Axes across which the model repeats itself.
    pub axes: [bool; 3],
    /// Mean strain xx, yy, zz and engineering shear yz, xz, xy; without a number it is free, and
    /// its mean stress vanishes. Strains with an axis that is not periodic must be `None`, and
    /// follow from supports and loads.
    pub strain: [Option<f64>; 6],
    /// Translation of the loaded nodes in mm; an axis with `None` stays free.
    pub translation_mm: [Option<f64>; 3],
}

/// Mean strain and mean stress of a model with periodic faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanState {
    /// What lies between opposite faces, over their distance: xx, yy, zz and engineering shear yz,
    /// xz, xy; zero for strains with an axis that is not periodic.
    pub strain: [f64; 6],
    /// Mean stress over the whole box, void among it, in MPa: xx, yy, zz, yz, xz, xy.
    pub stress_mpa: [f64; 6],
}

/// Solves a model with periodic faces under a mean strain, a motion of the loaded nodes, or both.
///
/// Free mean strains are those that leave no mean stress. A node of each part that nothing holds
/// is held, which bears no force.
///
/// # Errors
/// [`SolveError`], with [`SolveError::Slack`] where nothing resists a free mean strain, and
/// [`SolveError::NotConverged`] where the iteration misses its goal.
pub fn solve_periodic(
    model: &impl Voxels,
    loads: &Loads,
    case: &PeriodicCase,
    options: &SolveOptions,
    job: &Job,
) -> Result<Solution, SolveError> {
    let cases = std::slice::from_ref(case);
    let mut solutions = solve_periodic_cases(model, loads, cases, options, job)?;
    Ok(solutions.swap_remove(0))
}

/// Solves several cases of a model with periodic faces: those of the same faces that drive the
/// loaded nodes along the same axes share one set-up.
///
/// # Errors
/// As [`solve_periodic`].
pub fn solve_periodic_cases(
    model: &impl Voxels,
    loads: &Loads,
    cases: &[PeriodicCase],
    options: &SolveOptions,
    job: &Job,
) -> Result<Vec<Solution>, SolveError> {
    cases.iter().try_for_each(check_numbers)?;
    let driven = |case: &PeriodicCase| {
        case.translation_mm.map(|shift| shift.is_some() && !loads.loaded.is_empty())
    };
    let mut solutions: Vec<Option<Solution>> = cases.iter().map(|_| None).collect();
    for (first, case) in cases.iter().enumerate() {
        if solutions[first].is_some() {
            continue;
        }
        let frame = Frame { driven: driven(case), closed: case.axes };
        let is_same =
            |other: &PeriodicCase| other.axes == case.axes && driven(other) == frame.driven;
        let same: Vec<usize> = (first..cases.len()).filter(|&n| is_same(&cases[n])).collect();
        let loads = on_low_faces(model, loads, case.axes);
        let alone = |n: &&usize| {
            let mut strains = cases[**n].strain.iter().flatten();
            frame.driven != [false; 3] && strains.all(|strain| *strain == 0.0)
        };
        let motions: Vec<Motion> = same.iter().filter(alone).map(|&n| cases[n].motion()).collect();
        let mut session = Session::new(model, &loads, frame, options, same.len(), &motions)?;
        let units = Units::new(model, &session);
        for n in same {
            let job = job.labelled(&cases[n].name);
            solutions[n] = Some(solve_one(&mut session, &units, &cases[n], &job)?);
        }
    }
    Ok(solutions.into_iter().flatten().collect())
}

fn check_numbers(case: &PeriodicCase) -> Result<(), SolveError> {
    for (given, pair) in case.strain.iter().zip(PAIRS) {
        let Some(strain) = *given else { continue };
        check(strain.is_finite(), "a mean strain", strain)?;
        let periodic = pair.iter().all(|&a| case.axes[a]);
        check(periodic, "a mean strain across faces that are not periodic", strain)?;
    }
    for shift in case.translation_mm.iter().flatten() {
        check(shift.is_finite(), "a translation", *shift)?;
    }
    Ok(())
}

impl PeriodicCase {
    fn motion(&self) -> Motion {
        let PeriodicCase { name, translation_mm, .. } = self;
        let (name, translation_mm) = (name.clone(), *translation_mm);
        Motion { name, translation_mm, rotation_rad: [0.0; 3] }
    }
}

fn solve_one(
    session: &mut Session,
    units: &Units,
    case: &PeriodicCase,
    job: &Job,
) -> Result<Solution, SolveError> {
    let start = session.driven_by(&case.motion());
    let mut run = Run { session, units, start, name: &case.name, job, iterations: 0 };
    let mut strain = case.strain.map(|e| e.unwrap_or(0.0));
    let mut x = run.start.clone();
    let mut outcome = run.solve(&mut x, true, &strain)?;
    let is_free = |n: &usize| case.strain[*n].is_none() && PAIRS[*n].iter().all(|&a| case.axes[a]);
    let free: Vec<usize> = (0..6).filter(is_free).collect();
    if !free.is_empty() {
        run.relax(&free, &mut x, &mut strain)?;
        outcome = run.solve(&mut x, true, &strain)?;
    }
    run.finish(x, &strain, outcome)
}

/// A model while its strains are solved.
struct Run<'r, 's> {
    session: &'r mut Session<'s>,
    units: &'r Units,
    /// Zeros, but for the loaded nodes.
    start: Vec<f64>,
    name: &'r str,
    job: &'r Job,
    iterations: usize,
}

impl Run<'_, '_> {
    /// Improves the displacements beside a strain; without the motion of the loaded nodes where
    /// they are not driven.
    fn solve(
        &mut self,
        x: &mut [f64],
        driven: bool,
        strain: &[f64; 6],
    ) -> Result<Outcome, SolveError> {
        let load = self.units.load(strain);
        let level = &self.session.grids.levels[0];
        let norm = match driven {
            true => residual_norm(level, &self.start, &load),
            false => residual_norm(level, &self.session.zero(), &load),
        };
        let outcome = self.session.iterate_nodal(self.name, x, &load, norm, self.job)?;
        self.iterations += outcome.iterations;
        Ok(outcome)
    }

    /// Sets the free strains so that they leave no mean stress: what each of them does is solved by
    /// itself.
    fn relax(
        &mut self,
        free: &[usize],
        x: &mut [f64],
        strain: &mut [f64; 6],
    ) -> Result<(), SolveError> {
        let mut responses = Vec::with_capacity(free.len());
        for &n in free {
            let mut response = self.session.zero();
            self.solve(&mut response, false, &unit(n))?;
            responses.push(response);
        }
        let stress = |x: &[f64], strain: &[f64; 6]| {
            let all = self.units.stress(self.session, x, strain);
            free.iter().map(|&n| all[n]).collect::<Vec<f64>>()
        };
        let columns = free.iter().zip(&responses).map(|(&n, response)| stress(response, &unit(n)));
        let shares = balance(columns.collect(), &stress(x, strain)).map_err(|n| {
            let strain = NAMES[free[n]];
            SolveError::Slack { strain }
        })?;
        for ((&n, response), share) in free.iter().zip(&responses).zip(&shares) {
            strain[n] = *share;
            x.iter_mut().zip(response).for_each(|(x, y)| *x += share * y);
        }
        Ok(())
    }

    /// The figures, after more iterations where forces do not balance.
    fn finish(
        self,
        mut x: Vec<f64>,
        strain: &[f64; 6],
        mut outcome: Outcome,
    ) -> Result<Solution, SolveError> {
        outcome.iterations = self.iterations;
        let load = self.units.load(strain);
        let norm = residual_norm(&self.session.grids.levels[0], &self.start, &load);
        let stop = self.session.stop(norm);
        let mut tolerance = stop.tolerance;
        loop {
            let solution = self.units.describe(self.session, self.name, &x, strain, outcome);
            match self.session.unbalanced(&solution, tolerance, norm) {
                Some(tighter) => tolerance = tighter,
                None => return Ok(solution),
            }
            let stop = Stop { tolerance, ..stop };
            if self.session.improve(&mut x, &load, stop, &mut outcome, self.job)? {
                return Ok(self.units.describe(self.session, self.name, &x, strain, outcome));
            }
        }
    }
}

/// Supports and loads on the low face of each pair alone.
fn on_low_faces(model: &impl Voxels, loads: &Loads, axes: [bool; 3]) -> Loads {
    let size = model.size();
    let strides = [1, size[0] + 1, (size[0] + 1) * (size[1] + 1)];
    let low = |nodes: &[u32]| {
        let fold = |&node: &u32| {
            let seam =
                |&a: &usize| axes[a] && node as usize / strides[a] % (size[a] + 1) == size[a];
            let back: usize = (0..3).filter(seam).map(|a| size[a] * strides[a]).sum();
            node - back as u32
        };
        let mut nodes: Vec<u32> = nodes.iter().map(fold).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    };
    let support = |s: &Support| Support { nodes: low(&s.nodes), axes: s.axes };
    Loads { supports: loads.supports.iter().map(support).collect(), loaded: low(&loads.loaded) }
}

fn unit(n: usize) -> [f64; 6] {
    std::array::from_fn(|m| f64::from(u8::from(n == m)))
}

/// Forces on nodes in units of the operator, ordered by node.
type Forces = Vec<(u32, [f64; 3])>;

/// What each unit strain does where nothing gives way.
struct Units {
    /// Its forces on the nodes that bear any.
    forces: [Forces; 6],
    /// Sums over the elements of moduli times volume, N mm.
    moduli: [[f64; 6]; 6],
    /// N/mm of a unit of the operator.
    unit: f64,
    /// Of the whole box, mm³.
    volume: f64,
    /// Area of the largest face of the box, mm².
    face: f64,
}

impl Units {
    fn new(model: &impl Voxels, session: &Session) -> Self {
        let edge = model.voxel_mm();
        let mesh = &session.grids.levels[0].mesh;
        let element = |c: &[f64; 9], n: usize| -> [f64; 6] {
            let [c11, c22, c33, c12, c13, c23, c44, c55, c66] = *c;
            match n {
                0 => [c11, c12, c13, 0.0, 0.0, 0.0],
                1 => [c12, c22, c23, 0.0, 0.0, 0.0],
                2 => [c13, c23, c33, 0.0, 0.0, 0.0],
                3 => [0.0, 0.0, 0.0, c44, 0.0, 0.0],
                4 => [0.0, 0.0, 0.0, 0.0, c55, 0.0],
                _ => [0.0, 0.0, 0.0, 0.0, 0.0, c66],
            }
        };
        let mut moduli = [[0.0; 6]; 6];
        let forces = std::array::from_fn(|n| {
            let mut all = vec![[0.0; 3]; mesh.node_count()];
            mesh.for_each_element(|_, nodes, scale, template| {
                let stress = element(&mesh.templates.moduli[template as usize], n)
                    .map(|c| c * f64::from(scale));
                (0..6).for_each(|m| moduli[n][m] += stress[m] * edge * edge * edge);
                let [xx, yy, zz, yz, xz, xy] = stress;
                let rows = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
                for (bits, &node) in nodes.iter().enumerate() {
                    let side = |axis: usize| if bits >> axis & 1 == 1 { 1.0 } else { -1.0 };
                    // An eighth of the faces' traction, over edge / 16.
                    for (force, row) in all[node as usize].iter_mut().zip(&rows) {
                        *force += 4.0 * edge * (0..3).map(|b| row[b] * side(b)).sum::<f64>();
                    }
                }
            });
            let bears = |(_, force): &(usize, [f64; 3])| *force != [0.0; 3];
            let numbered = all.into_iter().enumerate().filter(bears);
            numbered.map(|(node, force)| (node as u32, force)).collect()
        });
        let [x, y, z] = model.size().map(|n| n as f64 * edge);
        let face = (x * y).max(x * z).max(y * z);
        Self { forces, moduli, unit: edge / 16.0, volume: x * y * z, face }
    }

    /// Forces on the nodes under a strain where nothing gives way, in units of the operator.
    fn forces(&self, strain: &[f64; 6]) -> Forces {
        let parts = self.forces.iter().zip(strain).filter(|(_, e)| **e != 0.0);
        let mut all: Forces = parts
            .flat_map(|(list, e)| list.iter().map(move |(node, f)| (*node, f.map(|f| e * f))))
            .collect();
        all.sort_by_key(|(node, _)| *node);
        all.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                (0..3).for_each(|a| kept.1[a] += next.1[a]);
            }
            same
        });
        all
    }

    /// The load that a mean strain is for the displacements beside it.
    fn load(&self, strain: &[f64; 6]) -> Forces {
        let mut load = self.forces(strain);
        load.iter_mut().for_each(|(_, force)| *force = force.map(|f| -f));
        load
    }

    /// Mean stress times volume, N mm.
    fn stress(&self, session: &Session, x: &[f64], strain: &[f64; 6]) -> [f64; 6] {
        std::array::from_fn(|n| {
            let one = |(node, f): &(u32, [f64; 3])| {
                (0..3).map(|a| f[a] * x[session.place(*node, a)]).sum::<f64>()
            };
            let beside: f64 = self.forces[n].iter().map(one).sum();
            let alone: f64 = self.moduli[n].iter().zip(strain).map(|(c, e)| c * e).sum();
            self.unit * beside + alone
        })
    }

    fn describe(
        &self,
        session: &Session,
        name: &str,
        x: &[f64],
        strain: &[f64; 6],
        outcome: Outcome,
    ) -> Solution {
        let total = self.stress(session, x, strain);
        let dot = |a: &[f64; 6]| a.iter().zip(strain).map(|(a, e)| a * e).sum::<f64>();
        let work = dot(&total);
        // Twice the energy: what the displacements do with each other comes from the operator.
        let alone: f64 = (0..6).map(|n| strain[n] * dot(&self.moduli[n])).sum();
        let doubled_energy = 2.0 * work - alone;
        let stress_mpa = total.map(|s| s / self.volume);
        // Forces are held against those of the same strain where nothing gives way: those that are
        // left may be none at all.
        let rigid = self.moduli.iter().map(|row| dot(row).abs() / self.volume);
        let most = stress_mpa.iter().map(|s| s.abs()).chain(rigid).fold(0.0, f64::max);
        let forces = self.forces(strain);
        let stretch = Stretch { forces: &forces, doubled_energy, work, force: most * self.face };
        let mut solution = session.describe(name, x, &[], outcome, stretch);
        let size = session.body.grid_size();
        let edge = session.body.voxel_mm;
        for (node, u) in solution.displacement_mm.iter_mut().enumerate() {
            let at = [node % size[0], node / size[0] % size[1], node / (size[0] * size[1])];
            let [px, py, pz] = at.map(|n| n as f64 * edge);
            let [xx, yy, zz, yz, xz, xy] = *strain;
            u[0] += xx * px + 0.5 * (xy * py + xz * pz);
            u[1] += yy * py + 0.5 * (xy * px + yz * pz);
            u[2] += zz * pz + 0.5 * (xz * px + yz * py);
        }
        solution.mean = Some(MeanState { strain: *strain, stress_mpa });
        solution
    }
}

/// The shares with which columns take back what is left: Gauss with the largest pivot of a
/// symmetric matrix.
///
/// # Errors
/// The column that nothing resists.
fn balance(mut columns: Vec<Vec<f64>>, left: &[f64]) -> Result<Vec<f64>, usize> {
    let count = left.len();
    let most = (0..count).fold(0.0, |m: f64, n| m.max(columns[n][n]));
    let mut right: Vec<f64> = left.iter().map(|s| -s).collect();
    let mut open: Vec<usize> = (0..count).collect();
    let mut order = Vec::new();
    while let Some(&first) = open.first() {
        let pivot = open
            .iter()
            .copied()
            .fold(first, |p, n| if columns[n][n] > columns[p][p] { n } else { p });
        if columns[pivot][pivot].is_nan() || columns[pivot][pivot] <= NOTHING * most {
            return Err(pivot);
        }
        open.retain(|n| *n != pivot);
        order.push(pivot);
        for &row in &open {
            let factor = columns[pivot][row] / columns[pivot][pivot];
            right[row] -= factor * right[pivot];
            for column in columns.iter_mut() {
                column[row] -= factor * column[pivot];
            }
        }
    }
    let mut shares = vec![0.0; count];
    for &n in order.iter().rev() {
        let known: f64 = (0..count).filter(|m| *m != n).map(|m| columns[m][n] * shares[m]).sum();
        shares[n] = (right[n] - known) / columns[n][n];
    }
    Ok(shares)
}
