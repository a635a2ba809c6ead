//! What a token response contained, and the sessions that come from it.

use std::time::Duration;

use bytes::Bytes;
use relying_party::{Claims, TokenSet};

use super::Session;
use super::access_token::{AccessTokens, StoredAccessToken, Target};
use super::after_refusal::AfterRefusal;
use super::body::{Authentication, Body, Identity, sid_of};
use super::frame::ProviderRef;
use super::frame::{Frame, SessionId};
use super::token::StoredToken;
use super::unknown_fields::UnknownFields;
use crate::format::time::UnixMillis;

/// The tokens of one token response, in the form in which a session stores them.
#[derive(Clone)]
pub(crate) struct IssuedTokens {
    /// The access token and what it is for.
    pub(crate) access_token: StoredAccessToken,
    /// `None` if the former one stays valid (RFC 6749 section 6), or there is none.
    pub(crate) refresh_token: Option<StoredToken>,
    /// `None` if a refresh brought none (OpenID Connect Core 1.0 section 12.2).
    pub(crate) id_token: Option<StoredToken>,
    /// The scopes of the access token, separated by spaces, if they are known.
    pub(crate) scope: Option<Bytes>,
}

impl IssuedTokens {
    /// The tokens that the provider issued for `target`, received at `now`.
    pub(crate) fn new(
        tokens: &TokenSet,
        target: Target,
        scope: Option<&str>,
        now: UnixMillis,
    ) -> Self {
        let access_token =
            StoredAccessToken::new(target, tokens.access_token(), tokens.expires_at());
        let id_token = tokens.id_token();
        Self {
            access_token: access_token.received_at(now),
            refresh_token: tokens.refresh_token().map(StoredToken::new),
            id_token: id_token.map(|id_token| StoredToken::new(id_token.as_str())),
            scope: scope.map(|scope| Bytes::copy_from_slice(scope.as_bytes())),
        }
    }
}

/// The parts of a new session that are not tokens.
pub(crate) struct NewSignIn<'a> {
    pub(crate) session_id: SessionId,
    pub(crate) provider: ProviderRef,
    /// The claims of the ID token.
    pub(crate) claims: &'a Claims,
    /// Claims of the UserInfo response that the ID token lacks.
    pub(crate) user_info: Option<Bytes>,
    /// The refusal that led to the sign-in.
    pub(crate) after_refusal: Option<AfterRefusal>,
    /// How long a session may live, as configured.
    pub(crate) absolute_lifetime: Duration,
}

/// The end that the provider set is in the past, or is not a time.
#[derive(Debug)]
pub(crate) struct InvalidSessionExpiry;

impl Session {
    /// The first generation of a sign-in.
    pub(crate) fn new_sign_in(
        tokens: IssuedTokens,
        sign_in: NewSignIn<'_>,
        now: UnixMillis,
    ) -> Result<Self, InvalidSessionExpiry> {
        let claims = sign_in.claims;
        let configured_end = now.plus(sign_in.absolute_lifetime);
        let frame = Frame {
            session_id: sign_in.session_id,
            provider: sign_in.provider.id,
            generation: 0,
            created_at: now,
            sealed_at: now,
            not_after: provider_end(claims, now)?
                .map_or(configured_end, |end| end.min(configured_end)),
            id_token_issued_at: claims.iat().map_or(0, |iat| UnixMillis::of(iat).seconds()),
        };
        let identity = match tokens.id_token {
            Some(id_token) => Identity::IdToken(id_token),
            None => Identity::Claims(Bytes::copy_from_slice(claims.as_json().as_bytes())),
        };
        let body = Body {
            identity,
            refresh_token: tokens.refresh_token,
            access_tokens: AccessTokens::from_buf([tokens.access_token]),
            scope: tokens.scope,
            user_info: sign_in.user_info,
            added: None,
            data: None,
            refreshed_at: None,
            after_refusal: sign_in.after_refusal,
            authentication: Authentication::from_claims(claims),
            id_token_hint: None,
            provider_key: sign_in.provider.key,
            sid: sid_of(claims),
            unknown: UnknownFields::default(),
        };
        Ok(Self::new(frame, body))
    }

    /// The next generation. Values that the provider did not send are unchanged (RFC 6749 section 6, OpenID
    /// Connect Core 1.0 section 12.2).
    pub(crate) fn refreshed(&self, tokens: &IssuedTokens, now: UnixMillis) -> Self {
        let mut body = self.body.clone();
        if let Some(refresh_token) = &tokens.refresh_token {
            body.refresh_token = Some(refresh_token.clone());
        }
        if let Some(id_token) = &tokens.id_token {
            body.identity = Identity::IdToken(id_token.clone());
            body.id_token_hint = None;
            body.forget_added_claims();
        }
        let mut access_token = tokens.access_token.clone();
        if !access_token.target.is_default() {
            access_token.scope.clone_from(&tokens.scope);
        } else if tokens.scope.is_some() {
            body.scope.clone_from(&tokens.scope);
        }
        body.put_access_token(access_token);
        body.refreshed_at = Some(now);
        // The provider may issue one token for a page and refuse another, so a refresh does not reset this.
        body.after_refusal = self.after_refusal(now);
        let session = Self::new(self.frame.next(now), body);
        match tokens.id_token.is_some() {
            true => session.with_renewed_claims(),
            false => session,
        }
    }

    /// The next generation, with another refresh token and no other change.
    pub(crate) fn with_refresh_token(&self, refresh_token: StoredToken, now: UnixMillis) -> Self {
        let mut body = self.body.clone();
        body.refresh_token = Some(refresh_token);
        Self::new(self.frame.next(now), body)
    }
}

/// The end that the provider set (`session_expiry`), as an upper limit. A value that is in the past or not a
/// number is an error: if it counted as absent, the session would last longer than the provider allows.
fn provider_end(
    claims: &Claims,
    now: UnixMillis,
) -> Result<Option<UnixMillis>, InvalidSessionExpiry> {
    let Some(expiry) = claims.get::<serde_json::Value>("session_expiry") else {
        return Ok(None);
    };
    let whole_seconds = |seconds| {
        let duration = Duration::try_from_secs_f64(seconds).ok()?;
        Some(duration.as_secs())
    };
    // The end of a session does not need fractions of a second.
    let seconds = expiry.as_u64().or_else(|| whole_seconds(expiry.as_f64()?));
    match seconds.map(UnixMillis::from_seconds) {
        Some(end) if end > now => Ok(Some(end)),
        _ => Err(InvalidSessionExpiry),
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::ProviderId;
    use super::super::sample;
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const DAY: Duration = Duration::from_secs(86_400);
    const LATER: UnixMillis = UnixMillis(NOW.0 + 60_000);

    fn signed_in(claims: &str) -> Option<Session> {
        let claims = Claims::from_json(claims.to_owned().into()).unwrap();
        let sign_in = NewSignIn {
            session_id: SessionId([1; 12]),
            provider: ProviderRef::registered(ProviderId([2; 8])),
            claims: &claims,
            user_info: None,
            after_refusal: None,
            absolute_lifetime: DAY,
        };
        Session::new_sign_in(sample::issued_tokens("access"), sign_in, NOW).ok()
    }

    #[test]
    fn the_provider_may_end_a_session_earlier_than_configured() {
        let end = |claims| signed_in(claims).map(|it| it.frame.not_after);

        assert_eq!(end(r#"{"sub":"a"}"#), Some(NOW.plus(DAY)));
        assert_eq!(
            end(r#"{"sub":"a","session_expiry":1795000060}"#),
            Some(LATER)
        );
        assert_eq!(
            end(r#"{"sub":"a","session_expiry":1795000060.9}"#),
            Some(LATER)
        );
        assert_eq!(
            end(r#"{"sub":"a","session_expiry":9999999999}"#),
            Some(NOW.plus(DAY))
        );
        for invalid in [
            r#"{"sub":"a","session_expiry":1795000000}"#,
            r#"{"sub":"a","session_expiry":-1}"#,
            r#"{"sub":"a","session_expiry":"1795000060"}"#,
        ] {
            assert!(end(invalid).is_none(), "{invalid}");
        }
    }

    #[test]
    fn what_a_refresh_does_not_bring_is_unchanged() {
        let before = signed_in(r#"{"sub":"alice"}"#).unwrap();
        let mut tokens = sample::issued_tokens("newer");
        tokens.scope = None;

        let after = before.refreshed(&tokens, LATER);

        assert_eq!(after.frame.generation, 1);
        assert_eq!(after.body.scope.as_deref(), Some(&b"openid"[..]));
        assert_eq!(after.body.identity.claims(), before.body.identity.claims());
        assert!(!after.has_renewed_claims_of(&before));
        assert_eq!(after.body.refreshed_at, Some(LATER));
        let token = after.body.access_token(&Target::DEFAULT).unwrap();
        assert_eq!(token.token.text().as_str(), "newer");
        assert_eq!(after.body.access_tokens.len(), 1);
    }

    #[test]
    fn the_scopes_of_another_target_belong_to_its_token_alone() {
        let before = signed_in(r#"{"sub":"alice"}"#).unwrap();
        let mut tokens = sample::issued_tokens("api");
        tokens.access_token.target.resource = Some("https://api.example".to_owned());
        tokens.scope = Some(Bytes::from_static(b"read"));

        let after = before.refreshed(&tokens, LATER);

        assert_eq!(after.body.scope.as_deref(), Some(&b"openid"[..]));
        let token = after.body.access_token(&tokens.access_token.target);
        assert_eq!(token.unwrap().scope.as_deref(), Some(&b"read"[..]));
    }

    #[test]
    fn a_new_id_token_replaces_the_claims_and_those_that_a_hook_added() {
        let before = signed_in(r#"{"sub":"alice"}"#).unwrap();
        let mut body = before.body.clone();
        body.user_info = Some(r#"{"role":"admin","name":"Alice"}"#.into());
        body.added = Some(r#"["role"]"#.into());
        let before = before.with_body(body);
        let mut tokens = sample::issued_tokens("newer");
        let id_token = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhbGljZSJ9.bmV3";
        tokens.id_token = Some(StoredToken::new(id_token));

        let after = before.refreshed(&tokens, LATER);

        assert!(after.has_renewed_claims_of(&before));
        assert_eq!(after.id_token().unwrap().as_str(), id_token);
        assert_eq!(after.body.user_info.unwrap(), r#"{"name":"Alice"}"#);
        assert!(after.body.added.is_none());
    }
}
