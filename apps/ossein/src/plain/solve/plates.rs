//! The planes that hold a model, and what a smooth plate among them cannot bear.

use ossein_mechanics::{Elements, Moduli, Support};

use super::setup::{self, Hold};

/// Part of its forces that a load may leave over by rounding.
const ROUNDING: f64 = 1e-9;

/// What holds a model on a smooth plate sideways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sideways {
    /// The plate that moves it.
    Held,
    /// Nothing: it bears no force sideways, and would drift.
    Free,
}

/// The planes that hold the model.
pub fn supports<M: Moduli>(
    model: &Elements<M>,
    support: &setup::Support,
    sideways: Sideways,
) -> Vec<Support> {
    let mut held = Vec::new();
    let periodic = support.periodic_axes();
    if support.bottom != Hold::Free && !periodic[2] {
        let axes = if support.bottom == Hold::Fixed { [true; 3] } else { [false, false, true] };
        held.push(Support { nodes: model.bottom_nodes(), axes });
    }
    for side in &support.symmetric {
        let (axis, high) = side.place();
        let plane = if high { model.size[axis] } else { 0 };
        let nodes = model.nodes_where(|node| node[axis] == plane);
        held.push(Support { nodes, axes: [0, 1, 2].map(|a| a == axis) });
    }
    // A model that repeats itself is held against drift as it is solved.
    if is_smooth(support) && sideways == Sideways::Free {
        held.extend(against_drift(model, mirrored(support)));
    }
    held
}

fn is_smooth(support: &setup::Support) -> bool {
    support.bottom == Hold::Sliding && support.periodic_axes() == [false; 3]
}

fn mirrored(support: &setup::Support) -> [bool; 3] {
    let mirrors = |axis| support.symmetric.iter().any(|side| side.place().0 == axis);
    [0, 1, 2].map(mirrors)
}

/// A smooth plate leaves two shifts and a turn free, which no load may ask of it: a node held in
/// the plane, and a second one, farthest along x or y from it, held across. A mirror across an axis
/// stops the shift along it, and the turn.
fn against_drift<M: Moduli>(model: &Elements<M>, mirrored: [bool; 3]) -> Vec<Support> {
    let nodes = model.bottom_nodes();
    let place = |n: u32| model.node(n as usize);
    let Some(&first) = nodes.first() else { return Vec::new() };
    let mut held = vec![Support { nodes: vec![first], axes: [!mirrored[0], !mirrored[1], false] }];
    if mirrored != [false; 3] {
        return held;
    }
    let reach = |axis: usize, n: u32| place(n)[axis].abs_diff(place(first)[axis]);
    let far = |axis: usize| nodes.iter().copied().max_by_key(|&n| (reach(axis, n), n));
    let (Some(x), Some(y)) = (far(0), far(1)) else { return held };
    // A node away along x turns in y, and the other way round.
    let (second, axes) = if reach(0, x) >= reach(1, y) {
        (x, [false, true, false])
    } else {
        (y, [true, false, false])
    };
    held.push(Support { nodes: vec![second], axes });
    held
}

/// Refuses forces on nodes that a smooth plate would have to bear sideways: what keeps a model on it
/// from drifting are single nodes, whose give depends on the size of the elements.
///
/// # Errors
/// What the plate cannot bear, and what would.
pub fn check_sideways<M: Moduli>(
    model: &Elements<M>,
    support: &setup::Support,
    nodes: &[u32],
    forces_n: &[[f64; 3]],
) -> Result<(), String> {
    if !is_smooth(support) {
        return Ok(());
    }
    let mirrored = mirrored(support);
    let (mut sum, mut turn, mut size) = ([0.0; 3], 0.0, 0.0);
    for (&node, force) in nodes.iter().zip(forces_n) {
        let at = model.node_mm(node as usize);
        turn += at[0] * force[1] - at[1] * force[0];
        size += force.map(|f| f * f).iter().sum::<f64>().sqrt();
        (0..3).for_each(|a| sum[a] += force[a]);
    }
    let told = |what: &str, left: f64, unit: &str, instead: &str| {
        let plate = "a smooth plate (bottom = \"sliding\") bears none";
        Err(format!("{left:.6} {unit} of it {what}, and {plate}: take \"fixed\"{instead}"))
    };
    for (axis, name) in ["x", "y"].into_iter().enumerate() {
        if sum[axis].abs() > ROUNDING * size && !mirrored[axis] {
            let instead = format!(", or a mirror across {name}");
            return told(&format!("act along {name}"), sum[axis], "N", &instead);
        }
    }
    let length = model.size.map(|n| n as f64 * model.voxel_mm).into_iter().fold(0.0, f64::max);
    if turn.abs() > ROUNDING * size * length && mirrored == [false; 3] {
        return told("turn it about z", turn, "N mm", "");
    }
    Ok(())
}
