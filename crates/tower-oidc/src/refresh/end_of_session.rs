//! The end of a session: its refreshed version is no longer used, and its newest tokens are revoked.

use std::sync::Arc;
use std::time::Duration;

use super::after;
use super::coordination::Locked;
use super::handle::SessionHandle;
use super::pending_revocations::PendingRevocation;
use super::refresher::Refresher;
use super::revoke_at_sign_out::RevokeAtSignOut;
use crate::log_limit::limited;
use crate::runtime::{self, Instant, Task};
use crate::session::Session;

/// How long a response waits for the revocation, which continues without it (RFC 7009 sets no limit).
const REVOCATION_WAIT: Duration = Duration::from_secs(2);

impl Refresher {
    /// Ends `session`: no request gets a newer version from now on, and the tokens that the settings name are
    /// revoked (RFC 7009), after the token request that is in flight. Waits for that for two seconds at most.
    /// What the provider cannot revoke now is tried again later.
    pub(crate) async fn end(self: &Arc<Self>, session: &Arc<Session>) {
        let tokens = self.revoke_at_sign_out;
        let handle = self.memory.existing(session.frame.session_id);
        if let Some(handle) = &handle {
            let mut state = handle.state();
            state.end();
            state.observe(session);
        }
        let has_tokens = match tokens {
            RevokeAtSignOut::Nothing => false,
            RevokeAtSignOut::RefreshToken => session.body.refresh_token.is_some(),
            RevokeAtSignOut::AllTokens => true,
        };
        if !has_tokens {
            return;
        }
        let revocation = self.start_revocation(handle, session, tokens);
        if runtime::timeout(REVOCATION_WAIT, revocation)
            .await
            .is_none()
        {
            limited!(
                warn,
                self,
                ("revocation", "unanswered"),
                "the provider has not answered the revocation yet; the response continues without it"
            );
        }
    }

    /// Revokes the newest tokens of a session that has ended, in a separate task, after the token request that
    /// is in flight.
    pub(super) fn start_revocation(
        self: &Arc<Self>,
        handle: Option<Arc<SessionHandle>>,
        session: &Arc<Session>,
        tokens: RevokeAtSignOut,
    ) -> Task<()> {
        let task = self.memory.tasks.enter();
        let refresher = Arc::clone(self);
        let session = Arc::clone(session);
        runtime::spawn(async move {
            let _task = task;
            let newest = refresher.revoke_newest(handle.as_deref(), session).await;
            if tokens == RevokeAtSignOut::AllTokens {
                refresher.revoke_access_tokens(&newest).await;
            }
        })
    }

    /// Revokes the newest refresh token, if there is one. Returns the newest version of the session.
    async fn revoke_newest(
        self: &Arc<Self>,
        handle: Option<&SessionHandle>,
        session: Arc<Session>,
    ) -> Arc<Session> {
        let _lock = match handle {
            Some(handle) => Some(handle.refresh_lock.lock().await),
            None => None,
        };
        let ours = handle.map_or(session, |handle| Arc::clone(&handle.state().newest));
        if ours.body.refresh_token.is_none() {
            return ours;
        }
        if self.coordination.is_some() {
            // Before the lock, as for a refresh. If it fails, the revocation fails too, and is tried again.
            let _ = self.endpoint.prepare(&ours).await;
        }
        // Another instance may be refreshing the session.
        let lock_for = self.times.lock_for();
        let held = match self.lock(&ours, after(Instant::now(), lock_for)).await {
            Locked::Held(held) => Some(held),
            Locked::Without => None,
            // The other instance may be sending the refresh token at this moment.
            Locked::ByAnother => {
                if let Some(revocation) = PendingRevocation::new(self, &ours) {
                    self.wait_to_revoke(revocation, Some(lock_for));
                }
                return ours;
            }
        };
        let theirs = held.as_ref().and_then(|held| held.newer_than(&ours));
        let newest = Arc::clone(theirs.unwrap_or(&ours));
        if let Some(revocation) = PendingRevocation::new(self, &newest) {
            self.revoke(revocation).await;
        }
        if let Some(held) = held {
            held.unlock(self, None, false).await;
        }
        newest
    }
}
