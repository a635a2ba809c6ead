//! Canonical base64url without padding (RFC 4648 section 5).

use base64_simd::{Out, URL_SAFE_NO_PAD};

/// Encodes bytes, in one allocation of the exact size.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Decodes a buffer in place, and returns the number of its bytes that are the result.
///
/// Returns `None` for any text that [`encode`] does not produce: with a character of another
/// alphabet, padding, white space, or unused bits that are not zero. A second text for the same
/// bytes would be a second cookie for the same session.
pub(crate) fn decode_in_place(text: &mut [u8]) -> Option<usize> {
    Some(URL_SAFE_NO_PAD.decode_inplace(text).ok()?.len())
}

/// Decodes the canonical text of exactly `LENGTH` bytes.
pub(crate) fn decode_exact<const LENGTH: usize>(text: &[u8]) -> Option<[u8; LENGTH]> {
    if URL_SAFE_NO_PAD.decoded_length(text).ok()? != LENGTH {
        return None;
    }
    let mut bytes = [0; LENGTH];
    URL_SAFE_NO_PAD
        .decode(text, Out::from_slice(&mut bytes))
        .ok()?;
    Some(bytes)
}

/// The number of characters that encode this number of bytes.
pub(crate) const fn encoded_length(bytes: usize) -> usize {
    bytes.saturating_mul(4).div_ceil(3)
}

/// The most bytes that this number of characters can encode.
pub(crate) const fn decoded_length(characters: usize) -> usize {
    characters.saturating_mul(3) / 4
}
