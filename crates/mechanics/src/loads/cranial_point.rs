//! A skull plate pressed at one spot, its rim held: 50 N, about the weight of a head that rests on
//! it, at the middle and at the weakest place of its edge. Source: the convention of
//! finite-element papers on cranioplasty; no standard sets a load (facts D2.22 name the tests that
//! a registration wants).

use super::{Action, Cases, Hold, LoadSet, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "cranial_point",
    title: "50 N on a skull plate, at its middle and near its edge",
    axes: "z out of the skull along the plate's normal at the loaded spot, x and y along the plate",
    source: "convention of cranioplasty models; tests named in facts D2.22",
    cases: Cases::Fixed(cases),
};

const REST_N: f64 = 50.0;

fn cases() -> Vec<RegionCase> {
    let press = |name: &str, region: &str| RegionCase {
        name: name.into(),
        actions: vec![Action {
            region: region.into(),
            force_n: [0.0, 0.0, -REST_N],
            moment_nmm: [0.0; 3],
        }],
        holds: vec![Hold { region: "plate_screws".into(), axes: [true; 3] }],
    };
    vec![press("rest_middle", "plate_middle"), press("rest_edge", "plate_edge")]
}
