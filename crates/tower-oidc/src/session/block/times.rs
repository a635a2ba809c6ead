//! Times in JSON, like `"exp":1795003600`, as the difference from the time of the sign-in. All of a session are near it.

use crate::format::time::UnixMillis;
use crate::session::frame::{unzigzag, zigzag};

/// The digits of a time between the years 2001 and 2286.
const DIGITS: usize = 10;

/// What is written for `text`, if it is the digits of a time.
pub(super) fn difference(created_at: UnixMillis, text: &[u8]) -> Option<u64> {
    let text: &[u8; DIGITS] = text.try_into().ok()?;
    if text.first() == Some(&b'0') || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = text.iter().fold(0_u64, |seconds, digit| {
        let digit = u64::from(digit.wrapping_sub(b'0'));
        seconds.saturating_mul(10).saturating_add(digit)
    });
    Some(zigzag(created_at.seconds(), seconds))
}

/// The digits of the time with this difference, if there are ten of them.
pub(super) fn digits(created_at: UnixMillis, difference: u64) -> Option<[u8; DIGITS]> {
    let mut left = unzigzag(created_at.seconds(), difference);
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let value = u8::try_from(left % 10).ok()?;
        *digit = b'0'.saturating_add(value);
        left /= 10;
    }
    (left == 0 && digits.first() != Some(&b'0')).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED_AT: UnixMillis = UnixMillis(1_795_000_000_123);

    #[test]
    fn the_digits_of_a_time_come_back() {
        for (text, expected) in [
            ("1795000000", 0),
            ("1794999999", 2),
            ("1795000001", 1),
            ("1795003600", 7_199),
            ("1000000000", 1_590_000_000),
            ("9999999999", 16_409_999_997 + 2),
        ] {
            let written = difference(CREATED_AT, text.as_bytes()).unwrap();
            let read = digits(CREATED_AT, written).unwrap();

            assert_eq!(read.as_slice(), text.as_bytes());
            assert!(written.abs_diff(expected) <= 4, "{text} {written}");
        }
    }

    #[test]
    fn what_is_no_time_of_ten_digits_is_left_as_it_is() {
        for text in ["", "179500000", "17950000000", "0795000000", "179500000x"] {
            assert_eq!(difference(CREATED_AT, text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_difference_to_a_time_without_ten_digits_is_refused() {
        for difference in [1_600_000_000 * 2, 3_590_000_000, u64::MAX, u64::MAX - 1] {
            assert_eq!(digits(CREATED_AT, difference), None, "{difference}");
        }
    }
}
