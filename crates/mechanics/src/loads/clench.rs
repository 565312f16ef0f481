//! Clenching: nine muscles a side pull on their attachments, the condyles and the clenched teeth
//! hold.
//!
//! Greatest force and direction of each muscle are those of Korioth and Hannam 1990 and 1994; the
//! forces are facts D2.31. Directions are as later finite-element papers reprint them, and authors
//! differ most on the digastric.

use serde::Serialize;

use super::{Action, Hold, RegionCase};

/// Where the axes of a clench point.
pub const AXES: &str = "x to the patient's left, y to the back, z to the head";
/// Muscles of one side.
pub const MUSCLE_COUNT: usize = 9;
/// Muscles of one side by their names; each pulls on the region of this name and its side, such as
/// `digastric_left`.
pub const MUSCLE_NAMES: [&str; MUSCLE_COUNT] = [
    "superficial_masseter",
    "deep_masseter",
    "medial_pterygoid",
    "anterior_temporalis",
    "middle_temporalis",
    "posterior_temporalis",
    "inferior_lateral_pterygoid",
    "superior_lateral_pterygoid",
    "digastric",
];
/// Teeth on which a jaw may clench: regions that hold along z.
pub const CLENCHED_TEETH: [&str; 7] = [
    "canine_right",
    "canine_left",
    "premolar_right",
    "premolar_left",
    "molar_right",
    "molar_left",
    "incisors",
];

/// Greatest force in N and direction of the pull on the right side, in the order of the names.
const MUSCLES: [(f64, [f64; 3]); MUSCLE_COUNT] = [
    (190.4, [-0.207, -0.419, 0.885]),
    (81.6, [-0.546, 0.358, 0.758]),
    (174.8, [0.486, -0.373, 0.791]),
    (158.0, [-0.149, -0.044, 0.988]),
    (95.6, [-0.222, 0.500, 0.837]),
    (75.6, [-0.208, 0.855, 0.474]),
    (66.9, [0.630, -0.757, -0.174]),
    (28.7, [0.761, -0.645, 0.074]),
    (40.0, [-0.244, 0.940, -0.237]),
];

/// What of its greatest force each muscle gives, and the teeth that hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clench {
    /// Name for reports.
    pub name: String,
    /// Which of [`CLENCHED_TEETH`] hold.
    pub teeth: Vec<String>,
    /// Activation from 0 to 1 of each muscle on the right, in the order of [`MUSCLE_NAMES`].
    pub right: [f64; MUSCLE_COUNT],
    /// And on the left.
    pub left: [f64; MUSCLE_COUNT],
}

/// A clench as a load case: a muscle that gives nothing does not act, the condyles hold in every
/// direction, the teeth along z.
pub fn clench(task: &Clench) -> RegionCase {
    let sides = |n: usize| [pull(n, task.right[n], "right"), pull(n, task.left[n], "left")];
    let hold = |axes: [bool; 3]| move |region: &str| Hold { region: region.into(), axes };
    let joints = ["condyle_right", "condyle_left"].into_iter().map(hold([true; 3]));
    let teeth = task.teeth.iter().map(String::as_str).map(hold([false, false, true]));
    RegionCase {
        name: task.name.clone(),
        actions: (0..MUSCLE_COUNT).flat_map(sides).flatten().collect(),
        holds: joints.chain(teeth).collect(),
    }
}

fn pull(muscle: usize, activation: f64, side: &str) -> Option<Action> {
    (activation > 0.0).then(|| Action {
        region: format!("{}_{side}", MUSCLE_NAMES[muscle]),
        force_n: greatest_n(muscle, side).map(|force| activation * force),
        moment_nmm: [0.0; 3],
    })
}

/// The greatest pull of a muscle, in N along the axes.
pub(super) fn greatest_n(muscle: usize, side: &str) -> [f64; 3] {
    let (force_max_n, [x, y, z]) = MUSCLES[muscle];
    // The published cosines are rounded: the force keeps its size.
    let force = force_max_n / (x * x + y * y + z * z).sqrt();
    let mirror = if side == "left" { -1.0 } else { 1.0 };
    [mirror * force * x, force * y, force * z]
}
