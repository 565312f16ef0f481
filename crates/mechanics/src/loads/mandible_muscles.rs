//! Clenching as published: intercuspal clench loads the molars of both sides, incisal clench the
//! front teeth.
//!
//! The activation of each muscle in both tasks is that of Korioth and Hannam 1990 and 1994, as
//! later finite-element papers reprint it.
//!
//! Clenches on one side are in `mandible_unilateral` and `mandible_group`, estimated: their
//! activations differ between the working and the balancing side, and no two independent sources that print them were found.
//! Whoever has them gives them as a [`Clench`] of their own.

use super::clench::{AXES, Clench, MUSCLE_COUNT, clench};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "mandible_muscles",
    title: "Intercuspal and incisal clench by nine muscles a side",
    axes: AXES,
    source: "Korioth and Hannam 1990, 1994 (facts D2.31)",
    cases: Cases::Fixed(cases),
};

/// Task, the teeth that hold, and the activation of each muscle on both sides.
type Task = (&'static str, &'static [&'static str], [f64; MUSCLE_COUNT]);

const TASKS: [Task; 2] = [
    (
        "intercuspal_clench",
        &["molar_right", "molar_left"],
        [1.00, 1.00, 0.76, 0.98, 0.96, 0.94, 0.27, 0.59, 0.28],
    ),
    ("incisal_clench", &["incisors"], [0.40, 0.26, 0.78, 0.08, 0.06, 0.04, 0.71, 0.50, 0.50]),
];

fn cases() -> Vec<RegionCase> {
    let task = |(name, teeth, activation): Task| {
        let teeth = teeth.iter().map(|&tooth| tooth.into()).collect();
        clench(&Clench { name: name.into(), teeth, right: activation, left: activation })
    };
    TASKS.into_iter().map(task).collect()
}
