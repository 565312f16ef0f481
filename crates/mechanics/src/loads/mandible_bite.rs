//! Bite after reconstruction of the mandible: the teeth are pressed down, the joints and the
//! muscles' attachments hold. 300 N at a molar and 100 N at the incisors are the upper and lower
//! end of what patients reach after reconstruction; 150 N is the upper end of routine chewing.
//! Source: facts D2.30.

use super::{Action, Cases, Hold, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "mandible_bite",
    title: "Bite on molars and incisors after reconstruction",
    axes: "x to the patient's left, y to the back, z to the head",
    source: "facts D2.30",
    cases: Cases::Fixed(cases),
};

/// Region and force in N.
const BITES: [(&str, &str, f64); 5] = [
    ("molar_right", "molar_right", 300.0),
    ("molar_left", "molar_left", 300.0),
    ("incisors", "incisors", 100.0),
    ("chewing_right", "molar_right", 150.0),
    ("chewing_left", "molar_left", 150.0),
];
const HELD: [&str; 4] = ["condyle_right", "condyle_left", "angle_right", "angle_left"];

fn cases() -> Vec<RegionCase> {
    let hold = |region: &str| Hold { region: region.into(), axes: [true; 3] };
    let bite = |(name, region, newton): (&str, &str, f64)| RegionCase {
        name: name.into(),
        actions: vec![Action {
            region: region.into(),
            force_n: [0.0, 0.0, -newton],
            moment_nmm: [0.0; 3],
        }],
        holds: HELD.into_iter().map(hold).collect(),
    };
    BITES.into_iter().map(bite).collect()
}
