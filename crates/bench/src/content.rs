//! Sessions of any size: about one half of the content are the user's groups, with random ids, and the other one is
//! an opaque access token. The layer leaves out nothing of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::fixture::Fixture;

/// The smallest session that can be made, in bytes of content.
pub(crate) const MIN: usize = 512;

const ISSUED_AT: u64 = 1_795_000_000;

/// How many bytes a group takes in the claims: a GUID, two quotes and a comma.
const GROUP: usize = 36 + 3;

/// A session of this size: claims, tokens and scopes together have this many bytes.
pub(crate) fn fixture(bytes: usize) -> Fixture {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut fixture = Fixture {
        name: format!("{bytes} bytes"),
        id_token: String::new(),
        access_token: String::new(),
        refresh_token: random.text(43),
        expires_at: ISSUED_AT + 86_400 * 3,
        scope: "openid profile offline_access".to_owned(),
        claims: claims(),
        access_tokens: BTreeMap::new(),
    };
    let groups = bytes.saturating_sub(MIN) / 2 / GROUP;
    let groups: Vec<_> = (0..groups).map(|_| random.guid()).collect();
    if !groups.is_empty() {
        fixture.claims["groups"] = json!(groups);
    }
    let rest = bytes.saturating_sub(length(&fixture));
    fixture.access_token = random.text(rest);
    fixture
}

/// The bytes of claims, tokens and scopes.
pub(crate) fn length(fixture: &Fixture) -> usize {
    let claims = fixture.claims.to_string();
    [
        &claims,
        &fixture.access_token,
        &fixture.refresh_token,
        &fixture.scope,
    ]
    .map(String::len)
    .iter()
    .sum()
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example",
        "sub": "8f14e45f-ceea-467f-a6c4-1d0b6c7c2f3e",
        "aud": "client-id",
        "exp": ISSUED_AT + 3_600,
        "iat": ISSUED_AT,
        "name": "Ada Lovelace",
        "email": "ada.lovelace@mail.example",
        "email_verified": true,
    })
}

/// Random texts, the same ones in each run (xorshift64*).
struct Random(u64);

impl Random {
    fn guid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        let parts = [high >> 48, high >> 32, high >> 16, low >> 48];
        let [a, b, c, d] = parts.map(|it| it & 0xffff);
        format!(
            "{:08x}-{a:04x}-{b:04x}-{c:04x}-{d:04x}{:08x}",
            high as u32, low as u32
        )
    }

    /// Characters of base64url.
    fn text(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let character = |_| char::from(ALPHABET[(self.next() >> 58) as usize]);
        (0..length).map(character).collect()
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_the_size_that_was_asked_for() {
        for bytes in [MIN, 1_000, 4_096, 14_000] {
            assert_eq!(length(&fixture(bytes)), bytes);
        }
    }

    #[test]
    fn every_run_makes_the_same_session() {
        let (one, other) = (fixture(2_048), fixture(2_048));

        assert_eq!(one.access_token, other.access_token);
        assert_eq!(one.claims, other.claims);
    }
}
