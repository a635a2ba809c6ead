//! Identifiers of 36 characters (`6fa459ea-ee8a-3ca4-894e-db77e160355e`), packed into 16 bytes. Providers use them for
//! users, tenants and groups, and a compressor finds nothing in their digits.

use memchr::memchr2;

use crate::format::codec::Malformed;
use crate::format::wiped::Wiped;

/// The 16 bytes of an identifier follow. No UTF-8 text contains this byte.
const GUID: u8 = 0xfe;

/// The next byte stands for itself: a number or a part of no text may be one of the two marks.
const LITERAL: u8 = 0xff;

/// The characters of an identifier, RFC 9562 section 4.
const TEXT: usize = 36;

/// The places of its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// `text` with each identifier in 17 bytes. Only one that unpacks to the same characters is packed: lowercase digits.
pub(super) fn packed(text: &[u8]) -> Wiped {
    let mut packed = Wiped::with_capacity(text.len().saturating_mul(2));
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some((first, after)) = rest.split_first_chunk::<TEXT>()
            && let Some(bytes) = parsed(first)
        {
            packed.push(GUID);
            packed.extend_from_slice(&bytes);
            rest = after;
            continue;
        }
        if matches!(byte, GUID | LITERAL) {
            packed.push(LITERAL);
        }
        packed.push(byte);
        rest = after;
    }
    packed
}

fn parsed(text: &[u8; TEXT]) -> Option<[u8; 16]> {
    if HYPHENS.iter().any(|&place| text.get(place) != Some(&b'-')) {
        return None;
    }
    let mut digits = text
        .iter()
        .enumerate()
        .filter(|(place, _)| !HYPHENS.contains(place))
        .map(|(_, &digit)| value(digit));
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = (high << 4) | low;
    }
    Some(bytes)
}

const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// What [`packed`] was made from.
pub(super) fn unpacked(packed: Wiped) -> Result<Wiped, Malformed> {
    let Some(first) = memchr2(GUID, LITERAL, &packed) else {
        return Ok(packed);
    };
    let mut text = Wiped::with_capacity(unpacked_len(&packed, first)?);
    let mut rest = packed.as_ref();
    while let Some(position) = memchr2(GUID, LITERAL, rest) {
        let (before, mark) = rest.split_at_checked(position).ok_or(Malformed)?;
        text.extend_from_slice(before);
        let (&mark, after) = mark.split_first().ok_or(Malformed)?;
        rest = match mark {
            GUID => {
                let (bytes, after) = after.split_first_chunk::<16>().ok_or(Malformed)?;
                text.extend_from_slice(&characters(bytes));
                after
            }
            _ => {
                let (&byte, after) = after.split_first().ok_or(Malformed)?;
                text.push(byte);
                after
            }
        };
    }
    text.extend_from_slice(rest);
    Ok(text)
}

/// The length of the text, so that its buffer never grows and leaves a copy behind.
fn unpacked_len(packed: &[u8], first: usize) -> Result<usize, Malformed> {
    let (mut length, mut position) = (first, first);
    while let Some(&byte) = packed.get(position) {
        let (text, step) = match byte {
            GUID => (TEXT, 17),
            LITERAL => (1, 2),
            _ => (1, 1),
        };
        length = length.checked_add(text).ok_or(Malformed)?;
        position = position.checked_add(step).ok_or(Malformed)?;
    }
    Ok(length)
}

fn characters(bytes: &[u8; 16]) -> [u8; TEXT] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or(b'0');
    let mut digits = bytes
        .iter()
        .flat_map(|&byte| [digit(byte >> 4), digit(byte & 0xf)]);
    std::array::from_fn(|place| match HYPHENS.contains(&place) {
        true => b'-',
        false => digits.next().unwrap_or(b'0'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6fa459ea-ee8a-3ca4-894e-db77e160355e";

    fn round_trip(text: &[u8]) -> usize {
        let packed = packed(text);
        let length = packed.len();
        assert_eq!(unpacked(packed).unwrap().as_ref(), text);
        length
    }

    #[test]
    fn an_identifier_takes_seventeen_bytes() {
        assert_eq!(round_trip(ID.as_bytes()), 17);
        let groups = format!("[\"{ID}\",\"{ID}\"]");
        assert_eq!(round_trip(groups.as_bytes()), 2 * 17 + 7);
    }

    #[test]
    fn what_would_not_unpack_to_the_same_text_is_left_as_it_is() {
        let upper = ID.to_uppercase();
        let braces = format!("{{{ID}}}");
        for (text, length) in [
            (upper.as_str(), 36),
            (&ID[1..], 35),
            ("6fa459eaaee8a-3ca4-894e-db77e160355e", 36),
            ("6fa459ea-ee8a-3ca4-894e-db77e160355g", 36),
            (&braces, 19),
            ("", 0),
        ] {
            assert_eq!(round_trip(text.as_bytes()), length, "{text}");
        }
    }

    /// Its bytes are quotes, braces and marks, which nothing reads before they are characters again.
    #[test]
    fn an_identifier_whose_bytes_look_like_json_comes_back() {
        for id in [
            "22737562-223a-2265-7669-6c227d7b7d2c",
            "fefefefe-fefe-fefe-fefe-fefefefefefe",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "feffeffe-0000-0000-0000-0000000000fe",
        ] {
            let json = format!("{{\"oid\":\"{id}\",\"sub\":\"alice\"}}");
            round_trip(json.as_bytes());
        }
    }

    #[test]
    fn marks_that_stand_for_themselves_come_back() {
        for byte in 0..=u8::MAX {
            round_trip(&[byte]);
            round_trip(&[byte, 0xfe, 0xff, byte, b'a']);
        }
        let mut around = vec![0xfe];
        around.extend_from_slice(ID.as_bytes());
        around.push(0xff);
        assert_eq!(round_trip(&around), 2 + 17 + 2);
    }

    #[test]
    fn a_mark_without_its_bytes_is_malformed() {
        for length in 0..16 {
            let mut cut = Wiped::with_capacity(17);
            cut.push(GUID);
            cut.extend_from_slice(&[7; 16][..length]);
            assert!(unpacked(cut).is_err());
        }
        let mut cut = Wiped::with_capacity(1);
        cut.push(LITERAL);
        assert!(unpacked(cut).is_err());
    }
}
