//! Work done, and yet someone should look: findings stand beside values.

use serde::{Deserialize, Serialize};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A choice or guess that was made, with its evidence.
    Note,
    /// A person should look before the part is made.
    Warning,
    /// A check failed: the case must not go on as it is.
    Failure,
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// Short fixed name, `step.what`: `scan.gantry_tilt`.
    pub code: String,
    /// Where in the anatomy or the part: `T7 cranial endplate`, `series 2`.
    pub place: String,
    /// One sentence for a person, with the figures in it.
    pub message: String,
    /// What was measured, if a number.
    pub measured: Option<f64>,
    /// The limit it was held against, if a number.
    pub limit: Option<f64>,
    /// Unit of both: `mm`, `deg`, `mm3`, `HU`, empty for a ratio.
    pub unit: String,
}

impl Finding {
    /// A finding without figures.
    pub fn new(
        severity: Severity,
        code: &str,
        place: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code: code.into(),
            place: place.into(),
            message: message.into(),
            measured: None,
            limit: None,
            unit: String::new(),
        }
    }

    /// A note: a choice that was made, with its evidence.
    pub fn note(code: &str, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, place, message)
    }

    /// A warning: a person should look.
    pub fn warning(code: &str, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, place, message)
    }

    /// A failure: a check that did not hold.
    pub fn failure(code: &str, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Failure, code, place, message)
    }

    /// With the measured value and the limit it was held against.
    pub fn measured(mut self, measured: f64, limit: f64, unit: &str) -> Self {
        self.measured = Some(measured);
        self.limit = Some(limit);
        self.unit = unit.into();
        self
    }
}

/// A value, and what someone should look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<T> {
    /// The result.
    pub value: T,
    /// Findings, in the order in which they were made.
    pub findings: Vec<Finding>,
}

impl<T> Found<T> {
    /// A value with nothing to look at.
    pub fn clean(value: T) -> Self {
        Self { value, findings: Vec::new() }
    }
}
