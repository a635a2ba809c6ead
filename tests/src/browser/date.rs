//! Cookie dates, RFC 6265bis section 5.1.1.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads the date of an `Expires` attribute; `None` if the algorithm fails.
///
/// Dates before 1970 are read as 1970: both are in the past.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        if time.is_none()
            && let Some(found) = parse_time(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = leading_number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = parse_month(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = leading_number(token, 2, 4)
        {
            year = Some(found);
        }
    }

    let ((hour, minute, second), day, month) = (time?, day?, month?);
    let year = match year? {
        year @ 70..=99 => year + 1900,
        year @ 0..=69 => year + 2000,
        year => year,
    };
    if !(1..=31).contains(&day) || year < 1601 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn is_delimiter(c: char) -> bool {
    matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~')
}

fn parse_time(token: &str) -> Option<(i64, i64, i64)> {
    let mut fields = token.splitn(3, ':');
    let hour = whole_number(fields.next()?)?;
    let minute = whole_number(fields.next()?)?;
    Some((hour, minute, leading_number(fields.next()?, 1, 2)?))
}

fn parse_month(token: &str) -> Option<i64> {
    let name = token.get(..3)?.to_ascii_lowercase();
    let index = MONTHS.iter().position(|month| *month == name)?;
    i64::try_from(index).ok().map(|index| index + 1)
}

fn whole_number(text: &str) -> Option<i64> {
    leading_number(text, 1, 2).filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The number at the beginning of `text`, of `least` to `most` digits.
fn leading_number(text: &str, least: usize, most: usize) -> Option<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(least..=most).contains(&digits) {
        return None;
    }
    text.get(..digits)?.parse().ok()
}

/// Days of the proleptic Gregorian calendar, in eras of 400 years that start in March.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_date_formats_in_use_are_read() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "06 nov 1994 8:49:37",
        ] {
            let seconds = UNIX_EPOCH + Duration::from_secs(784_111_777);
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn leap_days_and_the_epoch_are_exact() {
        let leap = UNIX_EPOCH + Duration::from_secs(1_709_164_800);
        assert_eq!(parse("Thu, 29 Feb 2024 00:00:00 GMT"), Some(leap));
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(UNIX_EPOCH));
    }

    #[test]
    fn an_incomplete_date_is_refused() {
        for text in [
            "",
            "tomorrow",
            "06 Nov 1994",
            "32 Nov 1994 00:00:00",
            "1 Nov 1994 24:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
