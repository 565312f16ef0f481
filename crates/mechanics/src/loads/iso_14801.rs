//! ISO 14801, fatigue of dental implants: a force at 30 degrees to the implant's axis whose line
//! meets the axis 11 mm above the clamp, the clamp 3 mm below the nominal bone level. 100 N is a
//! measure; the lowest load of the cycle is a tenth of the highest. Source: facts D2.42.

use super::{Action, Cases, Hold, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "iso_14801",
    title: "100 N at 30 degrees on a dental implant, lever 11 mm",
    axes: "z along the implant's axis out of the clamp, x in the plane of the force",
    source: "ISO 14801 (facts D2.42)",
    cases: Cases::Fixed(cases),
};

const HIGHEST_N: f64 = 100.0;
const LOWEST_OVER_HIGHEST: f64 = 0.1;
/// Sine and cosine of 30 degrees.
const SLANT: [f64; 2] = [0.5, 0.866_025_403_784_438_6];

/// `loading_sphere` is the hemisphere on the implant, its centre on the axis 11 mm above the
/// clamp; `clamp` is the implant's surface 3 mm below the nominal bone level and deeper.
fn cases() -> Vec<RegionCase> {
    let [sine, cosine] = SLANT;
    let push = |name: &str, newton: f64| RegionCase {
        name: name.into(),
        actions: vec![Action {
            region: "loading_sphere".into(),
            force_n: [newton * sine, 0.0, -newton * cosine],
            moment_nmm: [0.0; 3],
        }],
        holds: vec![Hold { region: "clamp".into(), axes: [true; 3] }],
    };
    vec![push("highest", HIGHEST_N), push("lowest", LOWEST_OVER_HIGHEST * HIGHEST_N)]
}
