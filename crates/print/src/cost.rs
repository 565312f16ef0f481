//! What a build costs: the machine's time and the metal.

use serde::{Deserialize, Serialize};

/// Prices, in whatever currency the shop counts in (facts D7.8).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// The machine with its operator, per hour.
    pub machine_per_h: f64,
    /// Powder, per kg.
    pub powder_per_kg: f64,
    /// Setting up and taking down, h.
    pub set_up_h: f64,
}

/// Machine time with set-up, and the powder that stays in the part. Supports, heat treatment,
/// finishing and inspection are not in it.
pub fn cost(time_s: f64, mass_g: f64, rates: &Rates) -> f64 {
    (time_s / 3600.0 + rates.set_up_h) * rates.machine_per_h + mass_g / 1000.0 * rates.powder_per_kg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_kilograms_add_up() {
        let rates = Rates { machine_per_h: 100.0, powder_per_kg: 300.0, set_up_h: 2.0 };
        assert!((cost(3600.0, 50.0, &rates) - 315.0).abs() < 1e-9);
    }
}
