//! How a session stores a token: in fewer bytes than its text, from which exactly that text is restored.

use base64_simd::URL_SAFE_NO_PAD;
use bytes::Bytes;
use zeroize::Zeroizing;

use super::fields::{Content, FieldWriter};
use super::secret_names::object_names_no_secret;
use crate::format::codec::{Malformed, Reader, Writer, utf8};
use crate::format::wiped::Wiped;

const TEXT: u8 = 0;
const JWT: u8 = 1;
const JWT_OUTSIDE: u8 = 2;
const PACKED: u8 = 3;
const SEGMENTS: u8 = 4;

/// Set in the first byte if the characters outside are one fewer than their bytes have room for.
const ONE_FEWER: u8 = 0x10;

/// A JWT with a shorter signature is not compressed. It may be no JWT but a secret that looks like one. This is
/// the length of the shortest usual signature, an HMAC with SHA-256.
const SHORTEST_SIGNATURE: usize = 43;

/// A token in its stored form; the bytes are views into the session's buffers.
#[derive(Clone)]
pub(crate) enum StoredToken {
    /// Any text.
    Text(Bytes),
    /// Text of base64url characters, six bits each.
    Packed(Packed),
    /// Texts of base64url characters with dots between them, like an encrypted JWT.
    Segments(Segments),
    /// Header and payload as the bytes that they decode to, the signature packed.
    Jwt(Jwt),
}

#[derive(Clone)]
pub(crate) struct Jwt {
    header: Bytes,
    payload: Bytes,
    signature: Packed,
    /// Whether header and payload are compressed.
    in_block: bool,
}

impl StoredToken {
    pub(crate) fn new(text: &str) -> Self {
        Jwt::new(text)
            .map(Self::Jwt)
            .or_else(|| Packed::new(text).map(Self::Packed))
            .or_else(|| Segments::new(text).map(Self::Segments))
            .unwrap_or_else(|| Self::Text(Wiped::from(text.as_bytes().to_vec()).into_bytes()))
    }

    /// The token as the provider issued it.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        match self {
            Self::Text(text) => Zeroizing::new(utf8(text).unwrap_or_default().to_owned()),
            Self::Packed(packed) => packed.text(),
            Self::Segments(segments) => segments.text(),
            Self::Jwt(jwt) => jwt.text(),
        }
    }

    /// The JSON of a JWT's payload.
    pub(crate) const fn payload(&self) -> Option<&Bytes> {
        match self {
            Self::Jwt(jwt) => Some(&jwt.payload),
            Self::Text(_) | Self::Packed(_) | Self::Segments(_) => None,
        }
    }

    /// The bytes of its parts, before they are compressed.
    pub(crate) fn stored_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Packed(packed) => packed.bits.len(),
            Self::Segments(segments) => segments.all.bits.len(),
            Self::Jwt(jwt) => jwt
                .header
                .len()
                .saturating_add(jwt.payload.len())
                .saturating_add(jwt.signature.bits.len()),
        }
    }

    pub(super) fn write(&self, writer: &mut FieldWriter) {
        match self {
            Self::Text(text) => {
                writer.byte(TEXT);
                writer.bytes_outside(text);
            }
            Self::Packed(packed) => {
                writer.byte(PACKED | packed.flag());
                writer.bytes_outside(&packed.bits);
            }
            Self::Segments(segments) => {
                writer.byte(SEGMENTS | segments.all.flag());
                writer.bytes(&segments.lengths);
                writer.bytes_outside(&segments.all.bits);
            }
            Self::Jwt(jwt) => jwt.write(writer),
        }
    }

    pub(super) fn read(content: Content<'_>) -> Result<Self, Malformed> {
        let mut reader = Reader::new(content.block);
        let first = reader.byte()?;
        let outside = || content.view_of_outside(content.outside);
        if first == TEXT && reader.is_empty() {
            utf8(content.outside)?;
            return Ok(Self::Text(outside()));
        }
        let flag = first & ONE_FEWER;
        match first & !ONE_FEWER {
            JWT => Jwt::read_in_block(&content, reader, flag).map(Self::Jwt),
            JWT_OUTSIDE => Jwt::read_outside(&content, reader, flag).map(Self::Jwt),
            PACKED if reader.is_empty() => Packed::of(outside(), flag).map(Self::Packed),
            SEGMENTS => {
                let lengths = content.view_of_block(reader.rest());
                Segments::read(lengths, Packed::of(outside(), flag)?).map(Self::Segments)
            }
            _ => Err(Malformed),
        }
    }
}

impl Jwt {
    /// `None` if the text is no JWT whose header and payload are JSON objects in canonical base64url. Without the look at
    /// the JSON, the characters of an opaque token with two dots would decide how it is stored, and so its length.
    fn new(text: &str) -> Option<Self> {
        let mut segments = text.split('.');
        let (header, payload, signature) = (segments.next()?, segments.next()?, segments.next()?);
        if segments.next().is_some() {
            return None;
        }
        let (header, payload) = (decoded(header)?, decoded(payload)?);
        let header_is_harmless = object_names_no_secret(&header)?;
        let payload_is_harmless = object_names_no_secret(&payload)?;
        Some(Self {
            in_block: signature.len() >= SHORTEST_SIGNATURE
                && header_is_harmless
                && payload_is_harmless,
            header,
            payload,
            signature: Packed::new(signature)?,
        })
    }

    fn text(&self) -> Zeroizing<String> {
        let encoded = |bytes: &Bytes| URL_SAFE_NO_PAD.encoded_length(bytes.len());
        let mut text = String::with_capacity(
            encoded(&self.header)
                .saturating_add(encoded(&self.payload))
                .saturating_add(self.signature.characters)
                .saturating_add(2),
        );
        URL_SAFE_NO_PAD.encode_append(&self.header, &mut text);
        text.push('.');
        URL_SAFE_NO_PAD.encode_append(&self.payload, &mut text);
        text.push('.');
        text.push_str(&self.signature.text());
        Zeroizing::new(text)
    }

    fn write(&self, writer: &mut FieldWriter) {
        let flag = self.signature.flag();
        writer.byte(if self.in_block { JWT } else { JWT_OUTSIDE } | flag);
        writer.count(self.header.len());
        if self.in_block {
            writer.bytes(&self.header);
            writer.bytes(&self.payload);
        } else {
            writer.count(self.payload.len());
            writer.bytes_outside(&self.header);
            writer.bytes_outside(&self.payload);
        }
        writer.bytes_outside(&self.signature.bits);
    }

    fn read_in_block(
        content: &Content<'_>,
        mut block: Reader<'_>,
        flag: u8,
    ) -> Result<Self, Malformed> {
        let signature = content.view_of_outside(content.outside);
        Ok(Self {
            header: content.view_of_block(block.sized()?),
            payload: content.view_of_block(block.rest()),
            signature: Packed::of(signature, flag)?,
            in_block: true,
        })
    }

    fn read_outside(
        content: &Content<'_>,
        mut block: Reader<'_>,
        flag: u8,
    ) -> Result<Self, Malformed> {
        let mut outside = Reader::new(content.outside);
        let (header, payload) = (block.count()?, block.count()?);
        if !block.is_empty() {
            return Err(Malformed);
        }
        Ok(Self {
            header: content.view_of_outside(outside.take(header)?),
            payload: content.view_of_outside(outside.take(payload)?),
            signature: Packed::of(content.view_of_outside(outside.rest()), flag)?,
            in_block: false,
        })
    }
}

/// Characters of the base64url alphabet, packed at six bits each, and their number: an opaque token need not be
/// the encoding of whole bytes.
#[derive(Clone)]
pub(crate) struct Packed {
    characters: usize,
    bits: Bytes,
}

impl Packed {
    fn new(text: &str) -> Option<Self> {
        Some(Self {
            characters: text.len(),
            bits: packed(text.as_bytes())?.into_bytes(),
        })
    }

    /// The characters for which `bits` have room, or one fewer: a byte more than those need is malformed.
    fn of(bits: Bytes, flag: u8) -> Result<Self, Malformed> {
        let characters = room_for_characters(bits.len())
            .checked_sub(usize::from(flag == ONE_FEWER))
            .ok_or(Malformed)?;
        match packed_len(characters) == bits.len() {
            true => Ok(Self { characters, bits }),
            false => Err(Malformed),
        }
    }

    /// What the first byte of a stored token says of their number.
    const fn flag(&self) -> u8 {
        if self.characters < room_for_characters(self.bits.len()) {
            ONE_FEWER
        } else {
            0
        }
    }

    fn text(&self) -> Zeroizing<String> {
        let mut padded = Wiped::with_capacity(self.bits.len().saturating_add(2));
        padded.extend_from_slice(&self.bits);
        while !padded.len().is_multiple_of(3) {
            padded.push(0);
        }
        let mut text = Zeroizing::new(URL_SAFE_NO_PAD.encode_to_string(&*padded));
        text.truncate(self.characters);
        text
    }
}

/// Characters of the base64url alphabet at six bits each; `None` if there are others.
pub(super) fn packed(characters: &[u8]) -> Option<Wiped> {
    let mut padded = Wiped::with_capacity(characters.len().saturating_add(3));
    padded.extend_from_slice(characters);
    while !padded.len().is_multiple_of(4) {
        padded.push(b'A');
    }
    let mut bits = Wiped::from(URL_SAFE_NO_PAD.decode_to_vec(&*padded).ok()?);
    bits.truncate(packed_len(characters.len()));
    Some(bits)
}

/// The bytes of this many characters at six bits.
pub(super) const fn packed_len(characters: usize) -> usize {
    characters.saturating_mul(6).div_ceil(8)
}

/// The characters at six bits for which this many bytes have room.
const fn room_for_characters(bytes: usize) -> usize {
    bytes.saturating_mul(8) / 6
}

/// Texts of base64url characters, separated by dots.
#[derive(Clone)]
pub(crate) struct Segments {
    /// The number of characters of each but the last, as they are stored.
    lengths: Bytes,
    /// All characters without the dots.
    all: Packed,
}

/// With more, the length of each would take more than the packing saves.
const MAX_SEGMENTS: usize = 8;

impl Segments {
    fn new(text: &str) -> Option<Self> {
        if text.split('.').count() > MAX_SEGMENTS {
            return None;
        }
        let (but_the_last, last) = text.rsplit_once('.')?;
        let mut lengths = Writer::with_capacity(MAX_SEGMENTS.saturating_mul(10));
        let mut characters = Zeroizing::new(String::with_capacity(text.len()));
        for segment in but_the_last.split('.') {
            lengths.count(segment.len());
            characters.push_str(segment);
        }
        characters.push_str(last);
        Some(Self {
            lengths: lengths.finish().into_bytes(),
            all: Packed::new(&characters)?,
        })
    }

    fn read(lengths: Bytes, all: Packed) -> Result<Self, Malformed> {
        let mut left = all.characters;
        let mut reader = Reader::new(&lengths);
        while !reader.is_empty() {
            left = left.checked_sub(reader.count()?).ok_or(Malformed)?;
        }
        Ok(Self { lengths, all })
    }

    fn text(&self) -> Zeroizing<String> {
        let characters = self.all.text();
        let mut lengths = Reader::new(&self.lengths);
        let dots = self.lengths.len();
        let mut text = Zeroizing::new(String::with_capacity(characters.len().saturating_add(dots)));
        let mut rest = characters.as_str();
        while let Some((segment, after)) = lengths
            .count()
            .ok()
            .and_then(|length| rest.split_at_checked(length))
        {
            text.push_str(segment);
            text.push('.');
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

/// The bytes of a base64url segment, if encoding them again gives the same text.
fn decoded(segment: &str) -> Option<Bytes> {
    let bytes = Wiped::from(URL_SAFE_NO_PAD.decode_to_vec(segment.as_bytes()).ok()?);
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode_to_string(&*bytes));
    (*encoded == segment).then(|| bytes.into_bytes())
}

#[cfg(test)]
mod tests;
