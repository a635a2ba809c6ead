//! Fixture files: sessions by name, with their tokens and claims. `tests/fixtures/sessions.json` is one.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Value;
use tower_oidc::testing::TestSession;

/// One session of a fixture file.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Fixture {
    #[serde(skip)]
    pub(crate) name: String,
    /// A JWT. Empty if the session keeps claims alone.
    pub(crate) id_token: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
    pub(crate) expires_at: u64,
    pub(crate) scope: String,
    pub(crate) claims: Value,
    /// Access tokens for other resources, by resource.
    #[serde(default)]
    pub(crate) access_tokens: BTreeMap<String, ResourceToken>,
}

/// An access token for one resource.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ResourceToken {
    pub(crate) token: String,
    pub(crate) scope: String,
    pub(crate) expires_at: u64,
}

impl Fixture {
    /// The time of the sign-in, in seconds since the Unix epoch: `iat` of the claims.
    pub(crate) fn issued_at(&self) -> u64 {
        let iat = self.claims["iat"].as_u64();
        iat.unwrap_or_else(|| self.expires_at.saturating_sub(3_600))
    }

    /// What an application keeps of the session in another crate, by name. The claims are in the ID token, if there
    /// is one, and only `sub` is kept beside it: what is kept twice would count against the other crate.
    #[cfg(feature = "peers")]
    pub(crate) fn content(&self) -> Vec<(String, Value)> {
        let claims = match self.id_token.as_str() {
            "" => ("claims", self.claims.clone()),
            id_token => ("id_token", id_token.into()),
        };
        let content = [
            ("sub", self.claims["sub"].clone()),
            claims,
            ("access_token", self.access_token.as_str().into()),
            ("refresh_token", self.refresh_token.as_str().into()),
            ("scope", self.scope.as_str().into()),
            ("expires_at", self.expires_at.into()),
        ];
        let content = content.map(|(name, value)| (name.to_owned(), value));
        let more = self.access_tokens.iter();
        let more = more.map(|(resource, it)| (resource.clone(), it.token.as_str().into()));
        content.into_iter().chain(more).collect()
    }

    /// The claims of an ID token, as an application reads those of one that it verified at the sign-in.
    #[cfg(feature = "peers")]
    pub(crate) fn claims_of(id_token: &str) -> Value {
        let payload = id_token.split('.').nth(1).expect("a JWT");
        let payload = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(payload);
        serde_json::from_slice(&payload.expect("base64url")).expect("JSON")
    }

    /// The session for the layer.
    pub(crate) fn session(&self) -> TestSession {
        let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
        let session = if self.id_token.is_empty() {
            TestSession::from_claims(self.claims.to_string())
        } else {
            TestSession::from_id_token(&self.id_token)
        };
        let session = session
            .access_token(&self.access_token, at(self.expires_at))
            .scope(&self.scope);
        let session = if self.refresh_token.is_empty() {
            session
        } else {
            session.refresh_token(&self.refresh_token)
        };
        self.access_tokens
            .iter()
            .fold(session, |session, (resource, it)| {
                session.access_token_for(resource, &it.token, at(it.expires_at))
            })
    }
}

/// The sessions of a file, in the order of their names. Other members, such as `note`, are not sessions.
pub(crate) fn read(file: &str) -> Result<Vec<Fixture>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read {file}: {error}"))?;
    let members: BTreeMap<String, Value> = serde_json::from_str(&text)
        .map_err(|error| format!("{file} is no JSON object: {error}"))?;
    members
        .into_iter()
        .filter(|(_, member)| member.get("access_token").is_some())
        .map(|(name, member)| {
            let fixture: Fixture = serde_json::from_value(member)
                .map_err(|error| format!("{name} in {file} is no session: {error}"))?;
            Ok(Fixture { name, ..fixture })
        })
        .collect()
}

#[cfg(all(test, feature = "peers"))]
mod tests {
    use super::*;

    fn fixture(id_token: &str) -> Fixture {
        Fixture {
            id_token: id_token.to_owned(),
            ..crate::content::fixture(crate::content::MIN)
        }
    }

    fn has(fixture: &Fixture, name: &str) -> bool {
        fixture.content().iter().any(|(it, _)| it == name)
    }

    #[test]
    fn another_crate_keeps_the_claims_once() {
        let (with, without) = (fixture("e30.eyJzdWIiOiI3In0.c2ln"), fixture(""));

        assert!(has(&with, "id_token") && !has(&with, "claims"));
        assert!(has(&without, "claims") && !has(&without, "id_token"));
        assert_eq!(Fixture::claims_of(&with.id_token)["sub"], "7");
    }
}
