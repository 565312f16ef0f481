//! Names of the vertebrae, from the head down.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A vertebral level. Orders from cranial to caudal.
///
/// The number is VerSe's: 1-7 cervical, 8-19 thoracic, 20-25 lumbar, 26 sacrum, 28 for T13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Level(u8);

/// A text that names no vertebral level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no vertebral level; levels are C1-C7, T1-T13, L1-L6, S1")]
pub struct LevelError(pub String);

impl Level {
    /// The level with VerSe's number, if there is one.
    pub fn from_verse(number: u16) -> Option<Self> {
        match number {
            1..=26 | 28 => Some(Self(number as u8)),
            _ => None,
        }
    }

    /// VerSe's number of this level.
    pub fn verse(self) -> u16 {
        u16::from(self.0)
    }

    /// The next level towards the feet in the usual count (T12 to L1; T13 to L1; L5 to S1).
    pub fn below(self) -> Option<Self> {
        match self.0 {
            24 | 25 => Some(Self(26)),
            26 => None,
            28 => Some(Self(20)),
            n => Some(Self(n + 1)),
        }
    }

    /// Rank from the head: grows towards the feet.
    pub fn rank(self) -> u16 {
        if self.0 == 28 { 195 } else { u16::from(self.0) * 10 }
    }
}

impl PartialOrd for Level {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Level {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n @ 1..=7 => write!(f, "C{n}"),
            n @ 8..=19 => write!(f, "T{}", n - 7),
            n @ 20..=25 => write!(f, "L{}", n - 19),
            26 => write!(f, "S1"),
            _ => write!(f, "T13"),
        }
    }
}

impl FromStr for Level {
    type Err = LevelError;
    fn from_str(text: &str) -> Result<Self, LevelError> {
        let found = (1..=28).filter_map(Self::from_verse).find(|level| level.to_string() == text);
        found.ok_or_else(|| LevelError(text.into()))
    }
}

impl TryFrom<String> for Level {
    type Error = LevelError;
    fn try_from(text: String) -> Result<Self, LevelError> {
        text.parse()
    }
}
impl From<Level> for String {
    fn from(level: Level) -> String {
        level.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_order() {
        let t12: Level = "T12".parse().unwrap();
        assert_eq!(t12.verse(), 19);
        assert_eq!(t12.below().unwrap().to_string(), "L1");
        assert!("T13".parse::<Level>().unwrap() > t12);
        assert!("T13".parse::<Level>().unwrap() < "L1".parse().unwrap());
        assert!("T14".parse::<Level>().is_err());
    }
}
