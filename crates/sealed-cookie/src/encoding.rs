//! base64url without padding (RFC 4648 section 5), refused unless it is canonical.

use base64_simd::{Out, URL_SAFE_NO_PAD};

/// Encodes in one exact allocation.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Decodes a buffer over itself, and tells how many bytes of it are the result.
///
/// `None` for any text that [`encode`] does not give: a foreign character, padding, white space, or
/// bits behind the last byte that are not zero. A second text for the same bytes would be a second
/// cookie for the same session.
pub(crate) fn decode_in_place(text: &mut [u8]) -> Option<usize> {
    Some(URL_SAFE_NO_PAD.decode_inplace(text).ok()?.len())
}

/// Decodes text that stands for exactly `LENGTH` bytes.
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

/// How many characters encode so many bytes.
pub(crate) const fn encoded_length(bytes: usize) -> usize {
    bytes.saturating_mul(4).div_ceil(3)
}

/// How many bytes so many characters can encode.
pub(crate) const fn decoded_length(characters: usize) -> usize {
    characters.saturating_mul(3) / 4
}
