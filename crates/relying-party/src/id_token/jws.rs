//! A signed JWT, taken apart before anything is believed.

use base64_simd::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refused;
use crate::error::Error;
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
    pub(crate) fn parse(text: &'a str, allowed: &[SigningAlgorithm]) -> Result<Self, Error> {
        let malformed = || refused("id_token.malformed", "the ID token is not a signed JWT");
        if text.len() > MAX_BYTES {
            return Err(refused(
                "id_token.too_large",
                "the ID token is larger than 64 KiB",
            ));
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode_to_vec(part).map_err(|_| malformed());
        // A JWE has five parts: its dots end up in the payload, and fail here.
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
    fn accept(self, allowed: &[SigningAlgorithm]) -> Result<Header, Error> {
        // RFC 7515 section 4.1.11: nothing critical is understood here. Section 4.1.10: `cty` says
        // that the payload is another JWT.
        if self.crit.is_some() || self.cty.is_some() {
            return Err(refused(
                "id_token.header",
                "the ID token's header has `crit` or `cty`",
            ));
        }
        // RFC 8725 section 3.11: a logout token or an access token is no ID token.
        let typ = self.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
        if !matches!(typ.trim_start_matches("application/"), "jwt" | "jose") {
            return Err(refused(
                "id_token.typ",
                "the token is of another type than an ID token",
            ));
        }
        let algorithm = self
            .alg
            .parse()
            .ok()
            .filter(|algorithm| allowed.contains(algorithm));
        let algorithm = algorithm.ok_or_else(|| {
            refused(
                "id_token.algorithm",
                "the ID token's algorithm is not allowed; `algorithms` sets those that are",
            )
        })?;
        Ok(Header {
            algorithm,
            kid: self.kid,
        })
    }
}
