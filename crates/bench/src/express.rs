//! How many bytes express-openid-connect, which keeps its session in a cookie too, needs for the same
//! content. Computed from its source, version 3.4 (`lib/appSession.js`, `lib/crypto.js`).

use serde_json::{Value, json};

use crate::fixture::Fixture;

/// The name of its cookie.
const NAME: &str = "appSession";

/// The largest cookie that it sets, attributes included.
const MAX_COOKIE: usize = 4_096;

/// What it sets for an empty first part; only the rest of [`MAX_COOKIE`] holds a part of the value.
const EMPTY_PART: &str =
    "appSession.0=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax";

/// The bytes of all its cookies, `name=value` of each.
pub(crate) fn bytes(fixture: &Fixture) -> usize {
    let value = jwe_length(fixture.issued_at(), &content(fixture).to_string());
    let part = MAX_COOKIE - EMPTY_PART.len();
    match value.div_ceil(part) {
        1 => NAME.len() + "=".len() + value,
        parts => parts * (NAME.len() + ".0=".len()) + value,
    }
}

/// A JWE in compact form, with `dir` and A256GCM: header, no key, nonce, ciphertext and tag, each in
/// base64url, with a dot between them (RFC 7516 section 7.1).
fn jwe_length(issued_at: u64, plaintext: &str) -> usize {
    let header = json!({
        "alg": "dir", "enc": "A256GCM", "iat": issued_at, "uat": issued_at, "exp": issued_at + 86_400,
    });
    let header = header.to_string();
    let parts = [header.len(), 0, 12, plaintext.len(), 16];
    let dots = parts.len() - 1;
    parts.map(base64url_length).iter().sum::<usize>() + dots
}

const fn base64url_length(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// The members that it writes at a sign-in. It has no place for granted scopes, which are left out, nor for
/// tokens for other resources, which an application adds as a member. A session without an ID token keeps
/// its claims.
fn content(fixture: &Fixture) -> Value {
    let mut session = json!({
        "access_token": fixture.access_token,
        "token_type": "Bearer",
        "expires_at": fixture.expires_at,
    });
    if !fixture.refresh_token.is_empty() {
        session["refresh_token"] = json!(fixture.refresh_token);
    }
    match fixture.id_token.as_str() {
        "" => session["claims"] = fixture.claims.clone(),
        id_token => session["id_token"] = json!(id_token),
    }
    if let Some(sid) = fixture.claims.get("sid") {
        session["sid"] = sid.clone();
    }
    if !fixture.access_tokens.is_empty() {
        let entries = fixture.access_tokens.iter().map(|(resource, it)| {
            let entry =
                json!({ "access_token": it.token, "scope": it.scope, "expires_at": it.expires_at });
            (resource.clone(), entry)
        });
        session["access_tokens"] = Value::Object(entries.collect());
    }
    session
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_a_compact_jwe() {
        let header =
            r#"{"alg":"dir","enc":"A256GCM","iat":1795000000,"uat":1795000000,"exp":1795086400}"#;
        let encoded = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
        let text = r#"{"access_token":"x"}"#;

        let jwe = [
            encoded(header.as_bytes()),
            String::new(),
            encoded(&[0; 12]),
            encoded(text.as_bytes()),
            encoded(&[0; 16]),
        ]
        .join(".");

        assert_eq!(jwe_length(1_795_000_000, text), jwe.len());
    }
}
