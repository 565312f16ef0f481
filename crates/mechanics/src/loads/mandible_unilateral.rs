//! Clenching on the molars of one side, estimated
//! ([`balanced_clench`](super::balanced_clench)): Korioth and Hannam 1990 and 1994 have such tasks.

use super::balanced_clench::{BalanceError, BalancedClench, Places, SOURCE, Task};
use super::clench::AXES;
use super::{Cases, LoadSet, PlacedCases, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "mandible_unilateral",
    title: "Clench on the molars of one side, an estimate: a bite of 500 N, or the greatest in \
            balance, by the least sum of squared activations",
    axes: AXES,
    source: SOURCE,
    cases: Cases::Placed(PlacedCases { outline, at }),
};

const TASK: Task = Task { name: "molar_clench", teeth: &["molar"] };

fn outline() -> Vec<RegionCase> {
    TASK.outline()
}

fn at(places: &Places) -> Vec<Result<BalancedClench, BalanceError>> {
    TASK.at(places)
}
