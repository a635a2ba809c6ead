//! The claims of an access token, without verification.

use std::fmt;
use std::time::SystemTime;

use base64_simd::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize, Serializer};

use super::json_object::{InvalidClaims, JsonObject};
use super::values::{NumericDate, OneOrMany};

const MAX_BYTES: usize = 64 * 1024;

/// The claims of a JWT whose signature was **not verified**: anyone can have written them.
///
/// For an access token that came from the provider, they say what it permits, such as its scopes: for
/// display, or to decide which tokens to request. They must not decide what an incoming request may do,
/// because its sender can have written the token.
///
/// They serialize to the JSON of the token. `Debug` shows the names of the claims only.
#[derive(Clone)]
pub struct UnverifiedClaims(JsonObject);

/// Reads the claims of a JWT **without any verification**: neither of the signature, nor of issuer,
/// audience or times. `None` if the token is opaque: not a signed JWT in compact serialization (RFC
/// 7515 section 7.1) with a JSON object inside, or larger than 64 KiB.
///
/// ```
/// use relying_party::claims::decode_jwt_unverified;
///
/// let token = "eyJhbGciOiJFUzM4NCJ9.eyJzY29wZSI6InJlYWQgd3JpdGUifQ.c2ln";
/// let claims = decode_jwt_unverified(token).expect("it is a JWT");
/// assert_eq!(claims.scopes(), ["read", "write"]);
/// assert!(decode_jwt_unverified("an-opaque-token").is_none());
/// ```
#[must_use]
pub fn decode_jwt_unverified(token: &str) -> Option<UnverifiedClaims> {
    #[derive(Deserialize)]
    struct Header {
        #[serde(rename = "alg")]
        _alg: String,
        cty: Option<IgnoredAny>,
    }
    if token.len() > MAX_BYTES {
        return None;
    }
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    // A JWE has five parts.
    if parts.next().is_some() {
        return None;
    }
    let decode = |part: &str| URL_SAFE_NO_PAD.decode_to_vec(part).ok();
    decode(signature)?;
    let header = JsonObject::new(decode(header)?.into()).ok()?;
    let header: Header = header.deserialize().ok()?;
    // RFC 7515 section 4.1.10: `cty` says that the payload is another JWT.
    if header.cty.is_some() {
        return None;
    }
    let claims = JsonObject::new(Bytes::from(decode(payload)?)).ok()?;
    claims.members()?;
    Some(UnverifiedClaims(claims))
}

impl UnverifiedClaims {
    /// Returns the JSON of the token.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the claimed issuer of the token.
    #[must_use]
    pub fn iss(&self) -> Option<String> {
        self.get("iss")
    }

    /// Returns the subject of the token.
    #[must_use]
    pub fn sub(&self) -> Option<String> {
        self.get("sub")
    }

    /// Returns the audiences of the token.
    #[must_use]
    pub fn aud(&self) -> Vec<String> {
        self.list("aud").unwrap_or_default()
    }

    /// Returns the client that the token was issued to (RFC 9068 section 2.2).
    #[must_use]
    pub fn client_id(&self) -> Option<String> {
        self.get("client_id")
    }

    /// Returns when the token expires.
    #[must_use]
    pub fn exp(&self) -> Option<SystemTime> {
        self.get::<NumericDate>("exp")?.to_system_time()
    }

    /// Returns when the token was issued.
    #[must_use]
    pub fn iat(&self) -> Option<SystemTime> {
        self.get::<NumericDate>("iat")?.to_system_time()
    }

    /// Returns the scopes: from `scope`, separated by spaces (RFC 9068 section 2.2.3), or from `scp`,
    /// which some providers send instead. Either may be an array.
    #[must_use]
    pub fn scopes(&self) -> Vec<String> {
        let scopes = self.list("scope").or_else(|| self.list("scp"));
        let scopes = scopes.unwrap_or_default();
        let each = scopes.iter().flat_map(|it| it.split_ascii_whitespace());
        each.map(ToOwned::to_owned).collect()
    }

    /// Returns the claim `name`. `None` if it is absent, `null` or not a `T`.
    #[must_use]
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        self.0.get(name)
    }

    /// Reads all claims as a type of the application.
    ///
    /// # Errors
    ///
    /// The claims do not fit the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, InvalidClaims> {
        self.0.deserialize()
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        self.get::<OneOrMany>(name).map(|it| it.0)
    }
}

/// Writes the JSON as the provider sent it. It needs a serializer of `serde_json`.
impl Serialize for UnverifiedClaims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for UnverifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.debug_names("UnverifiedClaims", f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;

    fn jwt(header: &str, payload: &[u8]) -> String {
        let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode_to_string(part);
        format!("{}.{}.c2ln", encode(header.as_bytes()), encode(payload))
    }

    fn decode(claims: &Value) -> UnverifiedClaims {
        let token = jwt(
            r#"{"alg":"ES384","typ":"at+jwt"}"#,
            claims.to_string().as_bytes(),
        );
        decode_jwt_unverified(&token).unwrap()
    }

    #[test]
    fn the_claims_of_an_access_token_are_read() {
        let claims = decode(&json!({
            "iss": "i", "sub": "s", "aud": ["a", "b"], "client_id": "c", "exp": 2, "iat": 1,
            "org": "o",
        }));
        assert_eq!(claims.iss().as_deref(), Some("i"));
        assert_eq!(claims.sub().as_deref(), Some("s"));
        assert_eq!(claims.aud(), ["a", "b"]);
        assert_eq!(claims.client_id().as_deref(), Some("c"));
        let time = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!((claims.exp(), claims.iat()), (time(2), time(1)));
        assert_eq!(claims.get::<String>("org").as_deref(), Some("o"));
        assert_eq!(claims.deserialize::<Value>().unwrap()["org"], "o");
        assert!(claims.as_json().contains("org"));

        let claims = decode(&json!({ "iss": 7, "exp": "soon", "aud": "a" }));
        assert_eq!((claims.iss(), claims.exp()), (None, None));
        assert_eq!(claims.aud(), ["a"]);
    }

    #[test]
    fn scopes_are_read_from_scope_or_scp() {
        for (claims, expected) in [
            (json!({ "scope": "read  write" }), &["read", "write"][..]),
            (json!({ "scope": ["read", "write"] }), &["read", "write"]),
            (json!({ "scp": "read write" }), &["read", "write"]),
            (json!({ "scp": ["read"] }), &["read"]),
            (json!({ "scope": null, "scp": ["read"] }), &["read"]),
            (json!({ "scope": 7 }), &[]),
            (json!({}), &[]),
        ] {
            assert_eq!(decode(&claims).scopes(), expected, "{claims}");
        }
    }

    /// An access token may be opaque, or crafted to look like a JWT.
    #[test]
    fn a_text_that_is_not_a_signed_jwt_is_opaque() {
        let header = r#"{"alg":"ES384"}"#;
        let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(64 * 1024));
        for token in [
            String::new(),
            "opaque".to_owned(),
            "..".to_owned(),
            "a.b.c".to_owned(),
            "a.b.c.d.e".to_owned(),
            format!("{}.d.e", jwt(header, b"{}")),
            format!("{}=", jwt(header, b"{}")),
            format!("{} ", jwt(header, b"{}")),
            jwt(header, b""),
            jwt(header, b"[]"),
            jwt(header, b"[\"a\"]"),
            jwt(header, b"{"),
            jwt(header, b"{\"sub\":\"\xff\"}"),
            jwt(header, large.as_bytes()),
            jwt("{}", b"{}"),
            jwt("[\"ES384\"]", b"{}"),
            jwt(r#"{"alg":"ES384","cty":"JWT"}"#, b"{}"),
        ] {
            assert!(decode_jwt_unverified(&token).is_none(), "{token:.80}");
        }
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
        let claims = decode_jwt_unverified(&jwt(header, deep.as_bytes())).unwrap();
        assert_eq!(claims.get::<Value>("x"), None);
        assert_eq!(format!("{claims:?}"), r#"UnverifiedClaims{"x"}"#);
    }
}
