//! The key of a revocation: a hash that names sessions, and always their issuer.

use relying_party::Claims;
use sha2::{Digest, Sha256};

use crate::session::Session;
use crate::session::frame::Frame;
use crate::session::organizations::organizations;

/// Names the sessions that a revocation ends. It is a hash, so a store knows no user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RevocationKey([u8; 32]);

impl RevocationKey {
    /// One session.
    pub(crate) fn for_session(session: &Frame) -> Self {
        Self(session.pseudonym("tower-oidc/revoked-session"))
    }

    /// The sessions of one session at the provider, as a logout token says. The entry's time says nothing.
    pub(crate) fn for_provider_session(issuer: &str, sid: &str) -> Self {
        Self::of("sid", issuer, sid)
    }

    /// The sessions of one session at the provider, as a request says that proves nothing: those that did not begin
    /// after the entry's time, in milliseconds.
    pub(crate) fn for_front_channel(issuer: &str, sid: &str) -> Self {
        Self::of("front-channel", issuer, sid)
    }

    /// A logout token. It names no session.
    pub(super) fn for_logout_token(issuer: &str, jti: &str) -> Self {
        Self::of("jti", issuer, jti)
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
    let mut keys = vec![always(RevocationKey::for_session(&session.frame))];
    let Some(claims) = session.claims() else {
        return keys;
    };
    let (issuer, sub) = (claims.iss(), claims.sub());
    let began = |key| SessionKey {
        key,
        ends_from: session.frame.created_at.0,
    };
    for sid in provider_sessions(session, claims) {
        keys.push(always(RevocationKey::for_provider_session(issuer, sid)));
        keys.push(began(RevocationKey::for_front_channel(issuer, sid)));
    }
    keys.push(SessionKey {
        key: RevocationKey::for_user_at_provider(issuer, sub),
        ends_from: session.frame.id_token_issued_at,
    });
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::format::time::UnixMillis;
    use crate::session::body::Identity;
    use crate::session::frame::Frame;
    use crate::session::sample;

    const ISSUER: &str = "https://id.example";
    const OTHER: &str = "https://other.example";
    const CREATED: u64 = 1_795_000_000_000;
    const ISSUED: u64 = 1_795_000_030;

    /// Alice's session, with these claims beside `iss` and `sub`.
    fn session(claims: &str) -> Session {
        let sample = sample::session("token", 0, UnixMillis(CREATED));
        let frame = Frame {
            id_token_issued_at: ISSUED,
            ..sample.frame
        };
        let mut body = sample.body.clone();
        let claims = format!(r#"{{"iss":"{ISSUER}","sub":"alice"{claims}}}"#);
        body.identity = Identity::Claims(claims.into());
        body.sid = Some(Bytes::from_static(b"sid-of-sign-in"));
        Session::new(frame, body)
    }

    fn is_ended(session: &Session, key: RevocationKey, time: u64) -> bool {
        let keys = keys_of(session);
        keys.iter().any(|it| it.key == key && it.is_ended_by(time))
    }

    #[test]
    fn a_session_is_ended_by_what_names_it_from_its_own_time_on() {
        type Key = RevocationKey;
        let session = session(r#","org_id":"acme","organizations":["acme","globex"]"#);
        let cases = [
            ("session", Key::for_session(&session.frame), 0),
            (
                "sid",
                Key::for_provider_session(ISSUER, "sid-of-sign-in"),
                0,
            ),
            (
                "front-channel",
                Key::for_front_channel(ISSUER, "sid-of-sign-in"),
                CREATED,
            ),
            (
                "sub at provider",
                Key::for_user_at_provider(ISSUER, "alice"),
                ISSUED,
            ),
            ("sub", Key::for_user(ISSUER, "alice"), CREATED),
            ("issuer", Key::for_issuer(ISSUER), CREATED),
            (
                "organization",
                Key::for_organization(ISSUER, "acme"),
                CREATED,
            ),
            (
                "listed one",
                Key::for_organization(ISSUER, "globex"),
                CREATED,
            ),
        ];

        for (name, key, from) in cases {
            assert!(is_ended(&session, key, from), "{name}: a tie");
            assert!(is_ended(&session, key, from + 1), "{name}: later");
            if from > 0 {
                assert!(!is_ended(&session, key, from - 1), "{name}: earlier");
            }
        }
        assert_eq!(keys_of(&session).len(), cases.len());
    }

    #[test]
    fn equal_names_at_another_issuer_and_other_names_end_nothing() {
        type Key = RevocationKey;
        let session = session(r#","org_id":"acme""#);
        let other = sample::numbered(2, "token", 0, UnixMillis(CREATED));
        let keys = [
            Key::for_session(&other.frame),
            Key::for_provider_session(OTHER, "sid-of-sign-in"),
            Key::for_front_channel(OTHER, "sid-of-sign-in"),
            Key::for_user_at_provider(OTHER, "alice"),
            Key::for_user(OTHER, "alice"),
            Key::for_issuer(OTHER),
            Key::for_organization(OTHER, "acme"),
            Key::for_provider_session(ISSUER, "alice"),
            Key::for_user(ISSUER, "acme"),
            Key::for_user(ISSUER, "bob"),
            Key::for_organization(ISSUER, "alice"),
            // The border between the two parts counts.
            Key::for_user("https://id.example1", "2"),
            Key::for_user("https://id.example", "12"),
        ];

        for (number, key) in keys.into_iter().enumerate() {
            assert!(!is_ended(&session, key, u64::MAX), "{number}");
        }
        let different: std::collections::BTreeSet<_> =
            keys.iter().map(RevocationKey::text).collect();
        assert_eq!(different.len(), keys.len());
    }

    /// A logout token may name the session of the sign-in, or what a refresh brought since.
    #[test]
    fn the_sid_of_the_sign_in_and_a_newer_one_both_end_the_session() {
        let session = session(r#","sid":"newer""#);

        for sid in ["sid-of-sign-in", "newer"] {
            let key = RevocationKey::for_provider_session(ISSUER, sid);
            assert!(is_ended(&session, key, 0), "{sid}");
        }
        // As an earlier version of this crate wrote it.
        let mut body = session.body.clone();
        body.sid = None;
        let key = RevocationKey::for_provider_session(ISSUER, "newer");
        assert!(is_ended(&session.with_body(body), key, 0));
    }

    #[test]
    fn claims_of_organizations_in_another_form_name_none() {
        let forms = [
            (r#","org_id":7,"organizations":"acme""#, 0),
            (r#","org_id":null,"organizations":{"acme":{}}"#, 0),
            (r#","organizations":["acme",7,null,{"id":"globex"}]"#, 1),
            (r#","organization_id":"acme","organizations":["acme"]"#, 1),
            (r#","urn:zitadel:iam:user:resourceowner:id":"acme""#, 1),
        ];
        let without = keys_of(&session("")).len();

        for (claims, organizations) in forms {
            let keys = keys_of(&session(claims)).len();
            assert_eq!(keys - without, organizations, "{claims}");
        }
    }

    #[test]
    fn a_key_is_43_characters_that_show_no_user() {
        let text = RevocationKey::for_user(ISSUER, "alice").text();

        assert_eq!(text.len(), 43);
        assert!(!text.contains("alice"));
    }
}
