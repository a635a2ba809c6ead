//! Points in time as people write them in a variable.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Reads a time in UTC, such as `2026-11-30T09:00:00Z` (RFC 3339 section 5.6, without fractions of seconds and
/// other offsets).
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let months = days_of_months(year);
    let in_month = *months.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if year < 1970 || !(1..=in_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let earlier_years = (1970..year).flat_map(days_of_months);
    let earlier_months = months.iter().copied().zip(1..month).map(|(days, _)| days);
    let days = earlier_years
        .chain(earlier_months)
        .chain([day.checked_sub(1)?]);
    let seconds = [
        (days.sum::<u64>(), 86_400),
        (hour, 3_600),
        (minute, 60),
        (second, 1),
    ];
    let seconds = seconds
        .iter()
        .map(|(number, unit)| number.saturating_mul(*unit));
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds.sum()))
}

fn days_of_months(year: u64) -> [u64; 12] {
    let divisible = |by: u64| year.is_multiple_of(by);
    let february = match divisible(4) && (!divisible(100) || divisible(400)) {
        true => 29,
        false => 28,
    };
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// Three numbers of so many digits.
fn numbers(text: &str, separator: char, digits: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next()?;
        // `parse` accepts a sign.
        let is_number = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = is_number.then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_utc_is_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:30:15Z", 951_827_415),
            ("2026-11-30T09:00:00Z", 1_796_029_200),
            ("2027-03-01T00:00:00Z", 1_803_859_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(parse(text), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_in_utc_is_refused() {
        for text in [
            "",
            "Z",
            "2026-11-30",
            "2026-11-30T09:00:00",
            "2026-11-30T09:00:00+01:00",
            "2026-11-30T09:00Z",
            "2026-11-30T09:00:00.5Z",
            "2026-11-30 09:00:00Z",
            "2026-11-31T09:00:00Z",
            "2026-02-29T09:00:00Z",
            "2100-02-29T09:00:00Z",
            "2026-00-10T09:00:00Z",
            "2026-13-10T09:00:00Z",
            "2026-01-00T09:00:00Z",
            "2026-11-30T24:00:00Z",
            "2026-11-30T09:60:00Z",
            "2026-11-30T09:00:60Z",
            "1969-12-31T23:59:59Z",
            "+026-11-30T09:00:00Z",
            "2026-1-30T09:00:00Z",
            "2026-11-30-1T09:00:00Z",
            "2026-11-30T09:00:00ZZ",
            "20\u{b9}6-11-30T09:00:00Z",
            "99999-11-30T09:00:00Z",
            "1796029200",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
