//! Millimetres as text, rounded to 0.1 micrometre, without trailing zeros.

/// Appends `value_mm`; numbers beyond 10^14 mm and those that are none become 0.
pub(crate) fn push(text: &mut Vec<u8>, value_mm: f64) {
    let scaled = (value_mm * 1e4).round();
    let whole = if scaled.abs() < 1e18 { scaled as i64 } else { 0 };
    if whole < 0 {
        text.push(b'-');
    }
    let (mut digits, mut rest) = ([0u8; 20], whole.unsigned_abs());
    let mut at = digits.len();
    let mut place = 0;
    let mut seen = false;
    while rest > 0 || place <= 4 {
        let digit = (rest % 10) as u8;
        seen |= digit > 0 || place >= 4;
        if place == 4 && at < digits.len() {
            at -= 1;
            digits[at] = b'.';
        }
        if seen {
            at -= 1;
            digits[at] = b'0' + digit;
        }
        rest /= 10;
        place += 1;
    }
    text.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (12.34567, "12.3457"),
            (-17.0, "-17"),
            (0.00004, "0"),
            (0.0001, "0.0001"),
            (100.0, "100"),
            (1234567.8901, "1234567.8901"),
        ] {
            let mut out = Vec::new();
            push(&mut out, value);
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
