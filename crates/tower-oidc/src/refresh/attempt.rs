//! One refresh: the locks that it needs, the token request, and what the response changes.

use std::sync::Arc;
use std::time::Duration;

use super::after;
use super::coordination::Locked;
use super::endpoint::{EndpointError, HookRejection};
use super::failure::{Failure, RefreshResult};
use super::handle::SessionHandle;
use super::in_flight::Finish;
use super::refresher::Refresher;
use super::request::{self, NotIssued};
use crate::event::{AuthEventKind, AuthEventReason};
use crate::revocation::Checked;
use crate::runtime::{self, Instant};
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::issued_tokens::IssuedTokens;

/// After a refusal that took longer than this, a second request might outlast the coordinator's lock.
const SECOND_REQUEST_WITHIN: Duration = Duration::from_secs(5);

/// A refresh of one session.
pub(super) struct RefreshAttempt<'a> {
    pub(super) refresher: &'a Arc<Refresher>,
    pub(super) handle: &'a SessionHandle,
}

/// The provider refused the refresh token, or the target for which it was sent.
pub(super) struct ProviderRefusal(pub(super) Box<EndpointError>);

impl RefreshAttempt<'_> {
    /// Waits until no other request, of this instance or another, uses the session's refresh token. Then
    /// sends it, and publishes what the response changes.
    ///
    /// If the wait takes longer than the callers wait, nothing is sent: the request would only delay later
    /// ones.
    pub(super) async fn refresh_once(&self, target: &Target, finish: &Finish) -> RefreshResult {
        let send_by = after(Instant::now(), self.refresher.wait());
        let locked = runtime::timeout_at(send_by, self.handle.refresh_lock.lock()).await;
        let Some(_lock) = locked else {
            return Err(Failure::internal());
        };
        let newest = self.newest();
        let prepared = self.prepare(&newest).await;
        let held = match self.refresher.lock(&newest, send_by).await {
            Locked::Held(held) => held,
            Locked::Without => return self.request(target).await,
            Locked::ByAnother => return self.held_by_another(target),
        };
        let result = match (
            held.token_for(self.refresher, self.handle, target),
            prepared,
        ) {
            (Some(session), _) => Ok(session),
            (None, Ok(())) => self.request(target).await,
            (None, Err(error)) => self
                .fail(target, error)
                .unwrap_or_else(|refusal| self.refuse(&refusal, target, Failure::internal())),
        };
        let refreshed = self.refreshed_after(newest.frame.generation);
        held.unlock(self.refresher, refreshed.as_deref(), finish.is_awaited())
            .await;
        result
    }

    fn newest(&self) -> Arc<Session> {
        Arc::clone(&self.handle.state().newest)
    }

    /// Fetches the provider's documents that a refresh needs before its lock is taken. If they came slowly
    /// while the lock is held, it could expire, and another instance could take it while the refresh token is
    /// in flight.
    async fn prepare(&self, session: &Session) -> Result<(), EndpointError> {
        let is_locked = self.refresher.coordination.is_some();
        if !is_locked || session.body.refresh_token.is_none() {
            return Ok(());
        }
        self.refresher.endpoint.prepare(session).await
    }

    /// Fails with "later", because another instance has sent the refresh token or is about to. If this
    /// instance sent it too, the provider could end the grant.
    fn held_by_another(&self, target: &Target) -> RefreshResult {
        tracing::debug!("another instance is refreshing this session");
        let failure = Failure::internal();
        let mut state = self.handle.state();
        state.remember(target.clone(), failure, self.refresher.now());
        Err(failure)
    }

    /// The newest session, if it is newer than `generation`. It may be newer although the refresh failed: if
    /// a hook rejects a refreshed session, its refresh token is kept.
    fn refreshed_after(&self, generation: u64) -> Option<Arc<Session>> {
        let state = self.handle.state();
        let is_newer = state.newest.frame.generation > generation;
        (is_newer && !state.is_ended()).then(|| Arc::clone(&state.newest))
    }

    async fn request(&self, target: &Target) -> RefreshResult {
        let began = Instant::now();
        let refusal = match self.send(target).await {
            Ok(result) => return result,
            Err(refusal) => refusal,
        };
        if target.is_default() {
            return self.refuse(&refusal, target, Failure::SignInRequired);
        }
        // A request for the default target shows whether the refresh token is refused, or only this target.
        let failure = if began.elapsed() > SECOND_REQUEST_WITHIN {
            Failure::internal()
        } else {
            self.failure_of_default_target().await
        };
        self.refuse(&refusal, target, failure)
    }

    /// Sends a request for the default target, once, and returns what the refusal of another target means.
    async fn failure_of_default_target(&self) -> Failure {
        let target = Target::DEFAULT;
        let now = self.refresher.now();
        let remembered = self.handle.state().remembered(&target, now);
        let default = match remembered {
            Some(failure) => Err(failure),
            None => match self.send(&target).await {
                Ok(result) => result,
                Err(refusal) => self.refuse(&refusal, &target, Failure::SignInRequired),
            },
        };
        match default {
            Ok(_) | Err(Failure::Denied | Failure::InteractionRequired) => {
                Failure::InteractionRequired
            }
            Err(failure) => failure,
        }
    }

    /// Sends the newest refresh token. A refusal is returned as the outer error: what it means depends
    /// on the target.
    async fn send(&self, target: &Target) -> Result<RefreshResult, ProviderRefusal> {
        let base = {
            let state = self.handle.state();
            if state.is_ended() {
                return Ok(Err(Failure::Ended));
            }
            Arc::clone(&state.newest)
        };
        // A provider that detects reuse would end the grant, and the session that replaced this one.
        if self.refresher.memory.is_rotated(&base) {
            return Ok(Err(Failure::SignInRequired));
        }
        match self
            .refresher
            .revoked
            .check(&base, self.refresher.now())
            .await
        {
            Checked::Valid => {}
            Checked::Ended => {
                self.handle.state().end();
                return Ok(Err(Failure::Ended));
            }
            Checked::Unknown => return Ok(Err(Failure::busy())),
        }
        let session = base.frame;
        match request::send(&*self.refresher.endpoint, base, target).await {
            Ok(tokens) => {
                self.refresher.served(&session);
                Ok(self.succeed(&tokens).await)
            }
            Err(NotIssued::NotSent(failure)) => Ok(Err(failure)),
            Err(NotIssued::Failed(error)) => self.fail(target, error),
        }
    }

    async fn succeed(&self, tokens: &IssuedTokens) -> RefreshResult {
        let target = &tokens.access_token.target;
        let refreshed = |newest: &Session| newest.refreshed(tokens, self.refresher.now());
        let candidate = refreshed(&self.newest());
        let brings_id_token = tokens.id_token.is_some();
        let accepted = self.refresher.hook.accept(candidate, brings_id_token);
        // Applied to the newest session below: its data may change while the hooks decide.
        let edits = match accepted.await {
            Ok(edits) => edits,
            Err(rejection) => return self.reject(tokens, rejection),
        };
        let now = self.refresher.now();
        let mut state = self.handle.state();
        // Not the session that the request started with: its data may have changed in the meantime.
        let newer = Arc::new(edits.applied_to(refreshed(&state.newest)));
        state.forget_failure(target);
        state.publish(Arc::clone(&newer), &self.refresher.lifetimes, now);
        if state.is_ended() {
            // The sign-out waits for the lock and revokes the newest refresh token.
            return Err(Failure::Ended);
        }
        drop(state);
        tracing::debug!(generation = newer.frame.generation, "tokens are refreshed");
        let events = &self.refresher.events;
        events.emit(AuthEventKind::Refreshed, Some(&newer), None);
        Ok(newer)
    }

    /// Keeps only the refresh token, because the provider may no longer accept the old one. The next refresh
    /// brings new claims and tokens.
    fn reject(&self, tokens: &IssuedTokens, rejection: HookRejection) -> RefreshResult {
        let now = self.refresher.now();
        let mut state = self.handle.state();
        if let Some(refresh_token) = tokens.refresh_token.clone() {
            state.keep_refresh_token(refresh_token, &self.refresher.lifetimes, now);
        }
        if state.is_ended() {
            return Err(Failure::Ended);
        }
        drop(state);
        let reason = match rejection {
            HookRejection::HookFailed => AuthEventReason::HookFailed,
            HookRejection::SessionTooLarge => AuthEventReason::SessionTooLarge,
        };
        let target = &tokens.access_token.target;
        self.failed(target, Failure::internal(), reason)
    }
}
