//! Clenching: nine muscles a side pull on their attachments, the condyles and the clenched teeth
//! hold. Intercuspal clench loads the molars of both sides, incisal clench the front teeth.
//!
//! Greatest force and direction of each muscle, and its activation in both tasks, are those of
//! Korioth and Hannam 1990 and 1994; the forces are facts D2.31. Directions and activations are as
//! later finite-element papers reprint them, and authors differ most on the digastric.
//!
//! Clenches on one side (right and left molars, right and left group function) are not here: their
//! activations differ between the working and the balancing side, and no two independent sources
//! that print them were found. A bite on one side is in `mandible_bite`.

use super::{Action, Hold, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "mandible_muscles",
    title: "Intercuspal and incisal clench by nine muscles a side",
    axes: "x to the patient's left, y to the back, z to the head",
    source: "Korioth and Hannam 1990, 1994 (facts D2.31)",
    cases,
};

struct Muscle {
    name: &'static str,
    /// Greatest force in N.
    force_max_n: f64,
    /// Direction of its pull on the right side.
    pull: [f64; 3],
    /// Activation in intercuspal and in incisal clench.
    activation: [f64; 2],
}

const fn muscle(
    name: &'static str,
    force_max_n: f64,
    pull: [f64; 3],
    activation: [f64; 2],
) -> Muscle {
    Muscle { name, force_max_n, pull, activation }
}

const MUSCLES: [Muscle; 9] = [
    muscle("superficial_masseter", 190.4, [-0.207, -0.419, 0.885], [1.00, 0.40]),
    muscle("deep_masseter", 81.6, [-0.546, 0.358, 0.758], [1.00, 0.26]),
    muscle("medial_pterygoid", 174.8, [0.486, -0.373, 0.791], [0.76, 0.78]),
    muscle("anterior_temporalis", 158.0, [-0.149, -0.044, 0.988], [0.98, 0.08]),
    muscle("middle_temporalis", 95.6, [-0.222, 0.500, 0.837], [0.96, 0.06]),
    muscle("posterior_temporalis", 75.6, [-0.208, 0.855, 0.474], [0.94, 0.04]),
    muscle("inferior_lateral_pterygoid", 66.9, [0.630, -0.757, -0.174], [0.27, 0.71]),
    muscle("superior_lateral_pterygoid", 28.7, [0.761, -0.645, 0.074], [0.59, 0.50]),
    muscle("digastric", 40.0, [-0.244, 0.940, -0.237], [0.28, 0.50]),
];

/// Tasks, and the teeth that hold upwards.
const TASKS: [(&str, &[&str]); 2] =
    [("intercuspal_clench", &["molar_right", "molar_left"]), ("incisal_clench", &["incisors"])];

fn cases() -> Vec<RegionCase> {
    let task = |(n, (name, teeth)): (usize, (&str, &[&str]))| RegionCase {
        name: name.into(),
        actions: MUSCLES.iter().flat_map(|m| [pull(m, n, "right"), pull(m, n, "left")]).collect(),
        holds: ["condyle_right", "condyle_left"]
            .into_iter()
            .map(|region| Hold { region: region.into(), axes: [true; 3] })
            .chain(
                teeth
                    .iter()
                    .map(|&region| Hold { region: region.into(), axes: [false, false, true] }),
            )
            .collect(),
    };
    TASKS.into_iter().enumerate().map(task).collect()
}

fn pull(muscle: &Muscle, task: usize, side: &str) -> Action {
    let [x, y, z] = muscle.pull;
    // The published cosines are rounded: the force keeps its size.
    let force = muscle.force_max_n * muscle.activation[task] / (x * x + y * y + z * z).sqrt();
    let mirror = if side == "left" { -1.0 } else { 1.0 };
    Action {
        region: format!("{}_{side}", muscle.name),
        force_n: [mirror * force * x, force * y, force * z],
        moment_nmm: [0.0; 3],
    }
}
