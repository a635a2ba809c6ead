//! Packs identifiers and random texts, whose characters carry less than eight bits and in which a compressor finds
//! nothing: `6fa459ea-ee8a-3ca4-894e-db77e160355e`, hashes in hexadecimal digits, and values in base64url.

use base64_simd::URL_SAFE_NO_PAD;

use super::guid;
use crate::format::codec::{Malformed, Writer};
use crate::format::wiped::Wiped;
use crate::session::token;

// Marks. No UTF-8 text contains these bytes, but a number may.

/// The number of hexadecimal digits follows, and two of them in each byte.
const HEX: u8 = 0xfb;

/// The number of characters follows, and six bits for each.
const BASE64URL: u8 = 0xfc;

/// The number of GUIDs in an array follows, and 16 bytes for each.
const GUIDS: u8 = 0xfd;

/// The 16 bytes of one GUID follow.
const GUID: u8 = 0xfe;

/// The next byte stands for itself.
const LITERAL: u8 = 0xff;

/// What stands between the GUIDs of a JSON array.
const BETWEEN: &[u8] = b"\",\"";

/// Shorter ones are not packed: they would hardly become shorter, and some are words that the dictionary knows.
const SHORTEST_HEX: usize = 12;
const SHORTEST_BASE64URL: usize = 20;

/// No packed byte becomes more characters than this, in halves: a GUID and what is between two of them.
const MOST_HALVES: usize = 5;

/// `text` with what can be packed in fewer bytes. Unpacked, it is the same text.
pub(super) fn packed(text: &[u8]) -> Wiped {
    let mut packed = Writer::with_capacity(text.len().saturating_mul(2));
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        if !is_base64url(byte) {
            if byte >= HEX {
                packed.byte(LITERAL);
            }
            packed.byte(byte);
            rest = after;
            continue;
        }
        let end = rest.iter().position(|&byte| !is_base64url(byte));
        let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = match guid::parsed(run) {
            Some(first) => write_guids(first, after, &mut packed),
            None => {
                write_run(run, &mut packed);
                after
            }
        };
    }
    packed.finish()
}

const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Writes the first GUID and those that follow it in an array. Returns what is after them.
fn write_guids<'a>(first: [u8; 16], mut after: &'a [u8], packed: &mut Writer) -> &'a [u8] {
    let mut more = Vec::new();
    while let Some((next, rest)) = after
        .strip_prefix(BETWEEN)
        .and_then(|next| next.split_at_checked(guid::TEXT))
        && let Some(bytes) = guid::parsed(next)
        && !rest.first().copied().is_some_and(is_base64url)
    {
        more.push(bytes);
        after = rest;
    }
    if more.is_empty() {
        packed.byte(GUID);
    } else {
        packed.byte(GUIDS);
        packed.number(number_of(more.len().saturating_add(1)));
    }
    packed.bytes(&first);
    for bytes in &more {
        packed.bytes(bytes);
    }
    after
}

fn number_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Writes characters of the base64url alphabet that are no GUID.
fn write_run(run: &[u8], packed: &mut Writer) {
    if run.len() >= SHORTEST_HEX
        && let Some(bytes) = hex_bytes(run)
    {
        packed.byte(HEX);
        packed.number(number_of(run.len()));
        return packed.bytes(&bytes);
    }
    if run.len() >= SHORTEST_BASE64URL
        && is_no_word(run)
        && let Some(bits) = token::packed(run)
    {
        packed.byte(BASE64URL);
        packed.number(number_of(run.len()));
        return packed.bytes(&bits);
    }
    packed.bytes(run);
}

/// Whether there are digits, or capitals that are not at the start.
fn is_no_word(run: &[u8]) -> bool {
    let capitals = run.iter().skip(1).any(u8::is_ascii_uppercase);
    capitals || run.iter().any(u8::is_ascii_digit)
}

/// The bytes of lowercase hexadecimal digits, if they are no others and their number is even.
fn hex_bytes(run: &[u8]) -> Option<Wiped> {
    let (pairs, []) = run.as_chunks::<2>() else {
        return None;
    };
    let mut bytes = Wiped::with_capacity(pairs.len());
    for [high, low] in pairs {
        bytes.push((guid::value(*high)? << 4) | guid::value(*low)?);
    }
    Some(bytes)
}

/// A number as the codec writes it, and what is after it.
fn number(bytes: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    let mut number: usize = 0;
    let mut rest = bytes;
    for shift in (0..usize::BITS).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(Malformed)?;
        rest = after;
        let bits = usize::from(byte & 0x7f);
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok((number, rest));
        }
    }
    Err(Malformed)
}

/// What [`packed`] was made from.
pub(super) fn unpacked(packed: Wiped) -> Result<Wiped, Malformed> {
    if next_mark(&packed).is_none() {
        return Ok(packed);
    }
    let most = packed.len().saturating_mul(MOST_HALVES).div_ceil(2);
    let mut text = Wiped::with_capacity(most);
    let mut rest = packed.as_ref();
    while let Some(position) = next_mark(rest) {
        let (before, mark) = rest.split_at_checked(position).ok_or(Malformed)?;
        text.extend_from_slice(before);
        let (&mark, after) = mark.split_first().ok_or(Malformed)?;
        rest = match mark {
            GUID => {
                let (bytes, after) = after.split_first_chunk().ok_or(Malformed)?;
                text.extend_from_slice(&guid::characters(bytes));
                after
            }
            LITERAL => {
                let (&byte, after) = after.split_first().ok_or(Malformed)?;
                text.push(byte);
                after
            }
            mark => unpack(mark, after, &mut text)?,
        };
    }
    text.extend_from_slice(rest);
    Ok(text)
}

/// The position of the first mark. Many bytes are compared at a time, because this reads each session.
fn next_mark(packed: &[u8]) -> Option<usize> {
    const AT_A_TIME: usize = 32;
    let chunks = packed.chunks(AT_A_TIME);
    let has_none = |chunk: &&[u8]| chunk.iter().fold(0, |most, &byte| byte.max(most)) < HEX;
    let start = chunks
        .take_while(has_none)
        .count()
        .saturating_mul(AT_A_TIME);
    let rest = packed.get(start..)?;
    let position = rest.iter().position(|&byte| byte >= HEX)?;
    Some(start.saturating_add(position))
}

/// Unpacks what follows a mark with a number. Returns what is after it.
fn unpack<'a>(mark: u8, after: &'a [u8], text: &mut Wiped) -> Result<&'a [u8], Malformed> {
    let (count, after) = number(after)?;
    let length = match mark {
        HEX if count.is_multiple_of(2) => count / 2,
        BASE64URL => token::packed_len(count),
        GUIDS => count.checked_mul(16).ok_or(Malformed)?,
        _ => return Err(Malformed),
    };
    let (bytes, after) = after.split_at_checked(length).ok_or(Malformed)?;
    match mark {
        HEX => {
            for &byte in bytes {
                text.extend_from_slice(&guid::digits(byte));
            }
        }
        BASE64URL => unpack_base64url(bytes, count, text),
        _ => {
            for (index, bytes) in bytes.as_chunks::<16>().0.iter().enumerate() {
                if index > 0 {
                    text.extend_from_slice(BETWEEN);
                }
                text.extend_from_slice(&guid::characters(bytes));
            }
        }
    }
    Ok(after)
}

fn unpack_base64url(bits: &[u8], characters: usize, text: &mut Wiped) {
    let end = text.len().saturating_add(characters);
    text.append_with(|text| URL_SAFE_NO_PAD.encode_append(bits, text));
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6fa459ea-ee8a-3ca4-894e-db77e160355e";

    fn round_trip(text: &[u8]) -> usize {
        let packed = packed(text);
        let length = packed.len();
        assert_eq!(
            String::from_utf8_lossy(&unpacked(packed).unwrap()),
            String::from_utf8_lossy(text)
        );
        length
    }

    #[test]
    fn identifiers_and_random_texts_take_fewer_bytes() {
        for (text, length) in [
            (ID, 17),
            // Between two of an array, nothing is written.
            (&format!("[\"{ID}\",\"{ID}\",\"{ID}\"]"), 4 + 2 + 3 * 16),
            (&format!("{ID}, {ID}"), 17 + 2 + 17),
            ("ec88c22afa54c1f9767ad9e2", 2 + 12),
            ("auth0|ec88c22afa54c1f9767ad9e2", 6 + 2 + 12),
            ("qDSA9q93Yr6SM6IEVTQENHt70W94KpACpGecAtml1rs", 2 + 33),
            ("pYKx_ybFMSteWFshBqJNY", 2 + 16),
        ] {
            assert_eq!(round_trip(text.as_bytes()), length, "{text}");
        }
    }

    #[test]
    fn words_and_short_texts_are_left_as_they_are() {
        for text in [
            "",
            "0",
            "1795000000",
            "manage-account-links",
            "Administrators_of_the_house",
            "organization_roles",
            "abc123",
            "1.25e10",
            &ID.to_uppercase()[..8],
        ] {
            assert_eq!(round_trip(text.as_bytes()), text.len(), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_identifier_comes_back() {
        for text in [
            ID.to_uppercase(),
            format!("x{ID}"),
            format!("{ID}0"),
            format!("\"{ID}\",\"{ID}0\""),
            format!("\"{ID}\",\""),
            format!("\"{ID}\",\"{}", &ID[..30]),
            format!("{ID}-{ID}"),
            "6fa459ea-ee8a-3ca4-894e-db77e160355g".to_owned(),
            "0123456789abcde".to_owned(),
            "0123456789ABCDEF".to_owned(),
        ] {
            round_trip(text.as_bytes());
        }
    }

    /// Its bytes are quotes, braces and marks, which nothing reads before they are characters again.
    #[test]
    fn an_identifier_whose_bytes_look_like_json_comes_back() {
        for id in [
            "22737562-223a-2265-7669-6c227d7b7d2c",
            "fefefefe-fefe-fefe-fefe-fefefefefefe",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "fdfdfdfd-fdfd-0000-0000-0000000000fe",
        ] {
            let hex = id.replace('-', "");
            round_trip(format!(r#"{{"oid":"{id}","h":"{hex}","sub":"alice"}}"#).as_bytes());
        }
    }

    #[test]
    fn marks_that_stand_for_themselves_come_back() {
        for byte in 0..=u8::MAX {
            round_trip(&[byte]);
            round_trip(&[byte, HEX, GUID, LITERAL, byte, b'a']);
        }
    }

    #[test]
    fn random_texts_of_all_lengths_come_back() {
        let mut state: u32 = 7;
        let mut random = |end: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from(state >> 8).unwrap() % end
        };
        let alphabets: [&[u8]; 3] = [b"0123456789abcdef", b"aZ09-_", b"a0-\"\xfd\xfe\xff"];
        for length in 0..400 {
            let alphabet = alphabets[length % 3];
            let text: Vec<u8> = (0..length)
                .map(|_| alphabet[random(alphabet.len())])
                .collect();
            assert_eq!(&*unpacked(packed(&text)).unwrap(), &text);
        }
    }

    #[test]
    fn a_mark_without_its_bytes_is_malformed() {
        let cases: [&[u8]; 9] = [
            &[LITERAL],
            &[GUID],
            &[GUID, 1, 2, 3],
            &[HEX],
            &[GUIDS, 0x80],
            // An odd number of digits, and too few bytes.
            &[HEX, 3, 1, 1],
            &[HEX, 6, 1, 1],
            &[BASE64URL, 5, 1, 1],
            &[
                BASE64URL, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
        ];
        for bytes in cases {
            assert!(unpacked(Wiped::from(bytes.to_vec())).is_err(), "{bytes:?}");
        }
        for length in 0..32 {
            let cut = [&[GUIDS, 2][..], &[7; 32][..length]].concat();
            assert!(unpacked(Wiped::from(cut)).is_err(), "{length}");
        }
    }

    #[test]
    fn nothing_grows_beyond_the_room_that_is_reserved() {
        let ids = vec![ID; 100].join("\",\"");
        for text in [ID, &ids, &"0123456789abcdef".repeat(20), &"aB3_".repeat(50)] {
            let packed = packed(text.as_bytes());
            assert!(
                text.len() <= (packed.len() * MOST_HALVES).div_ceil(2),
                "{text}"
            );
        }
    }
}
