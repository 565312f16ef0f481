//! What a person can choose: name, unit, range, default and help of each, in one place.
//!
//! The recipe's checks, the command line's help, the book and the dossier are made from these.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The kind of a value and its default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// A number between two limits, both included.
    Number {
        /// Value when none is given.
        default: f64,
        /// Lowest.
        min: f64,
        /// Highest.
        max: f64,
    },
    /// A whole number between two limits, both included.
    Whole {
        /// Value when none is given.
        default: i64,
        /// Lowest.
        min: i64,
        /// Highest.
        max: i64,
    },
    /// Yes or no.
    Flag {
        /// Value when none is given.
        default: bool,
    },
    /// One word of a list.
    Word {
        /// Value when none is given.
        default: &'static str,
        /// All words that are allowed.
        words: &'static [&'static str],
    },
}

/// One thing that a person can choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Table of `case.toml`: `implant`.
    pub section: &'static str,
    /// Key in that table, its unit at its end: `inset_mm`.
    pub key: &'static str,
    /// Unit for people: `mm`, `deg`, empty for a ratio or count.
    pub unit: &'static str,
    /// Kind, range and default.
    pub shape: Shape,
    /// One sentence for a person, with the source of the default where it has one.
    pub help: &'static str,
}

impl Choice {
    /// A number: default, lowest, highest.
    pub const fn number(
        section: &'static str,
        key: &'static str,
        unit: &'static str,
        [default, min, max]: [f64; 3],
        help: &'static str,
    ) -> Self {
        Self { section, key, unit, shape: Shape::Number { default, min, max }, help }
    }

    /// A length in mm: default, lowest, highest.
    pub const fn mm(
        section: &'static str,
        key: &'static str,
        range: [f64; 3],
        help: &'static str,
    ) -> Self {
        Self::number(section, key, "mm", range, help)
    }

    /// A count: default, lowest, highest.
    pub const fn whole(
        section: &'static str,
        key: &'static str,
        [default, min, max]: [i64; 3],
        help: &'static str,
    ) -> Self {
        Self { section, key, unit: "", shape: Shape::Whole { default, min, max }, help }
    }

    /// Yes or no.
    pub const fn flag(
        section: &'static str,
        key: &'static str,
        default: bool,
        help: &'static str,
    ) -> Self {
        Self { section, key, unit: "", shape: Shape::Flag { default }, help }
    }

    /// One word of a list.
    pub const fn word(
        section: &'static str,
        key: &'static str,
        default: &'static str,
        words: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self { section, key, unit: "", shape: Shape::Word { default, words }, help }
    }

    /// `section.key`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The default as a value.
    pub fn default(&self) -> Value {
        match self.shape {
            Shape::Number { default, .. } => Value::Number(default),
            Shape::Whole { default, .. } => Value::Whole(default),
            Shape::Flag { default } => Value::Flag(default),
            Shape::Word { default, .. } => Value::Word(default.into()),
        }
    }

    /// What is allowed, for people: `0.5 to 3`, `true or false`, `gyroid, diamond`.
    pub fn range(&self) -> String {
        match self.shape {
            Shape::Number { min, max, .. } => format!("{min} to {max}"),
            Shape::Whole { min, max, .. } => format!("{min} to {max}"),
            Shape::Flag { .. } => "true or false".into(),
            Shape::Word { words, .. } => words.join(", "),
        }
    }

    /// Whether `value` is of the right kind and inside the range. A whole number may stand for a
    /// number.
    pub fn allows(&self, value: &Value) -> bool {
        match (self.shape, value) {
            (Shape::Number { min, max, .. }, Value::Number(v)) => (min..=max).contains(v),
            (Shape::Number { min, max, .. }, Value::Whole(v)) => (min..=max).contains(&(*v as f64)),
            (Shape::Whole { min, max, .. }, Value::Whole(v)) => (min..=max).contains(v),
            (Shape::Flag { .. }, Value::Flag(_)) => true,
            (Shape::Word { words, .. }, Value::Word(v)) => words.contains(&v.as_str()),
            _ => false,
        }
    }
}

/// A chosen value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A word.
    Word(String),
}

/// A value, and whether a person chose it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chosen {
    /// The value.
    pub value: Value,
    /// Set where nobody chose and the documented default stands.
    pub default: bool,
}

/// All values by `section.key`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Choices(pub BTreeMap<String, Chosen>);

impl Choices {
    /// The defaults of `list`.
    pub fn defaults(list: &[Choice]) -> Self {
        let chosen = |c: &Choice| (c.name(), Chosen { value: c.default(), default: true });
        Self(list.iter().map(chosen).collect())
    }

    /// Sets a value that a person chose.
    pub fn choose(&mut self, name: &str, value: Value) {
        self.0.insert(name.into(), Chosen { value, default: false });
    }

    /// A value of any shape, by `section.key`.
    ///
    /// # Panics
    /// If the list has no such choice.
    pub fn value(&self, name: &str) -> &Value {
        &self.0.get(name).unwrap_or_else(|| panic!("`{name}` is a listed choice")).value
    }

    /// A number, by `section.key`.
    ///
    /// # Panics
    /// If the list has no such number: a fault of the program, not of the recipe.
    pub fn number(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Number(v) => *v,
            Value::Whole(v) => *v as f64,
            other => panic!("`{name}` is a number, not {other:?}"),
        }
    }

    /// A whole number, by `section.key`.
    ///
    /// # Panics
    /// If the list has no such whole number.
    pub fn whole(&self, name: &str) -> i64 {
        match self.value(name) {
            Value::Whole(v) => *v,
            other => panic!("`{name}` is a whole number, not {other:?}"),
        }
    }

    /// A flag, by `section.key`.
    ///
    /// # Panics
    /// If the list has no such flag.
    pub fn flag(&self, name: &str) -> bool {
        match self.value(name) {
            Value::Flag(v) => *v,
            other => panic!("`{name}` is a flag, not {other:?}"),
        }
    }

    /// A word, by `section.key`.
    ///
    /// # Panics
    /// If the list has no such word.
    pub fn word(&self, name: &str) -> &str {
        match self.value(name) {
            Value::Word(v) => v,
            other => panic!("`{name}` is a word, not {other:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold() {
        let shape = Shape::Number { default: 1.5, min: 0.5, max: 3.0 };
        let choice = Choice { section: "lattice", key: "period_mm", unit: "mm", shape, help: "" };
        assert!(choice.allows(&Value::Number(3.0)));
        assert!(choice.allows(&Value::Whole(1)));
        assert!(!choice.allows(&Value::Number(3.01)));
        assert!(!choice.allows(&Value::Word("1.5".into())));
        let mut choices = Choices::defaults(&[choice]);
        assert_eq!(choices.number("lattice.period_mm"), 1.5);
        choices.choose("lattice.period_mm", Value::Whole(2));
        assert_eq!(choices.number("lattice.period_mm"), 2.0);
    }
}
