//! GUIDs (RFC 9562 section 4) as 16 bytes. Providers use them for users, tenants and groups.

/// The characters of one.
pub(super) const TEXT: usize = 36;

/// The places of its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The bytes of a GUID with lowercase digits: only such a one comes back as the same text.
pub(super) fn parsed(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; TEXT] = text.try_into().ok()?;
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

/// The characters of a GUID.
pub(super) fn characters(bytes: &[u8; 16]) -> [u8; TEXT] {
    let mut digits = bytes.iter().flat_map(|&byte| digits(byte));
    std::array::from_fn(|place| match HYPHENS.contains(&place) {
        true => b'-',
        false => digits.next().unwrap_or(b'0'),
    })
}

/// The value of a lowercase hexadecimal digit.
pub(super) const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// The two hexadecimal digits of a byte.
pub(super) const fn digits(byte: u8) -> [u8; 2] {
    [digit(byte >> 4), digit(byte & 0xf)]
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'a'.wrapping_add(value).wrapping_sub(10),
    }
}
