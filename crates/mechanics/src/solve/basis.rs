//! Load cases as sums of few solved directions: elasticity is linear.

use ossein_geom::Job;

use super::{RigidMotion, Session, Solution, SolveError};
use crate::boundary::LoadCase;
use crate::fe::pcg::Outcome;
use crate::patch::{cross, dot, norm as length};

/// Solved directions of force and of moment.
pub(super) struct Basis {
    force: Vec<Response>,
    moment: Vec<Response>,
}

struct Response {
    direction: [f64; 3],
    x: Vec<f64>,
    iterations: usize,
    top: RigidMotion,
}

/// Solves every direction of force and moment that occurs in `cases`.
pub(super) fn solve_basis(
    session: &mut Session,
    cases: &[LoadCase],
    job: &Job,
) -> Result<Basis, SolveError> {
    let forces = directions(cases.iter().map(|case| case.force_n));
    let moments = directions(cases.iter().map(|case| case.moment_nmm));
    let mut solve_all = |list: Vec<[f64; 3]>, is_force: bool| {
        let solve_one = |direction| respond(session, direction, is_force, job);
        list.into_iter().map(solve_one).collect::<Result<Vec<_>, _>>()
    };
    Ok(Basis { force: solve_all(forces, true)?, moment: solve_all(moments, false)? })
}

fn respond(
    session: &mut Session,
    direction: [f64; 3],
    is_force: bool,
    job: &Job,
) -> Result<Response, SolveError> {
    let (force, moment) = if is_force { (direction, [0.0; 3]) } else { ([0.0; 3], direction) };
    let load = session.patch.traction(&session.body, force, moment);
    let mut x = session.zero();
    let norm = load_norm(session, &load);
    let name = if is_force { "force" } else { "moment" };
    let name = format!("unit {name} along {direction:?}");
    let outcome = session.iterate(&name, &mut x, &load, norm, job)?;
    let top = session.patch.rigid_motion(&session.body, |n| session.displacement(&x, n));
    Ok(Response { direction, x, iterations: outcome.iterations, top })
}

/// Norm of a load on free places, in units of the operator.
pub(super) fn load_norm(session: &Session, load: &[[f64; 3]]) -> f64 {
    let level = &session.grids.levels[0];
    let free = |node: u32, axis: usize| level.inverse[session.place(node, axis)] > 0.0;
    let nodal = session.nodal_load(load);
    let squares = nodal.iter().map(|(node, force)| {
        (0..3).filter(|&axis| free(*node, axis)).map(|axis| force[axis] * force[axis]).sum::<f64>()
    });
    squares.sum::<f64>().sqrt()
}

/// Unit vectors that span what occurs: each direction itself while there are at most three.
fn directions(vectors: impl Iterator<Item = [f64; 3]>) -> Vec<[f64; 3]> {
    let mut found: Vec<[f64; 3]> = Vec::new();
    for v in vectors.filter(|v| length(*v) > 0.0) {
        let unit = v.map(|x| x / length(v));
        if !found.iter().any(|d| length(cross(*d, unit)) < 1e-12) {
            found.push(unit);
        }
    }
    if found.len() <= 3 {
        return found;
    }
    vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
}

/// Shares of the responses in a vector.
fn shares(responses: &[Response], v: [f64; 3]) -> Vec<f64> {
    let parallel = |r: &Response| length(cross(r.direction, v)) <= 1e-12 * length(v);
    match responses.iter().position(parallel) {
        Some(one) => {
            let share = |n: usize| if n == one { dot(responses[n].direction, v) } else { 0.0 };
            (0..responses.len()).map(share).collect()
        }
        None => responses.iter().map(|r| dot(r.direction, v)).collect(),
    }
}

/// A stiffness in N mm/rad as N m/deg.
pub(super) fn nm_per_deg(nmm_per_rad: f64) -> f64 {
    nmm_per_rad.to_radians() / 1000.0
}

/// The solution of a case from its parts, iterated on where their sum misses the tolerance.
pub(super) fn combine(
    session: &mut Session,
    basis: &Basis,
    case: &LoadCase,
    job: &Job,
) -> Result<Solution, SolveError> {
    let mut x = session.zero();
    let mut iterations = 0;
    let mut pushed = 0.0; // Displacement along the force, by the force alone.
    let mut turned = 0.0;
    let parts = [(&basis.force, case.force_n), (&basis.moment, case.moment_nmm)];
    for (index, (responses, v)) in parts.into_iter().enumerate() {
        for (response, share) in responses.iter().zip(shares(responses, v)) {
            if share == 0.0 {
                continue;
            }
            x.iter_mut().zip(&response.x).for_each(|(x, y)| *x += share * y);
            iterations += response.iterations;
            match index {
                0 => pushed += share * dot(response.top.translation_mm, v),
                _ => turned += share * dot(response.top.rotation_rad, v),
            }
        }
    }
    let load = session.patch.traction(&session.body, case.force_n, case.moment_nmm);
    let norm = load_norm(session, &load);
    let Outcome { iterations: more, residual } =
        session.iterate(&case.name, &mut x, &load, norm, job)?;
    let outcome = Outcome { iterations: iterations + more, residual };
    let mut solution = session.balance(&case.name, &mut x, &load, norm, outcome, job)?;
    let square = |v: [f64; 3]| dot(v, v);
    if pushed > 0.0 {
        solution.axial_stiffness_n_per_mm = Some(square(case.force_n) / pushed);
    }
    if turned > 0.0 {
        solution.rotational_stiffness_nm_per_deg =
            Some(nm_per_deg(square(case.moment_nmm) / turned));
    }
    Ok(solution)
}
