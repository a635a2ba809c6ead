//! Private keys in PEM.

use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::{Zeroize, Zeroizing};

use super::pair::{Pair, unsupported, unusable};
use crate::config_error::ConfigError;
use crate::crypto;
use crate::crypto::library::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, Ed25519KeyPair, RsaKeyPair,
};

/// Object identifiers in DER: `id-ecPublicKey` (RFC 5480 section 2.1.1), P-256 and P-384 (section
/// 2.1.1.1).
const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

pub(super) fn parse(pem: &[u8]) -> Result<Pair, ConfigError> {
    let mut der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        let is_encrypted = pem.windows(9).any(|it| it == b"ENCRYPTED");
        if is_encrypted {
            return unusable(
                "must not be encrypted with a password",
                "decrypt it with `openssl pkey`, and protect the file by its permissions",
            );
        }
        unusable(
            "must be a private key in PEM (`-----BEGIN PRIVATE KEY-----`)",
            "convert it with `openssl pkey`",
        )
    })?;
    let pair = match &der {
        PrivateKeyDer::Pkcs8(der) => from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der())
            .ok()
            .map(Pair::Rsa),
        PrivateKeyDer::Sec1(der) => {
            let sec1 = der.secret_sec1_der();
            from_pkcs8(&pkcs8(sec1, P256)).or_else(|| from_pkcs8(&pkcs8(sec1, P384)))
        }
        _ => None,
    };
    der.zeroize();
    pair.ok_or_else(unsupported)
}

fn from_pkcs8(der: &[u8]) -> Option<Pair> {
    if let Some(pair) = crypto::ecdsa::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der) {
        return Some(Pair::P256(pair));
    }
    if let Some(pair) = crypto::ecdsa::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der) {
        return Some(Pair::P384(pair));
    }
    // OpenSSL writes Ed25519 keys without the public key.
    if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
        return Some(Pair::Ed25519(pair));
    }
    RsaKeyPair::from_pkcs8(der).ok().map(Pair::Rsa)
}

/// Puts the older form of an elliptic curve key (SEC 1 appendix C.4, RFC 5915) into PKCS#8 (RFC 5208
/// section 5), the form that every library reads.
fn pkcs8(sec1: &[u8], curve: &[u8]) -> Zeroizing<Vec<u8>> {
    const INTEGER_0: &[u8] = &[0x02, 0x01, 0x00];
    let algorithm = element(0x30, &[EC_PUBLIC_KEY, curve]);
    let key = element(0x04, &[sec1]);
    element(0x30, &[INTEGER_0, &algorithm, &key])
}

/// An element in DER. Longer ones than 65,535 bytes are no keys, and remain unreadable.
fn element(tag: u8, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let mut der = Zeroizing::new(Vec::with_capacity(length.saturating_add(4)));
    der.push(tag);
    match (high, low) {
        (0, 0..=0x7f) => der.push(low),
        (0, _) => der.extend([0x81, low]),
        _ => der.extend([0x82, high, low]),
    }
    for part in parts {
        der.extend_from_slice(part);
    }
    der
}
