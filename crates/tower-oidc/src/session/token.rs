//! How a session stores a token: in fewer bytes than its text, from which exactly that text is restored.

use base64_simd::URL_SAFE_NO_PAD;
use bytes::Bytes;
use zeroize::Zeroizing;

use crate::format::codec::{Malformed, Reader, Writer, length, utf8};

const TEXT: u8 = 0;
const PACKED: u8 = 1;
const JWT: u8 = 2;

/// A token in its stored form; the bytes are views into the session's one buffer.
#[derive(Clone)]
pub(crate) enum StoredToken {
    /// Any text.
    Text(Bytes),
    /// Text of base64url characters, six bits each.
    Packed(Packed),
    /// Header and payload as the bytes that they decode to, the signature packed.
    Jwt {
        header: Bytes,
        payload: Bytes,
        signature: Packed,
    },
}

impl StoredToken {
    pub(crate) fn new(text: &str) -> Self {
        Self::jwt(text)
            .or_else(|| Packed::new(text).map(Self::Packed))
            .unwrap_or_else(|| Self::Text(wiped(text.as_bytes().to_vec())))
    }

    fn jwt(text: &str) -> Option<Self> {
        let mut segments = text.split('.');
        let (header, payload, signature) = (segments.next()?, segments.next()?, segments.next()?);
        if segments.next().is_some() {
            return None;
        }
        Some(Self::Jwt {
            header: decoded(header)?,
            payload: decoded(payload)?,
            signature: Packed::new(signature)?,
        })
    }

    /// The token as the provider issued it.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        match self {
            Self::Text(text) => Zeroizing::new(utf8(text).unwrap_or_default().to_owned()),
            Self::Packed(packed) => packed.text(),
            Self::Jwt {
                header,
                payload,
                signature,
            } => {
                let encoded = |bytes: &Bytes| URL_SAFE_NO_PAD.encoded_length(bytes.len());
                let mut text = String::with_capacity(
                    encoded(header)
                        .saturating_add(encoded(payload))
                        .saturating_add(signature.characters)
                        .saturating_add(2),
                );
                URL_SAFE_NO_PAD.encode_append(header, &mut text);
                text.push('.');
                URL_SAFE_NO_PAD.encode_append(payload, &mut text);
                text.push('.');
                text.push_str(&signature.text());
                Zeroizing::new(text)
            }
        }
    }

    /// The JSON of a JWT's payload.
    pub(crate) const fn payload(&self) -> Option<&Bytes> {
        match self {
            Self::Jwt { payload, .. } => Some(payload),
            Self::Text(_) | Self::Packed(_) => None,
        }
    }

    /// The bytes of its parts.
    pub(crate) fn stored_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Packed(packed) => packed.bits.len(),
            Self::Jwt {
                header,
                payload,
                signature,
            } => header
                .len()
                .saturating_add(payload.len())
                .saturating_add(signature.bits.len()),
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(text) => {
                writer.byte(TEXT);
                writer.bytes(text);
            }
            Self::Packed(packed) => {
                writer.byte(PACKED);
                packed.write(writer);
            }
            Self::Jwt {
                header,
                payload,
                signature,
            } => {
                writer.byte(JWT);
                writer.sized(header);
                writer.sized(payload);
                signature.write(writer);
            }
        }
    }

    pub(crate) fn read(bytes: Bytes) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        match reader.byte()? {
            TEXT => {
                let text = reader.rest();
                utf8(&text)?;
                Ok(Self::Text(text))
            }
            PACKED => Ok(Self::Packed(Packed::read(reader)?)),
            JWT => Ok(Self::Jwt {
                header: reader.sized()?,
                payload: reader.sized()?,
                signature: Packed::read(reader)?,
            }),
            _ => Err(Malformed),
        }
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
        let mut padded = Zeroizing::new(String::with_capacity(text.len().saturating_add(3)));
        padded.push_str(text);
        while !padded.len().is_multiple_of(4) {
            padded.push('A');
        }
        let mut bits = URL_SAFE_NO_PAD.decode_to_vec(padded.as_bytes()).ok()?;
        bits.truncate(Self::bytes(text.len()));
        Some(Self {
            characters: text.len(),
            bits: wiped(bits),
        })
    }

    const fn bytes(characters: usize) -> usize {
        characters.saturating_mul(6).div_ceil(8)
    }

    fn text(&self) -> Zeroizing<String> {
        let mut padded = Zeroizing::new(Vec::with_capacity(self.bits.len().saturating_add(2)));
        padded.extend_from_slice(&self.bits);
        while !padded.len().is_multiple_of(3) {
            padded.push(0);
        }
        let mut text = Zeroizing::new(URL_SAFE_NO_PAD.encode_to_string(padded.as_slice()));
        text.truncate(self.characters);
        text
    }

    fn write(&self, writer: &mut Writer) {
        writer.number(u64::try_from(self.characters).unwrap_or(u64::MAX));
        writer.bytes(&self.bits);
    }

    fn read(mut reader: Reader) -> Result<Self, Malformed> {
        let characters = reader.number()?;
        let bits = reader.rest();
        if characters.saturating_mul(6).div_ceil(8) != length(&bits) {
            return Err(Malformed);
        }
        Ok(Self {
            characters: usize::try_from(characters).map_err(|_| Malformed)?,
            bits,
        })
    }
}

/// The bytes of a base64url segment, if encoding them again gives the same text.
fn decoded(segment: &str) -> Option<Bytes> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode_to_vec(segment.as_bytes()).ok()?);
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode_to_string(bytes.as_slice()));
    (*encoded == segment).then(|| Bytes::from_owner(bytes))
}

fn wiped(bytes: Vec<u8>) -> Bytes {
    Bytes::from_owner(Zeroizing::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::codec::measure;

    fn stored_and_read(text: &str) -> (usize, String) {
        let token = StoredToken::new(text);
        let length = measure(|writer| token.write(writer));
        let mut writer = Writer::with_capacity(length);
        token.write(&mut writer);
        assert_eq!(writer.len(), length);
        let stored = Bytes::copy_from_slice(writer.as_ref());
        let read = StoredToken::read(stored).unwrap();
        (writer.len(), read.text().to_string())
    }

    #[test]
    fn every_token_comes_back_as_the_same_text() {
        for text in [
            "",
            "a",
            "ab",
            "abc",
            "abcd",
            "tok_-9",
            "has space and ümlaut",
            "eyJhbGciOiJub25lIn0.e30.",
            "eyJhbGciOiJub25lIn0.e30.c2ln",
            // Not the encoding of whole bytes: the last character carries stray bits.
            "eyJhbGciOiJub25lIn1.e30.c2ln",
            "a.b",
            "a.b.c.d",
            "...",
        ] {
            assert_eq!(stored_and_read(text).1, text);
        }
    }

    #[test]
    fn an_opaque_token_is_stored_at_six_bits_a_character() {
        let (size, _) = stored_and_read("C6gn5mSh74ci5juLJJbeKlmeJzmb90IJn5B1MKgi5mg");

        assert_eq!(size, 1 + 1 + 33);
    }

    #[test]
    fn malformed_stored_tokens_are_refused() {
        let cases: [&[u8]; 6] = [
            &[],
            &[9],
            &[TEXT, 0xff],
            &[PACKED, 4, 1, 2],
            &[JWT, 200, 1, 0],
            &[
                PACKED, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
        ];
        for bytes in cases {
            assert!(StoredToken::read(Bytes::copy_from_slice(bytes)).is_err());
        }
    }
}
