//! What follows from a failed refresh: what is remembered, logged and reported.

use std::sync::Arc;
use std::time::Duration;

use super::attempt::{ProviderRefusal, RefreshAttempt};
use super::endpoint::{EndpointError, Verdict};
use super::failure::{Failure, RefreshResult, Revalidation};
use super::revoke_at_sign_out::RevokeAtSignOut;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::log_limit::limited;
use crate::session::access_token::Target;

/// How long each session waits after the provider did not accept the client. Only an operator can correct
/// this, and many providers lock a client that repeats a wrong secret.
const CLIENT_REFUSED_FOR: Duration = Duration::from_secs(10);

impl RefreshAttempt<'_> {
    /// Logs a refusal that means `failure`, and reports it.
    pub(super) fn refuse(
        &self,
        refusal: &ProviderRefusal,
        target: &Target,
        failure: Failure,
    ) -> RefreshResult {
        if failure == Failure::Ended {
            return Err(failure);
        }
        self.log(&refusal.0, failure);
        self.failed(target, failure, reason(failure))
    }

    /// Handles a failed token request. A refusal is returned as the outer error, because its meaning depends
    /// on the target.
    pub(super) fn fail(
        &self,
        target: &Target,
        error: EndpointError,
    ) -> Result<RefreshResult, ProviderRefusal> {
        let refresher = self.refresher;
        if error.verdict == Verdict::AnotherUser {
            self.end(error);
            return Ok(Err(Failure::Ended));
        }
        let session = {
            let mut state = self.handle.state();
            if let Some(refresh_token) = &error.refresh_token {
                let refresh_token = refresh_token.clone();
                state.keep_refresh_token(refresh_token, &refresher.lifetimes, refresher.now());
            }
            state.newest.frame
        };
        let (provider, session) = (session.provider, session.session_id);
        let now = refresher.now();
        let later = |revalidation| Failure::later(error.retry_after, revalidation);
        let failure = match error.verdict {
            Verdict::Blocked if refresher.memory.blocked().blocked(provider, session, now) => {
                Failure::Blocked
            }
            Verdict::Blocked => later(Revalidation::Unavailable),
            Verdict::Later(revalidation) => later(revalidation),
            Verdict::ClientRefused(revalidation) => {
                later(revalidation).for_at_least(CLIENT_REFUSED_FOR)
            }
            Verdict::Denied => Failure::Denied,
            Verdict::Interaction if target.is_default() => Failure::SignInRequired,
            Verdict::Interaction => Failure::InteractionRequired,
            Verdict::Refused | Verdict::AnotherUser => Failure::SignInRequired,
        };
        if error.verdict != Verdict::Blocked && error.is_answered {
            refresher.memory.blocked().answered(session);
        }
        match error.verdict {
            Verdict::Refused => return Err(ProviderRefusal(Box::new(error))),
            Verdict::ClientRefused(_) => limited!(
                error,
                refresher,
                ("refresh", error.code),
                error = %error.message,
                code = error.code,
                "the provider does not accept this client at a refresh: no session gets new tokens \
                 until its registration or its credentials are corrected"
            ),
            _ => self.log(&error, failure),
        }
        Ok(self.failed(target, failure, reason(failure)))
    }

    fn log(&self, error: &EndpointError, failure: Failure) {
        limited!(
            warn,
            self.refresher,
            ("refresh", error.code),
            error = %error.message,
            code = error.code,
            outcome = failure.code(),
            advice = self.advice(failure),
            "a refresh failed"
        );
    }

    /// What an operator may do about a refused refresh token.
    fn advice(&self, failure: Failure) -> Option<&'static str> {
        let is_alone = self.refresher.coordination.is_none();
        (is_alone && failure == Failure::SignInRequired).then_some(
            "if several instances serve this application, another one may have used the refresh token \
             before: give all of them the same refresh_coordinator",
        )
    }

    /// Ends the session of a refresh that brought the ID token of another user or another sign-in. Revokes
    /// the new refresh token, or if there is none, the one that was sent.
    fn end(&self, error: EndpointError) {
        let refresher = self.refresher;
        limited!(
            error,
            refresher,
            ("refresh", error.code),
            error = %error.message,
            code = error.code,
            "a refresh brought an ID token of another user or sign-in: the session is ended"
        );
        let newest = {
            let mut state = self.handle.state();
            if let Some(refresh_token) = error.refresh_token {
                state.keep_refresh_token(refresh_token, &refresher.lifetimes, refresher.now());
            }
            state.end();
            Arc::clone(&state.newest)
        };
        let reason = AuthEventReason::Error(error.code);
        refresher.refuse_from_now_on(&newest, AuthEventKind::SessionEnded, Some(reason));
        // The revocation waits until this refresh has released its lock.
        let handle = refresher.memory.existing(newest.frame.session_id);
        let tokens = RevokeAtSignOut::RefreshToken;
        drop(refresher.start_revocation(handle, &newest, tokens));
    }

    /// Remembers the failure for later requests, and emits an event.
    pub(super) fn failed(
        &self,
        target: &Target,
        failure: Failure,
        reason: AuthEventReason,
    ) -> RefreshResult {
        let newest = {
            let mut state = self.handle.state();
            state.remember(target.clone(), failure, self.refresher.now());
            Arc::clone(&state.newest)
        };
        let events = &self.refresher.events;
        events.emit(AuthEventKind::RefreshFailed, Some(&newest), Some(reason));
        Err(failure)
    }
}

/// Why a refresh failed, for the application.
const fn reason(failure: Failure) -> AuthEventReason {
    match failure {
        Failure::Later { .. } => AuthEventReason::Later,
        Failure::SignInRequired | Failure::Blocked => AuthEventReason::SignInRequired,
        Failure::InteractionRequired => AuthEventReason::InteractionRequired,
        Failure::Denied => AuthEventReason::Denied,
        Failure::Ended => AuthEventReason::SessionEnded,
    }
}
