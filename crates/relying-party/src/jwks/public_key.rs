//! The public part of a key, with the rules for its strength.

use std::fmt;

use base64_simd::URL_SAFE_NO_PAD;

use super::jwk::Jwk;
use crate::provider::SigningAlgorithm;

/// NIST SP 800-131A revision 2 section 3, RFC 7518 section 3.3.
const MIN_RSA_BITS: usize = 2048;
/// 4,096 bits. The verifier of `openidconnect` takes no larger modulus, and both verifiers must give the same answer.
/// No provider is known to use one.
const MAX_RSA_BYTES: usize = 512;

/// The y coordinates, little-endian, of the points of Ed25519 whose order is 8 or less.
const SMALL_ORDER: [[u8; 32]; 5] = [
    // Order 4: 0. Order 1: 1.
    [0; 32],
    with_lowest(0, 0x01),
    // Order 2: -1.
    with_lowest(0xff, 0xec),
    // Order 8: both roots.
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// The lowest byte, thirty equal ones, and the highest one without the bit of the sign.
const fn with_lowest(others: u8, lowest: u8) -> [u8; 32] {
    let mut point = [others; 32];
    point[0] = lowest;
    point[31] &= 0x7f;
    point
}

pub(super) const MALFORMED: &str = "malformed keys";

/// A public key in the form that the verifiers of signatures take.
pub(super) enum PublicKey {
    /// Both numbers in big-endian order, without leading zeros.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A point of P-256, uncompressed (SEC 1 section 2.3.3): 0x04, then both coordinates.
    P256(Vec<u8>),
    /// A point of P-384, uncompressed.
    P384(Vec<u8>),
    /// RFC 8032 section 5.1.5.
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// Reads the public key of a JWK. If it is of an unsupported type or too weak, the error says so.
    pub(super) fn read(jwk: &Jwk) -> Result<Self, &'static str> {
        let bytes = |text: &Option<String>| unsigned_text(text.as_deref()?);
        let point = |length: usize| {
            let mut point = vec![0x04];
            append_coordinate(&mut point, &bytes(&jwk.x)?, length)?;
            append_coordinate(&mut point, &bytes(&jwk.y)?, length)?;
            Some(point)
        };
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => {
                let modulus = bytes(&jwk.n).ok_or(MALFORMED)?;
                let exponent = bytes(&jwk.e).ok_or(MALFORMED)?;
                let modulus = without_leading_zeros(&modulus).to_vec();
                let exponent = without_leading_zeros(&exponent).to_vec();
                if modulus.len() > MAX_RSA_BYTES {
                    return Err("RSA keys that are longer than 4,096 bits");
                }
                if !is_strong_rsa(&modulus, &exponent) {
                    return Err("RSA keys that are shorter than 2,048 bits or otherwise weak");
                }
                Ok(Self::Rsa { modulus, exponent })
            }
            ("EC", Some("P-256")) => point(32).map(Self::P256).ok_or(MALFORMED),
            ("EC", Some("P-384")) => point(48).map(Self::P384).ok_or(MALFORMED),
            ("OKP", Some("Ed25519")) => {
                let x = bytes(&jwk.x).and_then(|x| x.try_into().ok());
                let point = x.ok_or(MALFORMED)?;
                if !is_strong_ed25519(point) {
                    return Err("Ed25519 keys that are of small order or not canonical");
                }
                Ok(Self::Ed25519(point))
            }
            ("EC", Some("P-521")) => Err("P-521 keys (ES512)"),
            ("oct", _) => Err("symmetric keys (HS256, HS384, HS512)"),
            _ => Err("keys of types that are not supported"),
        }
    }

    /// Returns whether keys of this type verify signatures with the algorithm. `false` for an HMAC: no
    /// key of a JWK Set may verify one, because it is public (RFC 8725 section 2.1).
    pub(super) fn is_for(&self, algorithm: SigningAlgorithm) -> bool {
        match algorithm {
            SigningAlgorithm::Rs256
            | SigningAlgorithm::Rs384
            | SigningAlgorithm::Rs512
            | SigningAlgorithm::Ps256
            | SigningAlgorithm::Ps384
            | SigningAlgorithm::Ps512 => matches!(self, Self::Rsa { .. }),
            SigningAlgorithm::Es256 => matches!(self, Self::P256(_)),
            SigningAlgorithm::Es384 => matches!(self, Self::P384(_)),
            SigningAlgorithm::EdDsa => matches!(self, Self::Ed25519(_)),
            SigningAlgorithm::Hs256 | SigningAlgorithm::Hs384 | SigningAlgorithm::Hs512 => false,
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa { .. } => "Rsa",
            Self::P256(_) => "P256",
            Self::P384(_) => "P384",
            Self::Ed25519(_) => "Ed25519",
        })
    }
}

/// Returns whether the modulus is odd and has at least 2,048 bits, and the exponent is odd and above 1.
/// Both come without leading zeros.
fn is_strong_rsa(modulus: &[u8], exponent: &[u8]) -> bool {
    let bits = match modulus.first() {
        Some(first) => modulus
            .len()
            .saturating_mul(8)
            .saturating_sub(first.leading_zeros() as usize),
        None => 0,
    };
    bits >= MIN_RSA_BITS
        && modulus.last().is_some_and(|last| last % 2 == 1)
        && exponent.last().is_some_and(|last| last % 2 == 1)
        && exponent != [1]
}

/// Returns whether the point is encoded as RFC 8032 section 5.1.2 says, and is none of the eight points
/// of small order. Under such a key one signature is valid for every message, or for one in eight, and
/// implementations disagree on points that are not canonical.
fn is_strong_ed25519(mut point: [u8; 32]) -> bool {
    // The highest bit is the sign of x. It does not matter here, because -P has the order of P.
    let [.., highest] = &mut point;
    *highest &= 0x7f;
    // The prime 2^255 - 19 in little-endian order is 0xed, thirty times 0xff, 0x7f.
    let [lowest, middle @ .., highest] = &point;
    let is_canonical = *highest < 0x7f || *lowest < 0xed || middle.iter().any(|byte| *byte != 0xff);
    is_canonical && !SMALL_ORDER.contains(&point)
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// Appends a coordinate in the number of bytes of its curve (RFC 7518 section 6.2.1.2). Some providers
/// omit leading zeros, or add one for the sign.
fn append_coordinate(point: &mut Vec<u8>, number: &[u8], length: usize) -> Option<()> {
    let number = without_leading_zeros(number);
    let missing = length.checked_sub(number.len())?;
    point.extend(std::iter::repeat_n(0, missing));
    point.extend_from_slice(number);
    Some(())
}

/// Reads a number in base64url (RFC 7518 sections 2 and 6.3.1). Some providers add padding or use plain
/// base64. Security does not depend on the form, so both are read.
fn unsigned_text(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let text: String = text
        .chars()
        .map(|character| match character {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ed25519_keys_of_small_order_or_in_another_encoding_are_refused() {
        let mut base_point = [0x66; 32];
        base_point[0] = 0x58;
        assert!(is_strong_ed25519(base_point));
        for mut point in SMALL_ORDER {
            assert!(!is_strong_ed25519(point), "{point:02x?}");
            point[31] |= 0x80;
            assert!(!is_strong_ed25519(point), "{point:02x?}");
        }
        for lowest in 0xed..=0xff {
            assert!(!is_strong_ed25519(with_lowest(0xff, lowest)), "{lowest}");
        }
        assert!(
            is_strong_ed25519(with_lowest(0xff, 0xeb)),
            "-2 is canonical"
        );
    }

    #[test]
    fn a_coordinate_is_padded_to_the_length_of_its_curve() {
        for (written, expected) in [
            (&[1, 2, 3][..], Some(vec![1, 2, 3])),
            (&[0, 1, 2, 3], Some(vec![1, 2, 3])),
            (&[2, 3], Some(vec![0, 2, 3])),
            (&[], Some(vec![0, 0, 0])),
            (&[1, 0, 0, 0], None),
        ] {
            let mut point = Vec::new();
            let appended = append_coordinate(&mut point, written, 3).map(|()| point);
            assert_eq!(appended, expected, "{written:?}");
        }
    }
}
