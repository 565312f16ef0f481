//! Scalars that cross a crate carry their unit in their type.

use serde::{Deserialize, Serialize};

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub f64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{} {}", self.0, stringify!($name).to_lowercase())
            }
        }
    };
}

unit! {
    /// A length in millimetres.
    Mm
}
unit! {
    /// An angle in degrees.
    Deg
}
unit! {
    /// A stress or modulus in megapascals.
    Mpa
}
unit! {
    /// A force in newtons.
    Newton
}

impl Deg {
    /// The angle in radians.
    pub fn radians(self) -> f64 {
        self.0 * std::f64::consts::PI / 180.0
    }
}
