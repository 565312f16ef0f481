//! Calendar dates as DICOM writes them: `YYYYMMDD`.

/// Days since 1 March of year 0 of the proleptic Gregorian calendar.
pub(crate) fn day_number(date: &str) -> Option<i64> {
    let digits: String = date.chars().filter(|c| *c != '.' && *c != '-').collect();
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: i64 = digits[0..4].parse().ok()?;
    let month: i64 = digits[4..6].parse().ok()?;
    let day: i64 = digits[6..8].parse().ok()?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day comes last.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    Some(365 * y + leap_days + (153 * m + 2) / 5 + day - 1)
}

/// Days from `then` to `now`, if both are dates.
pub(crate) fn age_days(then: &str, now: &str) -> Option<i64> {
    Some(day_number(now)? - day_number(then)?)
}

#[cfg(test)]
mod tests {
    use super::age_days;

    #[test]
    fn ages_follow_the_calendar() {
        assert_eq!(age_days("20240228", "20240301"), Some(2));
        assert_eq!(age_days("20230228", "20230301"), Some(1));
        assert_eq!(age_days("19000101", "20000101"), Some(36_524));
        assert_eq!(age_days("2023.12.31", "20240101"), Some(1));
        assert_eq!(age_days("unknown", "20240101"), None);
    }
}
