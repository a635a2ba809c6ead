//! A refresh that brought no tokens: what is remembered of it, logged and told.

use std::sync::Arc;
use std::time::Duration;

use relying_party::RefreshError;

use super::failure::{Failure, Revalidation, Verdict};
use super::family::{Family, Flown};
use crate::components::Components;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::log_limit::limited;
use crate::session::access_token::Target;
use crate::session::token::StoredToken;

/// How long each session waits after the provider did not accept the client. Only an operator can help,
/// and many providers lock a client that keeps coming with a wrong secret.
const CLIENT_REFUSED_FOR: Duration = Duration::from_secs(10);

/// The provider refused what was asked for, or the refresh token.
pub(super) struct Refusal(RefreshError);

impl Refusal {
    /// What it means has become clear.
    pub(super) fn fail(
        &self,
        shared: &Components,
        family: &Family,
        target: &Target,
        failure: Failure,
    ) -> Flown {
        if failure == Failure::Ended {
            return Err(failure);
        }
        log(shared, self.0.error(), failure);
        failed(shared, family, target, failure, failure.reason())
    }
}

/// What a failed token request leads to. A refusal is returned as the outer error.
pub(super) fn fail(
    shared: &Arc<Components>,
    family: &Family,
    target: &Target,
    refresh_error: &RefreshError,
) -> Result<Flown, Refusal> {
    let error = refresh_error.error();
    if error.breaks_continuity() {
        end(shared, family, refresh_error);
        return Ok(Err(Failure::Ended));
    }
    let session_id = {
        let mut state = family.state();
        if let Some(refresh_token) = refresh_error.refresh_token() {
            let refresh_token = StoredToken::new(refresh_token);
            state.keep_refresh_token(refresh_token, &shared.persistence.lifetimes, shared.now());
        }
        state.newest.frame.session_id
    };
    let verdict = Verdict::of(error, target);
    let failure = match verdict {
        Verdict::Blocked if shared.families.blocked().blocked(session_id, shared.now()) => {
            Failure::Blocked
        }
        Verdict::Blocked => Failure::after(error, Revalidation::Unavailable),
        Verdict::Later(revalidation) => Failure::after(error, revalidation),
        Verdict::ClientRefused(revalidation) => {
            Failure::after(error, revalidation).for_at_least(CLIENT_REFUSED_FOR)
        }
        Verdict::Denied => Failure::Denied,
        Verdict::Interaction if target.is_default() => Failure::SignInRequired,
        Verdict::Interaction => Failure::InteractionRequired,
        Verdict::Refused => Failure::SignInRequired,
    };
    // No answer is none of another kind, and neither is a request that was not sent.
    let is_answered =
        error.may_have_been_sent() && error.kind() != relying_party::ErrorKind::Transport;
    if verdict != Verdict::Blocked && is_answered {
        shared.families.blocked().answered(session_id);
    }
    match verdict {
        Verdict::Refused => return Err(Refusal(refresh_error.clone())),
        Verdict::ClientRefused(_) => limited!(
            error,
            shared,
            ("refresh", error.code()),
            %error,
            code = error.code(),
            "the provider does not accept this client at a refresh: no session gets new tokens \
             until its registration or its credentials are corrected"
        ),
        _ => log(shared, error, failure),
    }
    Ok(failed(shared, family, target, failure, failure.reason()))
}

fn log(shared: &Components, error: &relying_party::Error, failure: Failure) {
    limited!(
        warn,
        shared,
        ("refresh", error.code()),
        %error,
        code = error.code(),
        outcome = failure.code(),
        "a refresh failed"
    );
}

/// Ends the session of a refresh that brought another user's ID token, or another sign-in's, and
/// revokes what is left: the refresh token that just came, or else the one that was sent.
fn end(shared: &Arc<Components>, family: &Family, refresh_error: &RefreshError) {
    let error = refresh_error.error();
    limited!(
        error,
        shared,
        ("refresh", error.code()),
        %error,
        code = error.code(),
        "a refresh brought an ID token of another user or sign-in: the session is ended"
    );
    let newest = {
        let mut state = family.state();
        if let Some(refresh_token) = refresh_error.refresh_token_to_revoke() {
            let refresh_token = StoredToken::new(refresh_token);
            state.keep_refresh_token(refresh_token, &shared.persistence.lifetimes, shared.now());
        }
        state.end();
        Arc::clone(&state.newest)
    };
    let reason = AuthEventReason::Error(error.code());
    shared.bury(&newest, AuthEventKind::SessionEnded, Some(reason));
    // It waits until this refresh has given the token free.
    let family = shared.families.existing(newest.frame.session_id);
    let revocation = shared.families.start_revocation(shared, family, &newest);
    drop(revocation);
}

/// Remembers the failure for those who come next, and tells the application.
pub(super) fn failed(
    shared: &Components,
    family: &Family,
    target: &Target,
    failure: Failure,
    reason: AuthEventReason,
) -> Flown {
    let newest = {
        let mut state = family.state();
        state.remember(target.clone(), failure, shared.now());
        Arc::clone(&state.newest)
    };
    shared
        .events
        .emit(AuthEventKind::RefreshFailed, Some(&newest), Some(reason));
    Err(failure)
}
