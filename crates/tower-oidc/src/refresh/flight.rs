//! One token request, from the newest refresh token to the next session.

use std::sync::Arc;

use bytes::Bytes;
use relying_party::{RefreshRequest, RefreshedTokens};

use super::coordinator;
use super::failure::Failure;
use super::family::{Family, Flown};
use crate::session::Session;
use crate::session::access_token::{StoredAccessToken, Target};
use crate::session::body::Identity;
use crate::session::token::StoredToken;
use crate::shared::Shared;
use crate::time::UnixMillis;
use crate::user::granted_scope;

/// Waits for its turn, asks, and publishes what came of it.
pub(super) async fn fly(shared: &Shared, family: &Family, target: &Target) -> Flown {
    let _turn = family.turn.lock().await;
    let held = coordinator::acquire(shared, family).await;
    let flown = match held
        .as_ref()
        .and_then(|held| held.token_for(shared, family, target))
    {
        Some(session) => Ok(session),
        None => request(shared, family, target).await,
    };
    if let Some(held) = held {
        held.release(shared, flown.as_deref().ok()).await;
    }
    flown
}

async fn request(shared: &Shared, family: &Family, target: &Target) -> Flown {
    let base = {
        let state = family.state();
        if state.ended {
            return Err(Failure::Ended);
        }
        Arc::clone(&state.newest)
    };
    let (Some(refresh_token), Some(claims)) = (&base.body.refresh_token, base.claims()) else {
        return Err(Failure::SignInRequired);
    };
    let refresh_token = refresh_token.text();
    let mut request = RefreshRequest::new(&refresh_token, claims);
    if let Some(resource) = &target.resource {
        request = request.resource(resource);
    }
    if let Some(organization) = &target.organization {
        request = request.organization_id(organization);
    }
    match shared.relying_party.refresh(request).await {
        Ok(tokens) => {
            let scope = granted_scope(shared, tokens.scope(), tokens.access_token()).await;
            succeed(shared, family, target, &tokens, scope.as_deref())
        }
        Err(error) => fail(shared, family, target, &error),
    }
}

fn succeed(
    shared: &Shared,
    family: &Family,
    target: &Target,
    tokens: &RefreshedTokens,
    scope: Option<&str>,
) -> Flown {
    let now = shared.now();
    let mut state = family.state();
    // Not the session that the request began with: its data may have changed meanwhile.
    let successor = Arc::new(state.newest.refreshed(tokens, target, scope, now));
    state.forget_failure(target);
    state.publish(Arc::clone(&successor), now);
    if state.ended {
        // The sign-out waits for its turn and revokes the newest refresh token.
        return Err(Failure::Ended);
    }
    drop(state);
    tracing::debug!(
        generation = successor.frame.generation,
        "tokens are refreshed"
    );
    Ok(successor)
}

fn fail(shared: &Shared, family: &Family, target: &Target, error: &relying_party::Error) -> Flown {
    let now = shared.now();
    let mut state = family.state();
    if error.breaks_continuity() {
        tracing::error!(
            %error,
            code = error.code(),
            "a refresh brought an ID token of another user or sign-in: the session is ended"
        );
        shared.tombstones.enter(state.newest.frame.session_id, now);
        state.ended = true;
        return Err(Failure::Ended);
    }
    let failure = Failure::of(error, target);
    state.remember(target.clone(), failure, now);
    drop(state);
    tracing::warn!(%error, code = error.code(), outcome = failure.code(), "a refresh failed");
    Err(failure)
}

impl Session {
    /// The next generation. What the provider did not send stays as it was (RFC 6749 section 6,
    /// OpenID Connect Core 1.0 section 12.2).
    fn refreshed(
        &self,
        tokens: &RefreshedTokens,
        target: &Target,
        scope: Option<&str>,
        now: UnixMillis,
    ) -> Self {
        let mut frame = self.frame.sealed(now);
        frame.generation = frame.generation.saturating_add(1);
        let mut body = self.body.clone();
        if let Some(refresh_token) = tokens.refresh_token() {
            body.refresh_token = Some(StoredToken::new(refresh_token));
        }
        if let Some(id_token) = tokens.id_token() {
            body.identity = Identity::IdToken(StoredToken::new(id_token.as_str()));
        }
        let mut access_token =
            StoredAccessToken::new(target.clone(), tokens.access_token(), tokens.expires_at());
        if target.is_default() {
            if let Some(scope) = scope {
                body.scope = Some(Bytes::copy_from_slice(scope.as_bytes()));
            }
        } else {
            access_token = access_token.with_scope(scope);
        }
        body.put_access_token(access_token);
        body.refreshed_at = Some(now);
        Self::new(frame, body)
    }
}
