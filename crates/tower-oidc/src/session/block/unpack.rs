//! Reads a packed block in one pass.

use super::guid;
use super::instructions::{
    BASE64URL, BASE64URL_OF, BETWEEN_GUIDS, COPY, DISTANCE_BITS, ESCAPED, ESCAPED_RUN, FAR_COPY,
    GUID, GUIDS, HEX, PHRASE, PHRASE_OF_GROUP, SHORT_PHRASES, SHORTEST_COPY, TIME, UNUSED,
};
use super::phrases::phrase;
use super::times;
use crate::format::codec::{Malformed, Reader};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;
use crate::session::token;

/// What a packed block stands for, if it is exactly `length` bytes.
pub(super) fn unpacked(
    packed: &[u8],
    length: usize,
    created_at: UnixMillis,
) -> Result<Wiped, Malformed> {
    let mut bytes = Wiped::zeroed(length.saturating_add(AT_ONCE));
    let mut text = Text {
        bytes: &mut bytes,
        end: 0,
        created_at,
    };
    let mut rest = packed;
    while let Some((&first, after)) = rest.split_first() {
        rest = match first.is_ascii() {
            true => text.literals(rest)?,
            false => text.run(first, after)?,
        };
    }
    let has_length = text.end == length;
    bytes.truncate(length);
    has_length.then_some(bytes).ok_or(Malformed)
}

/// How many bytes are copied at once. Most phrases, copies and literals are shorter: to copy some bytes too many, and
/// to overwrite them with what follows, is several times quicker than to copy each length exactly.
const AT_ONCE: usize = 32;

/// The text that was read so far, in a buffer of the length that it must have at the end, and [`AT_ONCE`] more.
struct Text<'a> {
    bytes: &'a mut [u8],
    end: usize,
    created_at: UnixMillis,
}

impl Text<'_> {
    /// Room for the next bytes.
    fn room(&mut self, length: usize) -> Result<&mut [u8], Malformed> {
        let start = self.end;
        self.end = start.checked_add(length).ok_or(Malformed)?;
        self.bytes.get_mut(start..self.end).ok_or(Malformed)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.room(bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Appends the bytes before the next instruction, or the first eight of them. Returns what is after them.
    fn literals<'a>(&mut self, packed: &'a [u8]) -> Result<&'a [u8], Malformed> {
        const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
        let length = match packed.first_chunk::<8>() {
            Some(chunk) => {
                let high = u64::from_le_bytes(*chunk) & HIGH_BITS;
                // Eight if no bit is set.
                let length = usize::try_from(high.trailing_zeros() / 8).map_err(|_| Malformed)?;
                self.append_start_of_chunk(chunk, length)?;
                length
            }
            None => {
                let is_literal = |byte: &&u8| byte.is_ascii();
                let length = packed.iter().take_while(is_literal).count();
                self.append(packed.get(..length).ok_or(Malformed)?)?;
                length
            }
        };
        packed.get(length..).ok_or(Malformed)
    }

    /// Appends the first bytes of `source`.
    fn append_start_of(&mut self, source: &[u8], length: usize) -> Result<(), Malformed> {
        if length <= AT_ONCE
            && let Some(chunk) = source.first_chunk::<AT_ONCE>()
        {
            return self.append_start_of_chunk(chunk, length);
        }
        self.append(source.get(..length).ok_or(Malformed)?)
    }

    /// Copies all of the chunk; what is behind its first bytes is overwritten later.
    fn append_start_of_chunk<const N: usize>(
        &mut self,
        chunk: &[u8; N],
        length: usize,
    ) -> Result<(), Malformed> {
        let room = self.bytes.get_mut(self.end..).ok_or(Malformed)?;
        *room.first_chunk_mut().ok_or(Malformed)? = *chunk;
        self.end = self.end.saturating_add(length);
        Ok(())
    }

    fn append_phrase(&mut self, number: usize) -> Result<(), Malformed> {
        let (start_of_phrase, length) = phrase(number).ok_or(Malformed)?;
        self.append_start_of(start_of_phrase, length)
    }

    /// Appends what the instruction stands for. Returns what is after it.
    fn run<'a>(&mut self, instruction: u8, after: &'a [u8]) -> Result<&'a [u8], Malformed> {
        match instruction {
            PHRASE..PHRASE_OF_GROUP => {
                self.append_phrase(usize::from(instruction.wrapping_sub(PHRASE)))?;
                Ok(after)
            }
            COPY..ESCAPED => {
                let ([high, low], after) = after.split_first_chunk().ok_or(Malformed)?;
                let bits = instruction.wrapping_sub(COPY);
                let bits = u32::from_be_bytes([0, bits, *high, *low]);
                let length = bits >> DISTANCE_BITS;
                let distance = bits & ((1 << DISTANCE_BITS) - 1);
                let count = |bits| usize::try_from(bits).map_err(|_| Malformed);
                self.copy(
                    count(length)?.saturating_add(SHORTEST_COPY),
                    count(distance)?.saturating_add(1),
                )?;
                Ok(after)
            }
            PHRASE_OF_GROUP..UNUSED => {
                let (&low, after) = after.split_first().ok_or(Malformed)?;
                let group = instruction.wrapping_sub(PHRASE_OF_GROUP);
                let number = usize::from(u16::from_be_bytes([group, low]));
                self.append_phrase(number.saturating_add(SHORT_PHRASES))?;
                Ok(after)
            }
            GUID => {
                let (bytes, after) = after.split_first_chunk().ok_or(Malformed)?;
                self.append(&guid::characters(bytes))?;
                Ok(after)
            }
            ESCAPED => {
                let (byte, after) = after.split_at_checked(1).ok_or(Malformed)?;
                self.append(byte)?;
                Ok(after)
            }
            _ => match BASE64URL_OF.iter().find(|(of, _)| *of == instruction) {
                Some((_, count)) => self.base64url(*count, after),
                None => self.run_with_number(instruction, after),
            },
        }
    }

    /// The same for an instruction that a number follows.
    fn run_with_number<'a>(
        &mut self,
        instruction: u8,
        after: &'a [u8],
    ) -> Result<&'a [u8], Malformed> {
        let (value, after) = number(after)?;
        if instruction == TIME {
            self.append(&times::digits(self.created_at, value).ok_or(Malformed)?)?;
            return Ok(after);
        }
        let count = usize::try_from(value).map_err(|_| Malformed)?;
        match instruction {
            BASE64URL => self.base64url(count, after),
            HEX => self.hex(count, after),
            GUIDS => self.guids(count, after),
            ESCAPED_RUN => {
                let (bytes, after) = after.split_at_checked(count).ok_or(Malformed)?;
                self.append(bytes)?;
                Ok(after)
            }
            FAR_COPY => {
                let (distance, after) = number(after)?;
                self.copy(count, usize::try_from(distance).map_err(|_| Malformed)?)?;
                Ok(after)
            }
            _ => Err(Malformed),
        }
    }

    /// Bytes of the text, this distance before. They may reach into themselves: then they repeat.
    fn copy(&mut self, length: usize, distance: usize) -> Result<(), Malformed> {
        if distance == 0 {
            return Err(Malformed);
        }
        let start = self.end.checked_sub(distance).ok_or(Malformed)?;
        if length <= AT_ONCE.min(distance)
            && let Some(chunk) = self
                .bytes
                .get(start..)
                .and_then(<[u8]>::first_chunk::<AT_ONCE>)
        {
            let chunk = *chunk;
            return self.append_start_of_chunk(&chunk, length);
        }
        let (mut to, mut left) = (self.end, length);
        self.room(length)?;
        while left > 0 {
            let count = left.min(to.saturating_sub(start));
            self.bytes
                .copy_within(start..start.saturating_add(count), to);
            to = to.saturating_add(count);
            left = left.saturating_sub(count);
        }
        Ok(())
    }

    fn base64url<'a>(&mut self, count: usize, after: &'a [u8]) -> Result<&'a [u8], Malformed> {
        let (bits, after) = after
            .split_at_checked(token::packed_len(count))
            .ok_or(Malformed)?;
        let (groups, last) = bits
            .split_at_checked((count / 4).saturating_mul(3))
            .ok_or(Malformed)?;
        let (texts, last_text) = self.room(count)?.as_chunks_mut::<4>();
        for (text, [a, b, c]) in texts.iter_mut().zip(groups.as_chunks::<3>().0) {
            *text = characters(u32::from_be_bytes([0, *a, *b, *c]));
        }
        // Fewer than four characters are left.
        let mut last_group = [0; 4];
        for (to, from) in last_group.iter_mut().skip(1).zip(last) {
            *to = *from;
        }
        for (to, from) in last_text
            .iter_mut()
            .zip(characters(u32::from_be_bytes(last_group)))
        {
            *to = from;
        }
        Ok(after)
    }

    fn hex<'a>(&mut self, digits: usize, after: &'a [u8]) -> Result<&'a [u8], Malformed> {
        if !digits.is_multiple_of(2) {
            return Err(Malformed);
        }
        let (bytes, after) = after.split_at_checked(digits / 2).ok_or(Malformed)?;
        for (pair, &byte) in self.room(digits)?.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = guid::digits(byte);
        }
        Ok(after)
    }

    fn guids<'a>(&mut self, count: usize, after: &'a [u8]) -> Result<&'a [u8], Malformed> {
        let length = count.checked_mul(16).ok_or(Malformed)?;
        let (bytes, after) = after.split_at_checked(length).ok_or(Malformed)?;
        for (index, bytes) in bytes.as_chunks().0.iter().enumerate() {
            if index > 0 {
                self.append(BETWEEN_GUIDS)?;
            }
            self.append(&guid::characters(bytes))?;
        }
        Ok(after)
    }
}

/// The characters of base64url (RFC 4648 section 5).
const BASE64URL_ALPHABET: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Four characters, for 24 bits. A text here has some twenty, for which this takes a third of the time of a library that
/// chooses an implementation for each call.
fn characters(bits: u32) -> [u8; 4] {
    [18, 12, 6, 0].map(|shift| {
        let [value, ..] = (bits >> shift).to_le_bytes();
        let place = usize::from(value & 0x3f);
        BASE64URL_ALPHABET.get(place).copied().unwrap_or_default()
    })
}

/// A number as the codec writes it, and what is after it.
fn number(bytes: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let mut reader = Reader::new(bytes);
    Ok((reader.number()?, reader.rest()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATED_AT: UnixMillis = UnixMillis(1_795_000_000_123);

    fn is_refused(packed: &[u8], length: usize) -> bool {
        unpacked(packed, length, CREATED_AT).is_err()
    }

    #[test]
    fn an_instruction_without_what_follows_it_is_refused() {
        for (packed, length) in [
            (&[PHRASE_OF_GROUP][..], 9),
            (&[b'a', COPY, 0], 5),
            (&[ESCAPED], 1),
            (&[ESCAPED_RUN], 1),
            (&[ESCAPED_RUN, 2, 0xff], 2),
            (&[b'a', FAR_COPY, 4], 5),
            (&[TIME], 10),
            (&[GUID, 1, 2], 36),
            (
                &[GUIDS, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
                75,
            ),
            (&[HEX, 4, 1], 4),
            (&[BASE64URL, 4, 1, 2], 4),
            (&[0xf8, 1], 22),
        ] {
            assert!(is_refused(packed, length), "{packed:?}");
        }
    }

    #[test]
    fn what_is_no_instruction_is_refused() {
        for instruction in (UNUSED..COPY).chain(0xfc..=0xff) {
            let packed = [&[b'a', instruction][..], &[0; 40]].concat();
            assert!((0..100).all(|length| is_refused(&packed, length)));
        }
        // A phrase that is not in the dictionary.
        assert!((0..100).all(|length| is_refused(&[UNUSED - 1, 0xff], length)));
    }

    #[test]
    fn a_copy_from_before_the_start_or_from_nowhere_is_refused() {
        assert!(!is_refused(&[b'a', b'b', FAR_COPY, 4, 2], 6));
        assert!(is_refused(&[b'a', b'b', FAR_COPY, 4, 3], 6));
        assert!(is_refused(&[b'a', b'b', FAR_COPY, 4, 0], 6));
        assert!(is_refused(&[b'a', b'b', FAR_COPY, 0, 0], 2));
        assert!(!is_refused(&[b'a', b'b', COPY, 0, 1], 6));
        assert!(is_refused(&[b'a', b'b', COPY, 0, 2], 6));
    }

    #[test]
    fn an_odd_number_of_digits_and_a_time_without_ten_are_refused() {
        assert!(is_refused(&[HEX, 3, 1, 1], 3));
        assert!(is_refused(
            &[TIME, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            10
        ));
    }

    #[test]
    fn a_text_of_another_length_is_refused() {
        for packed in [&b"ab"[..], &[GUIDS, 0, b'a', b'b'], &[ESCAPED_RUN, 2, 1, 2]] {
            assert!(!is_refused(packed, 2));
            assert!(is_refused(packed, 1));
            assert!(is_refused(packed, 3));
        }
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        for instruction in [ESCAPED_RUN, FAR_COPY, GUIDS, HEX, BASE64URL] {
            assert!(is_refused(
                &[&[b'a', instruction], &huge[..], &[1]].concat(),
                3
            ));
        }
    }
}
