//! How far a figure of a card may be trusted.

/// How a figure is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// A specification guarantees it, or several independent sources agree.
    High,
    /// Published, and other publications differ by some ten percent.
    Medium,
    /// A convention: it compares designs and predicts nothing.
    Low,
}

impl Confidence {
    /// The word for reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}
