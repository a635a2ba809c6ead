//! What a guard can demand of a session: each a pure function of the session and the time.

use std::time::Duration;

use super::Session;
use super::organizations::organizations;
use crate::format::codec::utf8;
use crate::format::time::UnixMillis;

impl Session {
    /// Whether the provider granted all of these scopes, which are separated by spaces, to the access token of the
    /// sign-in.
    pub(crate) fn has_scopes(&self, demanded: &str) -> bool {
        if let Some(granted) = &self.body.scope {
            let granted = utf8(granted).unwrap_or_default();
            return contains_all(demanded, |name| {
                granted.split_ascii_whitespace().any(|it| it == name)
            });
        }
        let granted = self.scopes().unwrap_or_default();
        contains_all(demanded, |name| granted.iter().any(|it| it == name))
    }

    /// Whether the ID token of the last sign-in in this browser has one of these values of `acr`, which are separated by
    /// spaces. A refresh does not change it.
    pub(crate) fn has_acr(&self, values: &str) -> bool {
        let acr = self.body.authentication.acr.as_ref();
        let acr = acr.and_then(|acr| utf8(acr).ok());
        acr.is_some_and(|acr| values.split_ascii_whitespace().any(|it| it == acr))
    }

    /// Whether the user proved who they are at most this long before `now`, at the last sign-in in this browser. A refresh
    /// does not change it. The provider's clock need not agree with ours: the time until the ID token was issued is by the
    /// one, and the time since then by the other.
    pub(crate) fn is_authenticated_within(&self, max_age: Duration, now: UnixMillis) -> bool {
        let Some(auth_time) = self.body.authentication.time else {
            return false;
        };
        let issued_at = UnixMillis::from_seconds(self.frame.id_token_issued_at);
        let before = issued_at.since(auth_time);
        let after = now.since(self.frame.created_at);
        before.saturating_add(after) <= max_age
    }

    /// Whether the claims name this organization as one of the user's.
    pub(crate) fn is_of_organization(&self, id: &str) -> bool {
        let claims = self.claims();
        claims.is_some_and(|claims| organizations(claims).iter().any(|it| it == id))
    }
}

/// Whether `has` says so of each of the names, which are separated by spaces.
fn contains_all(names: &str, has: impl Fn(&str) -> bool) -> bool {
    names.split_ascii_whitespace().all(has)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::session::body::Identity;
    use crate::session::sample;

    const CREATED: UnixMillis = UnixMillis(1_795_000_000_000);

    fn session(change: impl FnOnce(&mut Session)) -> Session {
        let sample = sample::session("token", 0, CREATED);
        let mut session = Session::new(sample.frame, sample.body.clone());
        change(&mut session);
        session
    }

    #[test]
    fn all_demanded_scopes_have_to_be_granted() {
        let session = session(|it| it.body.scope = Some(Bytes::from_static(b"openid orders:read")));

        assert!(session.has_scopes("orders:read"));
        assert!(session.has_scopes("orders:read openid"));
        for missing in [
            "orders:write",
            "orders",
            "orders:read orders:write",
            "OPENID",
        ] {
            assert!(!session.has_scopes(missing), "{missing}");
        }
    }

    #[test]
    fn a_session_without_scopes_has_none() {
        let session = session(|it| it.body.scope = None);

        assert!(!session.has_scopes("openid"));
    }

    #[test]
    fn one_of_the_demanded_acr_values_suffices() {
        let gold = session(|it| it.body.authentication.acr = Some(Bytes::from_static(b"gold")));
        let none = session(|it| it.body.authentication.acr = None);

        assert!(gold.has_acr("gold"));
        assert!(gold.has_acr("platinum gold"));
        for other in ["silver", "GOLD", "golden", "gol"] {
            assert!(!gold.has_acr(other), "{other}");
        }
        assert!(!none.has_acr("gold"));
    }

    #[test]
    fn the_age_of_a_sign_in_is_that_of_the_id_token_and_the_time_since_then() {
        // The provider's clock is an hour ahead, and the user had proved who they are a minute before.
        let issued_at = CREATED.seconds() + 3_600;
        let session = session(|it| {
            it.frame.id_token_issued_at = issued_at;
            it.body.authentication.time = Some(UnixMillis::from_seconds(issued_at - 60));
        });
        let is_met = |seconds, later| {
            let now = CREATED.plus(Duration::from_secs(later));
            session.is_authenticated_within(Duration::from_secs(seconds), now)
        };

        assert!(is_met(60, 0));
        assert!(!is_met(59, 0));
        assert!(is_met(300, 240));
        assert!(!is_met(300, 241));
    }

    #[test]
    fn a_session_without_an_auth_time_is_of_no_age() {
        let session = session(|it| it.body.authentication.time = None);

        assert!(!session.is_authenticated_within(Duration::MAX, CREATED));
    }

    #[test]
    fn an_organization_has_to_be_one_that_the_claims_name() {
        let of = |claims: &str| {
            let claims = format!(r#"{{"iss":"https://id.example","sub":"alice"{claims}}}"#);
            session(|it| it.body.identity = Identity::Claims(claims.into()))
        };

        assert!(of(r#","org_id":"acme""#).is_of_organization("acme"));
        assert!(of(r#","organizations":["globex","acme"]"#).is_of_organization("acme"));
        for claims in [
            "",
            r#","org_id":"globex""#,
            r#","org_id":7"#,
            r#","organizations":"acme""#,
        ] {
            assert!(!of(claims).is_of_organization("acme"), "{claims}");
        }
    }
}
