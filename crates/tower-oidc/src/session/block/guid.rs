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

/// The characters of a GUID. Written out, because this is done for each one in a session that is read, and a loop over
/// the places takes five times as long.
#[rustfmt::skip]
pub(super) fn characters(bytes: &[u8; 16]) -> [u8; TEXT] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = bytes.map(digits);
    [
        a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1], b'-',
        e[0], e[1], f[0], f[1], b'-',
        g[0], g[1], h[0], h[1], b'-',
        i[0], i[1], j[0], j[1], b'-',
        k[0], k[1], l[0], l[1], m[0], m[1], n[0], n[1], o[0], o[1], p[0], p[1],
    ]
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
    let first = if value < 10 { b'0' } else { b'a' - 10 };
    value.wrapping_add(first)
}
