//! Clenches of one side by activations that hold the jaw in balance: no two independent sources that
//! print them were found, so they are estimated on the jaw itself.
//!
//! They are those of least effort ([`jaw_balance`](super::jaw_balance)) that hold a bite of 500 N in
//! balance, or the greatest bite that can be held. Molars of intact jaws reach 500 to 800 N, after
//! reconstruction 100 to 300 (facts D2.30); at the upper end of what balance allows, even muscles
//! that open the jaw would have to pull.

use std::collections::BTreeMap;

use serde::Serialize;

use super::RegionCase;
use super::clench::{AXES, Clench, MUSCLE_COUNT, MUSCLE_NAMES, clench, greatest_n};
use super::jaw_balance::{Balance, Lever, Pull};
use crate::least_squares::Unsettled;

/// What the estimates rest on.
pub const SOURCE: &str = "criterion: Crowninshield and Brand 1981, Nickel et al. 2003; muscles: \
                          Korioth and Hannam 1990, 1994 (facts D2.31); bite: facts D2.30";

/// A clench of one side: how its name starts, and the teeth of that side that share the bite.
pub struct Task {
    /// Followed by the side.
    pub name: &'static str,
    /// Each followed by the side.
    pub teeth: &'static [&'static str],
}

/// Middles of regions by their names, mm along the axes of a set.
pub type Places = BTreeMap<String, [f64; 3]>;

/// What molars of intact jaws reach at least, N (facts D2.30).
const BITE_N: f64 = 500.0;
const SIDES: [&str; 2] = ["right", "left"];

/// A clench whose activations were estimated on a jaw.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BalancedClench {
    /// Its activations, and the teeth.
    pub clench: Clench,
    /// What the teeth bear together, N.
    pub bite_n: f64,
    /// What the joints do to the right and to the left condyle, N.
    pub condyles_n: [[f64; 3]; 2],
}

impl BalancedClench {
    /// The clench as a load case.
    pub fn case(&self) -> RegionCase {
        clench(&self.clench)
    }

    /// What it comes to, in a few words.
    pub fn summary(&self) -> String {
        let newton = |force: [f64; 3]| force.iter().map(|f| f * f).sum::<f64>().sqrt();
        let [right, left] = self.condyles_n.map(newton);
        format!(
            "estimated by least effort: a bite of {:.0} N, joints push {right:.0} N on the right and \
             {left:.0} N on the left",
            self.bite_n
        )
    }
}

/// Why a clench could not be estimated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BalanceError {
    /// A place that balance needs.
    #[error("`{case}` is estimated from where `{region}` lies, and the model has no such region")]
    NoPlace {
        /// Load case.
        case: String,
        /// Region.
        region: String,
    },
    /// No bite.
    #[error(
        "`{case}`: no activation of the muscles that are attached holds a bite on `{}` in balance \
         with joints that push; places lie along {AXES}",
        .teeth.join("`, `")
    )]
    NoBite {
        /// Load case.
        case: String,
        /// What is bitten on.
        teeth: Vec<String>,
    },
    /// The search went on and on.
    #[error("`{case}`: {unsettled}")]
    Unsettled {
        /// Load case.
        case: String,
        /// What it says.
        unsettled: Unsettled,
    },
}

impl Task {
    /// Names of the load case and of the teeth of a side.
    fn named(&self, side: &str) -> (String, Vec<String>) {
        let teeth = self.teeth.iter().map(|tooth| format!("{tooth}_{side}"));
        (format!("{}_{side}", self.name), teeth.collect())
    }

    /// The clench of each side with every muscle in full.
    pub fn outline(&self) -> Vec<RegionCase> {
        let full = [1.0; MUSCLE_COUNT];
        let one = |side: &str| {
            let (name, teeth) = self.named(side);
            clench(&Clench { name, teeth, right: full, left: full })
        };
        SIDES.map(one).into()
    }

    /// The clench of each side on a jaw whose regions lie there. A muscle without a place pulls
    /// nothing.
    pub fn at(&self, places: &Places) -> Vec<Result<BalancedClench, BalanceError>> {
        SIDES.map(|side| self.balanced(side, places)).into()
    }

    fn balanced(&self, side: &str, places: &Places) -> Result<BalancedClench, BalanceError> {
        let (case, teeth) = self.named(side);
        let place = |region: &str| {
            let missing = || BalanceError::NoPlace { case: case.clone(), region: region.into() };
            places.get(region).copied().ok_or_else(missing)
        };
        let (own, pulls): (Vec<(usize, usize)>, Vec<Pull>) = attached(places).into_iter().unzip();
        let condyles_mm = [place("condyle_right")?, place("condyle_left")?];
        let bitten: Vec<[f64; 3]> = teeth.iter().map(|t| place(t)).collect::<Result<_, _>>()?;
        // Equal shares straight down come to one push at the mean of their places. In a model the
        // teeth hold, and share by their stiffness what those activations bring.
        let mean = |axis: usize| bitten.iter().map(|p| p[axis]).sum::<f64>() / bitten.len() as f64;
        let lever = Lever { pulls, condyles_mm, tooth_mm: [0, 1, 2].map(mean) };
        let told = |unsettled| BalanceError::Unsettled { case: case.clone(), unsettled };
        let held = lever.greatest_bite(BITE_N).map_err(told)?;
        let none = || BalanceError::NoBite { case: case.clone(), teeth: teeth.clone() };
        let Balance { bite_n, activations, condyles_n } = held.ok_or_else(none)?;
        let mut both = [[0.0; MUSCLE_COUNT]; 2];
        for (&(s, muscle), activation) in own.iter().zip(activations) {
            both[s][muscle] = activation;
        }
        let [right, left] = both;
        let clench = Clench { name: case.clone(), teeth, right, left };
        Ok(BalancedClench { clench, bite_n, condyles_n })
    }
}

/// Muscles that have a place: side and number of each, and its pull.
fn attached(places: &Places) -> Vec<((usize, usize), Pull)> {
    let one = |(s, muscle): (usize, usize)| {
        let name = format!("{}_{}", MUSCLE_NAMES[muscle], SIDES[s]);
        let place_mm = *places.get(&name)?;
        Some(((s, muscle), Pull { place_mm, greatest_n: greatest_n(muscle, SIDES[s]) }))
    };
    (0..2).flat_map(|s| (0..MUSCLE_COUNT).map(move |muscle| (s, muscle))).filter_map(one).collect()
}
