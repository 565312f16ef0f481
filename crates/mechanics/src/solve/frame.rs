//! What a model's boundary allows and bears.

use crate::fe::pcg::Load;
use crate::patch::{cross, norm};

/// What a model's boundary allows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame {
    /// Axes of the loaded nodes that a motion prescribes.
    pub driven: [bool; 3],
    /// Axes along which the model repeats itself.
    pub closed: [bool; 3],
}

impl Frame {
    /// Of a model that a motion drives.
    pub fn driven(driven: [bool; 3]) -> Self {
        Self { driven, ..Self::default() }
    }

    /// Whether the model repeats itself along some axis.
    pub fn repeats(&self) -> bool {
        self.closed != [false; 3]
    }
}

/// What a mean strain adds to a solution.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stretch<'s> {
    /// Its forces in units of the operator, ordered by node.
    pub forces: &'s Load,
    /// Twice its part of the strain energy, N mm.
    pub doubled_energy: f64,
    /// Work of the mean stress, N mm.
    pub work: f64,
    /// Force on the largest face that others are held against, N.
    pub force: f64,
}

/// A force and a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wrench {
    /// N.
    pub force: [f64; 3],
    /// N mm.
    pub moment: [f64; 3],
    /// Sum of the sizes of all forces, N.
    pub size: f64,
}

impl Wrench {
    /// Adds a force at the end of an arm.
    pub fn add(&mut self, arm: [f64; 3], force: [f64; 3]) {
        let moment = cross(arm, force);
        self.size += norm(force);
        (0..3).for_each(|a| self.force[a] += force[a]);
        (0..3).for_each(|a| self.moment[a] += moment[a]);
    }
}
