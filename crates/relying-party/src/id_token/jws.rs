//! A signed JWT, taken apart before anything is believed.

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::NotASignedJwt;
use crate::json;
use crate::jwks::{KeySet, VerifiedBy};
use crate::provider::SigningAlgorithm;

const MAX_BYTES: usize = 64 * 1024;

/// A JWS in compact serialization (RFC 7515 section 7.1) whose header we accept. The signature is
/// not verified yet.
pub(crate) struct Jws<'a> {
    pub(super) text: &'a str,
    header: Header,
    signing_input: &'a str,
    pub(crate) payload: Vec<u8>,
    signature: Vec<u8>,
}

struct Header {
    algorithm: SigningAlgorithm,
    kid: Option<String>,
}

/// What is read of a header. `jwk`, `jku`, `x5c` and `x5u` are not: a token must not bring the key
/// that it is verified with.
#[derive(Deserialize)]
struct RawHeader {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<IgnoredAny>,
    crit: Option<IgnoredAny>,
}

impl<'a> Jws<'a> {
    /// Takes `text` apart. Its algorithm must be one of `allowed`; with `none` and the HMAC
    /// algorithms it cannot be.
    pub(crate) fn parse(
        text: &'a str,
        allowed: &[SigningAlgorithm],
    ) -> Result<Self, NotASignedJwt> {
        let malformed = || NotASignedJwt::Malformed;
        if text.len() > MAX_BYTES {
            return Err(NotASignedJwt::TooLarge);
        }
        if is_encrypted(text) {
            return Err(NotASignedJwt::Encrypted);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode_to_vec(part).map_err(|_| malformed());
        let payload = decode(payload)?;
        let header = decode(header)?;
        let header: RawHeader = json::object_from_slice(&header).map_err(|_| malformed())?;
        Ok(Self {
            text,
            header: header.accept(allowed)?,
            signing_input,
            payload,
            signature: decode(signature)?,
        })
    }

    /// The key that verifies the signature. `None` if none does, which a newer set of keys may.
    pub(crate) fn verified_by<'k>(&self, keys: &'k KeySet) -> Option<VerifiedBy<'k>> {
        keys.verify(
            self.header.algorithm,
            self.header.kid.as_deref(),
            self.signing_input.as_bytes(),
            &self.signature,
        )
    }

    /// Whether the header names a key, by its `kid`, that is one of these. A token without `kid` names
    /// none.
    pub(crate) fn names_one_of(&self, keys: &KeySet) -> bool {
        let kid = self.header.kid.as_deref();
        kid.is_some_and(|kid| keys.has(self.header.algorithm, kid))
    }
}

impl RawHeader {
    fn accept(self, allowed: &[SigningAlgorithm]) -> Result<Header, NotASignedJwt> {
        // RFC 7515 section 4.1.11: nothing critical is understood here. Section 4.1.10: `cty` says
        // that the payload is another JWT.
        if self.crit.is_some() || self.cty.is_some() {
            return Err(NotASignedJwt::Header);
        }
        // RFC 8725 section 3.11: a logout token or an access token is no ID token.
        let typ = self.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
        if !matches!(typ.trim_start_matches("application/"), "jwt" | "jose") {
            return Err(NotASignedJwt::Type);
        }
        let algorithm = self
            .alg
            .parse()
            .map_err(|_| NotASignedJwt::UnsupportedAlgorithm(algorithm_name(&self.alg)))?;
        if !allowed.contains(&algorithm) {
            return Err(NotASignedJwt::OtherAlgorithm(algorithm));
        }
        Ok(Header {
            algorithm,
            kid: self.kid,
        })
    }
}

/// Whether it is a JWE in compact serialization (RFC 7516 section 7.1): five parts, unless the first is
/// the header of a JWS, which has no `enc`.
fn is_encrypted(text: &str) -> bool {
    #[derive(Deserialize)]
    struct AnyHeader {
        enc: Option<IgnoredAny>,
    }
    if text.bytes().filter(|byte| *byte == b'.').count() != 4 {
        return false;
    }
    let header = text.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode_to_vec(header).ok();
    let header = header.and_then(|json| json::object_from_slice::<AnyHeader>(&json).ok());
    header.is_none_or(|header| header.enc.is_some())
}

/// The name of an algorithm, if it is one that is registered (RFC 7518 section 3.1 and later ones): other
/// text of the wire goes no further.
pub(crate) fn algorithm_name(name: &str) -> &'static str {
    const REGISTERED: [&str; 18] = [
        "none",
        "HS256",
        "HS384",
        "HS512",
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "ES256K",
        "EdDSA",
        "Ed25519",
        "Ed448",
        "ML-DSA-44",
    ];
    let known = REGISTERED.into_iter().find(|known| *known == name);
    known.unwrap_or("an algorithm of another name")
}
