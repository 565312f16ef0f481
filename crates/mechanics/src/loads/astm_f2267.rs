//! ASTM F2267 in the computer: axial compression into foam, for subsidence. The standard sets no
//! load: 1 kN is a measure. Source: facts D4.2.

use super::column::{AXES, case};
use super::{Cases, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "astm_f2267",
    title: "Static compression between blocks of grade 15 foam",
    axes: AXES,
    source: "ASTM F2267, ASTM F1839 grade 15 (facts D4.2)",
    cases: Cases::Fixed(cases),
};

const FORCE_N: f64 = 1000.0;

fn cases() -> Vec<RegionCase> {
    vec![case("subsidence", [0.0, 0.0, -FORCE_N], [0.0; 3])]
}
