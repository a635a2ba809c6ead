//! One token request, from the newest refresh token to the next session.

use std::sync::Arc;
use std::time::Duration;

use relying_party::{RefreshError, RefreshRequest, SentSignal};
use tokio::time::Instant;

use super::after;
use super::failed::{Refusal, fail, failed};
use super::failure::Failure;
use super::family::{Family, Flown};
use super::in_flight::Finish;
use super::refresh_lock::{self, Locked};
use crate::components::Components;
use crate::context::user::{granted_scope, requested_scope, says_scopes};
use crate::event::{AuthEventKind, AuthEventReason};
use crate::hooks::{self, HookFailed};
use crate::log_limit::limited;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::issued_tokens::IssuedTokens;
use crate::session::shrink::{Droppable, shrink};
use crate::session::size::REMEDY;

/// A refusal that takes longer leaves no time for a second request within the coordinator's lock.
const SECOND_REQUEST_WITHIN: Duration = Duration::from_secs(5);

/// How long a refresh waits for the scopes of its new token, which it can do without.
const SCOPE_TIMEOUT: Duration = Duration::from_secs(5);

/// Waits until the session's refresh token is free, on this instance and on the others, asks, and
/// publishes what the answer changes.
///
/// What is not sent by the time that its callers leave is not sent at all: it would hold up those
/// that come later.
pub(super) async fn fly(
    shared: &Arc<Components>,
    family: &Family,
    target: &Target,
    finish: &Finish,
) -> Flown {
    let send_by = after(Instant::now(), shared.refresh.times.wait);
    let Ok(_turn) = tokio::time::timeout_at(send_by, family.turn.lock()).await else {
        return Err(Failure::internal());
    };
    let newest = Arc::clone(&family.state().newest);
    let documents = fetch_documents(shared, &newest).await;
    let held = match refresh_lock::lock(shared, &newest, send_by).await {
        Locked::Held(held) => held,
        Locked::Without => return request(shared, family, target).await,
        Locked::ByAnother => return held_by_another(shared, family, target),
    };
    let flown = match (held.token_for(shared, family, target), documents) {
        (Some(session), _) => Ok(session),
        (None, Ok(())) => request(shared, family, target).await,
        (None, Err(error)) => fail(shared, family, target, &error)
            .unwrap_or_else(|refusal| refusal.fail(shared, family, target, Failure::internal())),
    };
    let refreshed = refreshed_after(family, newest.frame.generation);
    held.unlock(shared, refreshed.as_deref(), finish.is_awaited())
        .await;
    flown
}

/// Fetches what a refresh needs of the provider's documents before its lock is taken: slow ones would use
/// up the time of the lock, and other instances could then take it while the refresh token is in flight.
async fn fetch_documents(shared: &Components, session: &Session) -> Result<(), RefreshError> {
    let is_locked = shared.refresh.coordinator.is_some();
    if !is_locked || session.body.refresh_token.is_none() {
        return Ok(());
    }
    let began = Instant::now();
    let fetched = shared.registration.relying_party.fetch_documents().await;
    fetched.map_err(|error| {
        shared.families.circuit.failed(&error, began);
        error.into()
    })
}

/// Another instance has sent the refresh token, or is about to. Sending it a second time could end
/// the grant, so its result has to be waited for.
fn held_by_another(shared: &Components, family: &Family, target: &Target) -> Flown {
    tracing::debug!("another instance is refreshing this session");
    let failure = Failure::internal();
    let mut state = family.state();
    state.remember(target.clone(), failure, shared.now());
    Err(failure)
}

/// The session after `generation`, also where a hook kept it from those who wait: the refresh token of
/// that generation is used up.
fn refreshed_after(family: &Family, generation: u64) -> Option<Arc<Session>> {
    let state = family.state();
    let is_newer = state.newest.frame.generation > generation;
    (is_newer && !state.is_ended()).then(|| Arc::clone(&state.newest))
}

async fn request(shared: &Arc<Components>, family: &Family, target: &Target) -> Flown {
    let began = Instant::now();
    let refusal = match ask(shared, family, target).await {
        Ok(flown) => return flown,
        Err(refusal) => refusal,
    };
    if target.is_default() {
        return refusal.fail(shared, family, target, Failure::SignInRequired);
    }
    // Is the refresh token refused, or only what was asked for? The default target shows it.
    let failure = if began.elapsed() > SECOND_REQUEST_WITHIN {
        Failure::internal()
    } else {
        of_default_target(shared, family).await
    };
    refusal.fail(shared, family, target, failure)
}

/// What the refusal of another target means: asks for the default target, once.
async fn of_default_target(shared: &Arc<Components>, family: &Family) -> Failure {
    let target = Target::DEFAULT;
    let remembered = family.state().remembered(&target, shared.now());
    let default = match remembered {
        Some(failure) => Err(failure),
        None => match ask(shared, family, &target).await {
            Ok(flown) => flown,
            Err(refusal) => refusal.fail(shared, family, &target, Failure::SignInRequired),
        },
    };
    match default {
        Ok(_) | Err(Failure::Denied | Failure::InteractionRequired) => Failure::InteractionRequired,
        Err(failure) => failure,
    }
}

/// Sends the newest refresh token. A refusal is returned as the outer error: what it means depends on
/// the target.
async fn ask(shared: &Arc<Components>, family: &Family, target: &Target) -> Result<Flown, Refusal> {
    let base = {
        let state = family.state();
        if state.is_ended() {
            return Ok(Err(Failure::Ended));
        }
        Arc::clone(&state.newest)
    };
    let (Some(refresh_token), Some(claims)) = (&base.body.refresh_token, base.claims()) else {
        return Ok(Err(Failure::SignInRequired));
    };
    // Sent again it would end the grant, and with it the session that took this one's place.
    if shared.families.has_spent(&base) {
        return Ok(Err(Failure::SignInRequired));
    }
    let refresh_token = refresh_token.text();
    let sent = SentSignal::new();
    let mut request = RefreshRequest::new(&refresh_token, claims).sent_signal(&sent);
    let granted = base.scopes().filter(|scopes| !scopes.is_empty());
    let granted = granted.map(|scopes| scopes.join(" "));
    if let Some(granted) = &granted {
        request = request.granted_scope(granted);
    }
    if let Some(auth_time) = base.body.authentication.time {
        request = request.auth_time(auth_time.to_system_time());
    }
    if let Some(resource) = &target.resource {
        request = request.resource(resource);
    }
    if let Some(organization) = &target.organization {
        request = request.organization_id(organization);
    }
    let answer = shared.registration.relying_party.refresh(request);
    match shared.families.circuit.call(&sent, answer).await {
        Ok(refreshed) => {
            let session_id = base.frame.session_id;
            shared.families.served(session_id, shared.now());
            if refreshed.id_token_ignored() {
                limited!(
                    warn,
                    shared,
                    ("refresh", "id_token.aud_untrusted"),
                    "a refreshed ID token is also for an audience that `trusted_audiences` \
                     (AUTH_TRUSTED_AUDIENCES) does not name: it is not used, and the session \
                     continues with its former claims"
                );
            }
            let relying_party = &shared.registration.relying_party;
            let tokens = refreshed.tokens();
            let (said, token) = (tokens.scope(), tokens.access_token());
            let scope = async {
                match granted_scope(shared, relying_party, said, token).await {
                    // What a session already knows of the default token stays (RFC 6749 section 6).
                    // Nobody asked for scopes of an organization.
                    None if needs_scope(&base, target, token) => {
                        requested_scope(relying_party).await
                    }
                    scope => scope,
                }
            };
            // The lock at the coordinator must not end before the result is stored.
            let scope = tokio::time::timeout(SCOPE_TIMEOUT, scope).await;
            let scope = scope.unwrap_or_default();
            let target = target.clone();
            let tokens = IssuedTokens::new(tokens, target, scope.as_deref(), shared.now());
            Ok(succeed(shared, family, &tokens).await)
        }
        Err(error) => fail(shared, family, target, &error),
    }
}

/// Whether nothing but the request says which scopes a new token has.
fn needs_scope(base: &Session, target: &Target, token: &str) -> bool {
    let is_known = target.is_default() && base.body.scope.is_some();
    target.organization.is_none() && !is_known && !says_scopes(token)
}

async fn succeed(shared: &Arc<Components>, family: &Family, tokens: &IssuedTokens) -> Flown {
    let target = &tokens.access_token.target;
    let refreshed = |newest: &Session| newest.refreshed(tokens, shared.now());
    let candidate = || refreshed(&family.state().newest);
    // A session that cannot be written would take the refresh token along.
    let limit = shared.persistence.max_plaintext();
    let droppable = Droppable::AllButRefreshToken;
    let fits = shrink(&candidate(), limit, droppable, shared.now()).is_some();
    let decided = if fits {
        hooks::at_refresh(shared, candidate, tokens.id_token.is_some()).await
    } else {
        limited!(
            error,
            shared,
            ("refresh", "session_too_large"),
            "a refreshed session does not fit into its cookies and keeps its old claims; {}",
            REMEDY
        );
        Err(HookFailed)
    };
    let now = shared.now();
    let mut state = family.state();
    let Ok(decided) = decided else {
        // The provider may take the old one no longer; the claims and tokens that go with it come
        // when somebody asks again.
        if let Some(refresh_token) = tokens.refresh_token.clone() {
            state.keep_refresh_token(refresh_token, &shared.persistence.lifetimes, now);
        }
        if state.is_ended() {
            return Err(Failure::Ended);
        }
        drop(state);
        let reason = if fits {
            AuthEventReason::HookFailed
        } else {
            AuthEventReason::SessionTooLarge
        };
        return failed(shared, family, target, Failure::internal(), reason);
    };
    // Not the session that the request began with: its data may have changed meanwhile.
    let successor = Arc::new(decided.applied_to(refreshed(&state.newest)));
    state.forget_failure(target);
    state.publish(Arc::clone(&successor), &shared.persistence.lifetimes, now);
    if state.is_ended() {
        // The sign-out waits for its turn and revokes the newest refresh token.
        return Err(Failure::Ended);
    }
    drop(state);
    tracing::debug!(
        generation = successor.frame.generation,
        "tokens are refreshed"
    );
    shared
        .events
        .emit(AuthEventKind::Refreshed, Some(&successor), None);
    Ok(successor)
}
