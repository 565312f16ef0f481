//! Clenching in group function: canine, premolars and molars of one side share the bite, estimated
//! ([`balanced_clench`](super::balanced_clench)).
//!
//! Korioth and Hannam 1990 and 1994 have such tasks. The slopes of the teeth, which would push them
//! sideways too, are not known from where they stand: activations are those that hold equal shares
//! straight down in balance. In the model the teeth hold along the height, as in every clench here,
//! and share the bite by their stiffness.

use super::balanced_clench::{BalanceError, BalancedClench, Places, SOURCE, Task};
use super::clench::AXES;
use super::{Cases, LoadSet, PlacedCases, RegionCase};

/// The list's entry.
pub const LOAD_SET: LoadSet = LoadSet {
    id: "mandible_group",
    title: "Clench in group function on canine, premolars and molars of one side, an estimate: a \
            bite of 500 N, or the greatest in balance, by the least sum of squared activations",
    axes: AXES,
    source: SOURCE,
    cases: Cases::Placed(PlacedCases { outline, at }),
};

const TASK: Task = Task { name: "group_clench", teeth: &["canine", "premolar", "molar"] };

fn outline() -> Vec<RegionCase> {
    TASK.outline()
}

fn at(places: &Places) -> Vec<Result<BalancedClench, BalanceError>> {
    TASK.at(places)
}
