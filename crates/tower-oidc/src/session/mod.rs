//! The session of a signed-in user, as data: its frame and its body.

pub(crate) mod access_token;
pub(crate) mod after_refusal;
pub(crate) mod block;
pub(crate) mod body;
pub(crate) mod choice;
pub(crate) mod claims;
pub(crate) mod data;
mod demand;
pub(crate) mod edits;
mod encoding;
mod fields;
pub(crate) mod frame;
pub(crate) mod issued_tokens;
pub(crate) mod lifetime;
mod merge;
pub(crate) mod not_signed_in;
pub(crate) mod object;
pub(crate) mod organizations;
pub(crate) mod public_tokens;
pub(crate) mod reference;
pub(crate) mod room;
#[cfg(test)]
pub(crate) mod sample;
mod secret_names;
pub(crate) mod shrink;
pub(crate) mod size;
pub(crate) mod token;
pub(crate) mod unknown_fields;

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use relying_party::Claims;
use relying_party::claims::{IdentityRanges, decode_jwt_unverified};
use zeroize::Zeroizing;

use self::access_token::StoredAccessToken;
use self::after_refusal::AfterRefusal;
use self::body::{Body, Identity};
use self::frame::{Frame, ProviderRef};
use self::token::StoredToken;
use crate::format::time::UnixMillis;

/// How long after a sign-in another refusal may mean a redirect loop: a loop returns within seconds. After this
/// time the user is redirected to the sign-in again, because it may help by then.
pub(crate) const REDIRECT_LOOP_WINDOW: Duration = Duration::from_secs(20);

pub(crate) struct Session {
    pub(crate) frame: Frame,
    pub(crate) body: Body,
    claims: OnceLock<Option<Claims>>,
    /// Where `iss` and `sub` stand in the claims, if the session was read and not made here.
    identity_ranges: Option<IdentityRanges>,
    /// Whether this generation came with an ID token. It is not stored in the cookie.
    renewed_claims: bool,
}

impl Session {
    pub(crate) const fn new(frame: Frame, body: Body) -> Self {
        Self {
            frame,
            body,
            claims: OnceLock::new(),
            identity_ranges: None,
            renewed_claims: false,
        }
    }

    /// The provider at which the session began.
    pub(crate) fn provider(&self) -> ProviderRef {
        ProviderRef {
            id: self.frame.provider,
            key: self.body.provider_key.clone(),
        }
    }

    fn with_renewed_claims(mut self) -> Self {
        self.renewed_claims = true;
        self
    }

    /// Whether the provider has confirmed the claims since `former`, a session of the same sign-in. It has if
    /// this generation came with an ID token, or if its ID token is another one, because another instance
    /// refreshed the session.
    pub(crate) fn has_renewed_claims_of(&self, former: &Self) -> bool {
        self.renewed_claims || self.body.identity.claims() != former.body.identity.claims()
    }

    /// The same sign-in with another body.
    pub(crate) const fn with_body(&self, body: Body) -> Self {
        self.made_of(self.frame, body)
    }

    const fn made_of(&self, frame: Frame, body: Body) -> Self {
        let mut made = Self::new(frame, body);
        made.renewed_claims = self.renewed_claims;
        made
    }

    /// The same generation, changed at `now`. It is always later than before, even if the clock is behind
    /// that of the instance that sealed it.
    fn changed(&self, body: Body, now: UnixMillis) -> Self {
        let later = self.frame.sealed_at.plus(Duration::from_millis(1));
        self.made_of(self.frame.sealed(now.max(later)), body)
    }

    /// The refusal that led to this sign-in, if that was just before `now`.
    pub(crate) fn after_refusal(&self, now: UnixMillis) -> Option<AfterRefusal> {
        let is_recent = now.since(self.frame.created_at) < REDIRECT_LOOP_WINDOW;
        self.body.after_refusal.filter(|_| is_recent)
    }

    pub(crate) fn with_data(&self, data: Option<Bytes>, now: UnixMillis) -> Self {
        let mut body = self.body.clone();
        body.data = data;
        self.changed(body, now)
    }

    /// The same version of the session, with an access token that its cookies had no room for.
    pub(crate) fn with_access_token(&self, token: StoredAccessToken) -> Self {
        let mut body = self.body.clone();
        body.put_access_token(token);
        let mut with_token = self.with_body(body);
        with_token.identity_ranges.clone_from(&self.identity_ranges);
        with_token
    }

    pub(crate) fn without_access_tokens(&self, now: UnixMillis) -> Self {
        let mut body = self.body.clone();
        // Without a refresh token, none of them could be replaced.
        if body.refresh_token.is_some() {
            body.access_tokens.clear();
        }
        self.changed(body, now)
    }

    /// The same without this access token; `None` if it is not there.
    pub(crate) fn without_access_token(&self, text: &str, now: UnixMillis) -> Option<Self> {
        let is_other = |token: &StoredAccessToken| token.token.text().as_str() != text;
        if self.body.access_tokens.iter().all(is_other) {
            return None;
        }
        let mut body = self.body.clone();
        body.access_tokens.retain(|token| is_other(token));
        Some(self.changed(body, now))
    }

    /// Whether the ID token has an expiry that is not after `time`. `false` without an ID token.
    pub(crate) fn id_token_expires_by(&self, time: UnixMillis) -> bool {
        let claims = self.id_token().and_then(|it| decode_jwt_unverified(&it));
        let expiry = claims.and_then(|claims| claims.exp());
        expiry.is_some_and(|expiry| UnixMillis::of(expiry) <= time)
    }

    /// The ID token, whether the claims are read from it or it is stored for `id_token_hint` alone.
    pub(crate) fn id_token(&self) -> Option<Zeroizing<String>> {
        match &self.body.identity {
            Identity::IdToken(id_token) => Some(id_token.text()),
            Identity::Claims(_) => self.body.id_token_hint.as_ref().map(StoredToken::text),
        }
    }
}
