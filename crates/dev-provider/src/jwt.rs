//! JSON Web Tokens (RFC 7519) in the compact form of RFC 7515 section 7.1.

use base64_simd::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::keys::{SigningKey, SigningKeys};

/// A signed token with this `typ` (RFC 7515 section 4.1.9).
pub(crate) fn signed(key: &SigningKey, typ: &str, claims: &Map<String, Value>) -> String {
    let input = signing_input(&header(key, typ), claims);
    let signature = key.sign(input.as_bytes());
    with_signature(&input, &signature)
}

pub(crate) fn header(key: &SigningKey, typ: &str) -> Map<String, Value> {
    Map::from_iter([
        ("alg".to_owned(), json!(key.algorithm.as_str())),
        ("typ".to_owned(), json!(typ)),
        ("kid".to_owned(), json!(key.kid)),
    ])
}

/// The part `header.payload`, which is signed.
pub(crate) fn signing_input(header: &Map<String, Value>, payload: &Map<String, Value>) -> String {
    format!("{}.{}", encode(header), encode(payload))
}

pub(crate) fn with_signature(signing_input: &str, signature: &[u8]) -> String {
    format!(
        "{signing_input}.{}",
        URL_SAFE_NO_PAD.encode_to_string(signature)
    )
}

/// The claims of a token that one of `keys` signed, even if it has expired.
pub(crate) fn verified_claims(token: &str, keys: &SigningKeys) -> Option<Map<String, Value>> {
    let jwt = Jwt::parse(token)?;
    let key = keys.find(jwt.header.get("kid")?.as_str()?)?;
    if jwt.header.get("alg")?.as_str()? != key.algorithm.as_str() {
        return None;
    }
    key.verifies(jwt.signing_input.as_bytes(), &jwt.signature)
        .then_some(jwt.claims)
}

/// The parts of a token whose signature has not been verified.
pub(crate) struct Jwt<'a> {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) signing_input: &'a str,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        let (signing_input, signature) = token.rsplit_once('.')?;
        let (header, claims) = signing_input.split_once('.')?;
        Some(Self {
            header: decode(header)?,
            claims: decode(claims)?,
            signing_input,
            signature: URL_SAFE_NO_PAD.decode_to_vec(signature).ok()?,
        })
    }
}

fn encode(part: &Map<String, Value>) -> String {
    let json = Value::Object(part.clone()).to_string();
    URL_SAFE_NO_PAD.encode_to_string(json)
}

fn decode(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode_to_vec(part).ok()?).ok()
}
