//! A signed JWT, parsed before its signature is verified.

use base64_simd::URL_SAFE_NO_PAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::critical::Critical;
use super::jws_error::JwsError;
use super::kind::TokenKind;
use crate::error::Error;
use crate::json;
use crate::jwks::{KeySet, VerificationKeys, VerifyingKey};
use crate::log_text::{self, SentSecrets};
use crate::provider::{CriticalHeader, SigningAlgorithm};

const MAX_BYTES: usize = 64 * 1024;

/// A JWS in compact serialization (RFC 7515 section 7.1) with an accepted header. Its signature is not
/// verified so far.
pub(crate) struct Jws<'a> {
    pub(super) text: &'a str,
    header: Header,
    critical: Critical<'a>,
    signing_input: &'a str,
    pub(crate) payload: Vec<u8>,
    signature: Vec<u8>,
}

/// What a header must contain.
#[derive(Clone, Copy)]
pub(crate) struct HeaderRules<'a> {
    /// The allowed algorithms; `none` cannot be among them.
    pub(crate) algorithms: &'a [SigningAlgorithm],
    pub(crate) typ: TypeRule<'a>,
    /// The parameters that the header may declare critical.
    pub(crate) critical: &'a [CriticalHeader],
}

/// Which `typ` a header may have (RFC 7515 section 4.1.9). Letter case and a leading `application/` are ignored.
#[derive(Clone, Copy)]
pub(crate) enum TypeRule<'a> {
    /// None, or that of any JWT. RFC 8725 section 3.11: a logout token or an access token is not an ID token.
    AnyJwt,
    /// The same, or that of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
    LogoutToken,
    /// This one.
    Exactly(&'a str),
}

struct Header {
    algorithm: SigningAlgorithm,
    kid: Option<String>,
}

/// The parameters of a header that are read. `jwk`, `jku`, `x5c` and `x5u` are not: a token must not
/// choose the key that it is verified with.
#[derive(Deserialize)]
struct RawHeader<'a> {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    cty: Option<IgnoredAny>,
    #[serde(default, borrow, deserialize_with = "present")]
    crit: Option<&'a RawValue>,
}

/// Reads a member even if it is `null`, which would otherwise count as absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl<'a> Jws<'a> {
    /// Parses `text`, whose header must follow the rules.
    pub(crate) fn parse(text: &'a str, rules: &HeaderRules<'a>) -> Result<Self, JwsError> {
        let malformed = || JwsError::Malformed;
        if text.len() > MAX_BYTES {
            return Err(JwsError::TooLarge);
        }
        if is_encrypted(text) {
            return Err(JwsError::Encrypted);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode_to_vec(part).map_err(|_| malformed());
        let payload = decode(payload)?;
        let header = decode(header)?;
        let raw: RawHeader<'_> = json::object_from_slice(&header).map_err(|_| malformed())?;
        let critical = match raw.crit {
            None => Critical::NONE,
            Some(crit) => {
                Critical::find(crit, &header, rules.critical).ok_or(JwsError::CriticalHeader)?
            }
        };
        Ok(Self {
            text,
            header: raw.accept(rules)?,
            critical,
            signing_input,
            payload,
            signature: decode(signature)?,
        })
    }

    /// Returns the key that verifies the signature. `None` if no key does; a newer set may have one.
    pub(crate) fn verified_by<'k>(&self, keys: VerificationKeys<'k>) -> Option<VerifyingKey<'k>> {
        keys.verify(
            self.header.algorithm,
            self.header.kid.as_deref(),
            self.signing_input.as_bytes(),
            &self.signature,
        )
    }

    /// Checks the parameters that the header declares critical. Call it after the verification of the
    /// signature, so that only the provider can choose the values, and before the check of the claims, because a
    /// critical parameter may change their meaning.
    pub(crate) fn check_critical(&self, token: TokenKind) -> Result<(), Error> {
        let Some(name) = self.critical.rejected() else {
            return Ok(());
        };
        let error = token.refused(
            ["id_token.crit", "logout_token.crit"],
            format!("a check that `critical_header` sets does not accept the {token}'s header"),
        );
        Err(error.with_detail(log_text::quoted(name, &SentSecrets::nothing())))
    }

    /// Returns whether the signature is an HMAC, which only the client secret may verify.
    pub(crate) fn is_hmac(&self) -> bool {
        self.header.algorithm.is_hmac()
    }

    /// Returns whether the header's `kid` is that of one of these keys. `false` without `kid`.
    pub(crate) fn has_kid_of(&self, keys: &KeySet) -> bool {
        let kid = self.header.kid.as_deref();
        kid.is_some_and(|kid| keys.has(self.header.algorithm, kid))
    }
}

impl RawHeader<'_> {
    fn accept(self, rules: &HeaderRules<'_>) -> Result<Header, JwsError> {
        // RFC 7515 section 4.1.10: `cty` says that the payload is another JWT.
        if self.cty.is_some() {
            return Err(JwsError::ContentType);
        }
        rules.typ.check(self.typ.as_deref())?;
        let algorithm = self
            .alg
            .parse()
            .map_err(|_| JwsError::UnsupportedAlgorithm(algorithm_name(&self.alg)))?;
        if !rules.algorithms.contains(&algorithm) {
            return Err(JwsError::OtherAlgorithm(algorithm));
        }
        Ok(Header {
            algorithm,
            kid: self.kid,
        })
    }
}

impl TypeRule<'_> {
    fn check(self, typ: Option<&str>) -> Result<(), JwsError> {
        let typ = typ.map(media_type);
        let is_any_jwt = matches!(
            typ.as_deref(),
            None | Some("application/jwt" | "application/jose")
        );
        match self {
            Self::Exactly(expected) if typ != Some(media_type(expected)) => {
                Err(JwsError::OtherType)
            }
            Self::AnyJwt if !is_any_jwt => Err(JwsError::Type),
            Self::LogoutToken
                if !is_any_jwt && typ.as_deref() != Some("application/logout+jwt") =>
            {
                Err(JwsError::Type)
            }
            _ => Ok(()),
        }
    }
}

/// Returns the media type that a `typ` stands for (RFC 7515 section 4.1.9), in lower case.
fn media_type(typ: &str) -> String {
    let typ = typ.to_ascii_lowercase();
    match typ.contains('/') {
        true => typ,
        false => format!("application/{typ}"),
    }
}

/// Returns whether the text is a JWE in compact serialization (RFC 7516 section 7.1): it has five
/// parts, and the first is not the header of a JWS, which has no `enc`.
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

/// Returns the name of an algorithm if it is registered (RFC 7518 section 3.1 and later standards).
/// Other text from the network is not kept.
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
