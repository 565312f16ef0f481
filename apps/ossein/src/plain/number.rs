//! Numbers on the command line, refused where they could not mean anything, and numbers in words.

/// A number.
///
/// # Errors
/// What is wanted, for what is no number, not finite, or not in range.
pub fn finite(text: &str) -> Result<f64, String> {
    let value: Option<f64> = text.parse().ok();
    value.filter(|v| v.is_finite()).ok_or_else(|| "a finite number is wanted".into())
}

/// A number above zero.
///
/// # Errors
/// As [`finite`].
pub fn positive(text: &str) -> Result<f64, String> {
    in_range(text, |v| v > 0.0, "a number above 0 is wanted")
}

/// Zero or a number above.
///
/// # Errors
/// As [`finite`].
pub fn not_negative(text: &str) -> Result<f64, String> {
    in_range(text, |v| v >= 0.0, "0 or a number above is wanted")
}

fn in_range(text: &str, fits: impl Fn(f64) -> bool, wanted: &str) -> Result<f64, String> {
    finite(text).ok().filter(|&v| fits(v)).ok_or_else(|| wanted.into())
}

/// A number of things in words.
pub fn counted<N: std::fmt::Display + PartialEq + From<u8>>(count: N, what: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {what}{ending}")
}
