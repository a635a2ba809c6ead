//! The members of a JWK.

use serde::Deserialize;
use serde_json::Value;

/// The members of a JWK (RFC 7517 section 4, RFC 7518 section 6) that are read.
#[derive(Deserialize)]
pub(super) struct Jwk {
    pub(super) kty: String,
    #[serde(rename = "use")]
    pub(super) public_key_use: Option<String>,
    pub(super) key_ops: Option<Vec<String>>,
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
    /// Not registered: Microsoft Entra ID says with it whose tokens the key may sign.
    pub(super) issuer: Option<Value>,
    pub(super) crv: Option<String>,
    pub(super) n: Option<String>,
    pub(super) e: Option<String>,
    pub(super) x: Option<String>,
    pub(super) y: Option<String>,
}
