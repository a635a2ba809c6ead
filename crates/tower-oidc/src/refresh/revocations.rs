//! Revocations, and those that could not be sent. They wait in memory and are tried again, because a token that is
//! not revoked may stay valid at the provider for a long time.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::endpoint::{TokenKind, TokenToRevoke};
use super::pending_revocations::{PendingRevocation, Taken, TooManyWaiting};
use super::refresher::Refresher;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::runtime;
use crate::session::Session;
use crate::session::frame::ProviderRef;
use crate::session::token::StoredToken;

/// How many revocations are tried at once: as many as the relying party sends at once.
const MAX_AT_ONCE: usize = 16;

/// Each pause after a failure is twice as long as the one before, from the first to the longest. It is longer
/// if the provider asks for that.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The token was not revoked now, but a later try may succeed.
struct Later {
    retry_after: Option<Duration>,
}

/// How a round of retries ended.
enum Round {
    /// No revocation is left.
    Done,
    /// The provider answered some revocations, and others are left.
    Progress,
    /// The provider answered none of the revocations that were tried last.
    Failed { retry_after: Option<Duration> },
}

impl PendingRevocation {
    /// That of the refresh token; `None` if the session has none.
    pub(super) fn new(refresher: &Refresher, session: &Session) -> Option<Self> {
        let token = session.body.refresh_token.as_ref()?;
        let until = refresher.lifetimes.absolute_end(&session.frame);
        Some(Self::for_token(
            refresher,
            session,
            token,
            TokenKind::Refresh,
            until,
        ))
    }

    /// Those of the access tokens that have not expired.
    fn for_access_tokens(refresher: &Refresher, session: &Session) -> VecDeque<Self> {
        let now = refresher.now();
        let end = refresher.lifetimes.absolute_end(&session.frame);
        let tokens = session.body.access_tokens.iter();
        tokens
            .filter(|token| token.is_alive(now, Duration::ZERO))
            .map(|token| {
                let until = token
                    .expires_at
                    .map_or(end, |expires_at| expires_at.min(end));
                Self::for_token(refresher, session, &token.token, TokenKind::Access, until)
            })
            .collect()
    }

    fn for_token(
        refresher: &Refresher,
        session: &Session,
        token: &StoredToken,
        kind: TokenKind,
        until: UnixMillis,
    ) -> Self {
        Self {
            token: TokenToRevoke {
                at: refresher.origin.clone(),
                provider: session.provider(),
                // A copy: a session's token is a view into the session's buffer, and would keep all of it in
                // memory.
                token: StoredToken::new(&token.text()),
                kind,
            },
            until,
            event: refresher
                .events
                .event(AuthEventKind::RevocationFailed, Some(session), None),
        }
    }

    /// Asks the provider once. Returns an error if another try may succeed. If none can, logs that, emits
    /// the event, and returns `Ok`.
    async fn attempt(&self, refresher: &Refresher) -> Result<(), Later> {
        let Err(error) = refresher.endpoint.revoke(self.token.clone()).await else {
            return Ok(());
        };
        if error.is_temporary {
            limited!(
                warn,
                refresher,
                ("revocation", error.code),
                error = %error.message,
                code = error.code,
                token = self.token.kind.code(),
                "a token is not revoked now; the revocation waits and is tried again"
            );
            let retry_after = error.retry_after;
            return Err(Later { retry_after });
        }
        limited!(
            warn,
            refresher,
            ("revocation", error.code),
            error = %error.message,
            code = error.code,
            token = self.token.kind.code(),
            "a token is not revoked: it stays valid until it expires or the provider ends it"
        );
        self.give_up(refresher, AuthEventReason::Error(error.code));
        Ok(())
    }

    fn give_up(&self, refresher: &Refresher, reason: AuthEventReason) {
        refresher
            .events
            .send(&self.event.clone().with_reason(reason));
    }
}

impl Refresher {
    /// Revokes the access tokens of a session, several at a time. If the provider answers none of those, the others
    /// wait too.
    pub(super) async fn revoke_access_tokens(self: &Arc<Self>, session: &Session) {
        let mut left = PendingRevocation::for_access_tokens(self, session);
        let mut is_answered = true;
        while !left.is_empty() && is_answered {
            let count = left.len().min(MAX_AT_ONCE);
            let revocations: Vec<_> = left.drain(..count).collect();
            let attempts = revocations.iter().map(|it| it.attempt(self));
            let results = runtime::join_all(attempts).await;
            is_answered = results.iter().any(Result::is_ok);
            for (revocation, result) in revocations.into_iter().zip(results) {
                if let Err(later) = result {
                    self.wait_to_revoke(revocation, later.retry_after);
                }
            }
        }
        for revocation in left {
            self.wait_to_revoke(revocation, None);
        }
    }

    /// Revokes a refresh token now, or later if that fails but may succeed then.
    pub(super) async fn revoke(self: &Arc<Self>, revocation: PendingRevocation) {
        if let Err(later) = revocation.attempt(self).await {
            self.wait_to_revoke(revocation, later.retry_after);
        }
    }

    /// Keeps a revocation that cannot be sent now.
    pub(super) fn wait_to_revoke(
        self: &Arc<Self>,
        revocation: PendingRevocation,
        retry_after: Option<Duration>,
    ) {
        let provider = revocation.token.provider.clone();
        // Weak, so that the task does not keep a layer alive that the application has dropped.
        let refresher = self.retried_by.clone();
        let refresher = refresher.unwrap_or_else(|| Arc::downgrade(self));
        let start = || {
            let retry = retry(refresher, provider, retry_after.unwrap_or_default());
            runtime::spawn(retry)
        };
        if let Err(TooManyWaiting(revocation)) = self.memory.revocations.add(revocation, start) {
            limited!(
                warn,
                self,
                ("revocation", "too_many"),
                token = revocation.token.kind.code(),
                "a token is not revoked: too many revocations wait for the provider"
            );
            revocation.give_up(self, AuthEventReason::TooManyWaiting);
        }
        let has_new = &self.memory.has_new_revocations;
        has_new.store(true, Ordering::SeqCst);
    }

    /// Tries each waiting revocation once, several at a time for each provider. Stops at a provider that
    /// answers none of those.
    pub(super) async fn retry_revocations(&self) {
        let has_new = &self.memory.has_new_revocations;
        has_new.store(false, Ordering::SeqCst);
        let providers = self.memory.revocations.providers();
        runtime::join_all(providers.iter().map(|it| self.retry_round(it))).await;
    }

    /// How many revocations wait, for all providers.
    pub(crate) fn waiting_revocations(&self) -> usize {
        let of_sessions = self.revoked.waiting();
        self.memory
            .revocations
            .waiting()
            .saturating_add(of_sessions)
    }

    async fn retry_round(&self, provider: &ProviderRef) -> Round {
        let _task = self.memory.tasks.enter();
        let revocations = &self.memory.revocations;
        let mut left = revocations.waiting_for(provider);
        while left > 0 {
            let mut taken = revocations.take(provider, left.min(MAX_AT_ONCE));
            left = left.saturating_sub(taken.entries.len());
            if taken.entries.is_empty() {
                break;
            }
            taken.give_up_expired(self);
            let failed = taken.attempt_all(self).await;
            if let Some(retry_after) = failed {
                return Round::Failed { retry_after };
            }
        }
        match revocations.waiting_for(provider) {
            0 => Round::Done,
            _ => Round::Progress,
        }
    }
}

impl Taken<'_> {
    fn give_up_expired(&mut self, refresher: &Refresher) {
        let now = refresher.now();
        self.entries.retain(|entry| {
            let is_expired = now >= entry.until;
            // An access token that has expired is as good as revoked.
            if is_expired && entry.token.kind == TokenKind::Refresh {
                entry.give_up(refresher, AuthEventReason::SessionExpired);
            }
            !is_expired
        });
    }

    /// Tries all at once and keeps those that failed. If all failed, returns `Some` with the time that the
    /// provider asks to wait.
    async fn attempt_all(&mut self, refresher: &Refresher) -> Option<Option<Duration>> {
        let attempts = self.entries.iter().map(|entry| entry.attempt(refresher));
        let results = runtime::join_all(attempts).await;
        let has_failed = !results.is_empty() && results.iter().all(Result::is_err);
        let retry_after = results
            .iter()
            .filter_map(|result| result.as_ref().err()?.retry_after)
            .max();
        let mut results = results.iter();
        self.entries
            .retain(|_| results.next().is_some_and(Result::is_err));
        has_failed.then_some(retry_after)
    }
}

/// The task that tries the revocations of one provider again. It ends when none is left.
async fn retry(refresher: Weak<Refresher>, provider: ProviderRef, retry_after: Duration) {
    let mut pause = FIRST_PAUSE;
    let mut asked = retry_after;
    loop {
        runtime::sleep(pause.max(asked)).await;
        let Some(refresher) = refresher.upgrade() else {
            return;
        };
        (pause, asked) = match refresher.retry_round(&provider).await {
            Round::Done if refresher.memory.revocations.task_may_end(&provider) => return,
            Round::Done | Round::Progress => (FIRST_PAUSE, Duration::ZERO),
            Round::Failed { retry_after } => (
                pause.saturating_mul(2).min(LONGEST_PAUSE),
                retry_after.unwrap_or_default(),
            ),
        };
    }
}

#[cfg(test)]
mod tests;
