//! The key of a revocation: a hash that names sessions, and always their issuer.

use relying_party::Claims;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::session::Session;

/// The claims that name the organizations of a user: Auth0 and others, Logto, Zitadel.
const ORGANIZATION_CLAIMS: [&str; 3] = [
    "org_id",
    "organization_id",
    "urn:zitadel:iam:user:resourceowner:id",
];
const ORGANIZATIONS_CLAIM: &str = "organizations";

/// Names the sessions that a revocation ends. It is a hash, so a store knows no user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RevocationKey([u8; 32]);

impl RevocationKey {
    /// One session.
    pub(crate) fn for_session(session: &Session) -> Self {
        Self(session.frame.pseudonym("tower-oidc/revoked-session"))
    }

    /// The sessions of one session at the provider, as a logout token says. The entry's time says nothing.
    pub(crate) fn for_provider_session(issuer: &str, sid: &str) -> Self {
        Self::of("sid", issuer, sid)
    }

    /// The sessions of one session at the provider, as a request says that proves nothing. The entry's time says
    /// nothing.
    pub(crate) fn for_front_channel(issuer: &str, sid: &str) -> Self {
        Self::of("front-channel", issuer, sid)
    }

    /// The sessions of a user whose ID token was not issued after the entry's time, in seconds by the provider's
    /// clock.
    pub(crate) fn for_user_at_provider(issuer: &str, sub: &str) -> Self {
        Self::of("sub-at-provider", issuer, sub)
    }

    /// The sessions of a user that did not begin after the entry's time, in milliseconds.
    pub(crate) fn for_user(issuer: &str, sub: &str) -> Self {
        Self::of("sub", issuer, sub)
    }

    /// All sessions of an issuer that did not begin after the entry's time, in milliseconds.
    pub(crate) fn for_issuer(issuer: &str) -> Self {
        Self::of("issuer", issuer, "")
    }

    /// The sessions of an organization's users that did not begin after the entry's time, in milliseconds.
    pub(crate) fn for_organization(issuer: &str, organization: &str) -> Self {
        Self::of("organization", issuer, organization)
    }

    fn of(kind: &str, issuer: &str, value: &str) -> Self {
        let mut hash = Sha256::new();
        for part in ["tower-oidc/revocation", kind, issuer, value] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// As a store gets it: 43 characters of base64url.
    pub(crate) fn text(&self) -> String {
        base64_simd::URL_SAFE_NO_PAD.encode_to_string(self.0)
    }
}

/// A key whose entry ends a session, if the entry's time is not before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionKey {
    pub(crate) key: RevocationKey,
    pub(crate) ends_from: u64,
}

impl SessionKey {
    /// Whether an entry with this time ends the session. A tie ends it.
    pub(crate) const fn is_ended_by(&self, time: u64) -> bool {
        time >= self.ends_from
    }
}

/// All keys whose entries may end `session`.
pub(crate) fn keys_of(session: &Session) -> Vec<SessionKey> {
    let always = |key| SessionKey { key, ends_from: 0 };
    let mut keys = vec![always(RevocationKey::for_session(session))];
    let Some(claims) = session.claims() else {
        return keys;
    };
    let (issuer, sub) = (claims.iss(), claims.sub());
    for sid in provider_sessions(session, claims) {
        keys.push(always(RevocationKey::for_provider_session(issuer, sid)));
        keys.push(always(RevocationKey::for_front_channel(issuer, sid)));
    }
    keys.push(SessionKey {
        key: RevocationKey::for_user_at_provider(issuer, sub),
        ends_from: session.frame.id_token_issued_at,
    });
    let began = |key| SessionKey {
        key,
        ends_from: session.frame.created_at.0,
    };
    keys.push(began(RevocationKey::for_user(issuer, sub)));
    keys.push(began(RevocationKey::for_issuer(issuer)));
    let of_organization = |it: &String| began(RevocationKey::for_organization(issuer, it));
    keys.extend(organizations(claims).iter().map(of_organization));
    keys
}

/// The `sid` of the sign-in, and the newest one if a refresh brought another: a logout token may name either.
fn provider_sessions<'a>(
    session: &'a Session,
    claims: &'a Claims,
) -> impl Iterator<Item = &'a str> {
    let of_sign_in = session.body.sid.as_ref();
    let of_sign_in = of_sign_in.and_then(|sid| std::str::from_utf8(sid).ok());
    let newest = claims.sid().filter(|sid| Some(*sid) != of_sign_in);
    of_sign_in.into_iter().chain(newest)
}

/// The organizations that the claims name, each once.
fn organizations(claims: &Claims) -> Vec<String> {
    let named = ORGANIZATION_CLAIMS.iter();
    let mut organizations: Vec<String> = named.filter_map(|name| claims.get(name)).collect();
    let listed: Vec<Value> = claims.get(ORGANIZATIONS_CLAIM).unwrap_or_default();
    let listed = listed.iter().filter_map(Value::as_str);
    organizations.extend(listed.map(str::to_owned));
    organizations.sort_unstable();
    organizations.dedup();
    organizations
}
