//! Private keys as JWKs.

use base64_simd::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::pair::{Pair, unsupported, unusable};
use crate::config_error::ConfigError;
use crate::crypto;
use crate::crypto::library::rsa::{KeyPairComponents, PublicKeyComponents};
use crate::crypto::library::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, RsaKeyPair,
};
use crate::json;
use crate::provider::SigningAlgorithm;
use crate::secret::Secret;

/// A member in base64url, which is wiped.
struct Member(Secret);

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// The members of RFC 7517 section 4 and RFC 7518 section 6 that are read.
#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    #[serde(rename = "use")]
    key_use: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    x: Option<Member>,
    y: Option<Member>,
    n: Option<Member>,
    e: Option<Member>,
    d: Option<Member>,
    p: Option<Member>,
    q: Option<Member>,
    dp: Option<Member>,
    dq: Option<Member>,
    qi: Option<Member>,
}

/// A key, and what the JWK says about it.
pub(super) struct Parsed {
    pub(super) pair: Pair,
    pub(super) algorithm: Option<SigningAlgorithm>,
    pub(super) kid: Option<String>,
}

pub(super) fn parse(json: &str) -> Result<Parsed, ConfigError> {
    let jwk: PrivateJwk = json::object_from_str(json).map_err(|_| {
        unusable(
            "must be one JWK: a JSON object with `kty`",
            "give the key itself and not a set of keys",
        )
    })?;
    if jwk.key_use.as_ref().is_some_and(|it| it != "sig") {
        return Err(unusable(
            "must be a key for signatures (`use` is `sig`)",
            "use a separate key for client authentication",
        ));
    }
    if jwk.d.is_none() {
        return Err(unusable(
            "must be a private key, with the member `d`",
            "give the private key; the public one is for the provider",
        ));
    }
    let algorithm = jwk.alg.as_ref().map(|alg| {
        alg.parse().map_err(|_| {
            unusable(
                "must have an `alg` that is supported",
                "remove `alg`, or use ES256, ES384, EdDSA, RS256 or PS256",
            )
        })
    });
    Ok(Parsed {
        pair: pair(&jwk).ok_or_else(unsupported)?,
        algorithm: algorithm.transpose()?,
        kid: jwk.kid,
    })
}

fn pair(jwk: &PrivateJwk) -> Option<Pair> {
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("EC", Some("P-256")) => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, jwk, 32).map(Pair::P256),
        ("EC", Some("P-384")) => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, jwk, 48).map(Pair::P384),
        ("OKP", Some("Ed25519")) => {
            let (seed, public) = (bytes(&jwk.d)?, bytes(&jwk.x)?);
            Ed25519KeyPair::from_seed_and_public_key(&seed, &public)
                .ok()
                .map(Pair::Ed25519)
        }
        ("RSA", None) => rsa(jwk).map(Pair::Rsa),
        _ => None,
    }
}

fn ecdsa(
    algorithm: &'static EcdsaSigningAlgorithm,
    jwk: &PrivateJwk,
    length: usize,
) -> Option<EcdsaKeyPair> {
    let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
    if x.len() != length || y.len() != length {
        return None;
    }
    let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
    crypto::ecdsa::from_numbers(algorithm, &bytes(&jwk.d)?, &point)
}

fn rsa(jwk: &PrivateJwk) -> Option<RsaKeyPair> {
    let (n, e) = (bytes(&jwk.n)?, bytes(&jwk.e)?);
    let (d, p, q) = (bytes(&jwk.d)?, bytes(&jwk.p)?, bytes(&jwk.q)?);
    let (dp, dq, qi) = (bytes(&jwk.dp)?, bytes(&jwk.dq)?, bytes(&jwk.qi)?);
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: PublicKeyComponents {
            n: n.as_slice(),
            e: e.as_slice(),
        },
        d: d.as_slice(),
        p: p.as_slice(),
        q: q.as_slice(),
        dP: dp.as_slice(),
        dQ: dq.as_slice(),
        qInv: qi.as_slice(),
    })
    .ok()
}

fn bytes(member: &Option<Member>) -> Option<Zeroizing<Vec<u8>>> {
    let text = member.as_ref()?.0.expose();
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(text).ok()?;
    Some(Zeroizing::new(bytes))
}
