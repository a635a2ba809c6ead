//! The end of a session: what was refreshed is dropped, and the newest refresh token revoked.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::family::Family;
use super::refresh_lock::{self, Locked};
use super::revocations::PendingRevocation;
use super::{Families, TaskGuard, after};
use crate::components::Components;
use crate::log_limit::limited;
use crate::session::Session;

/// How long a response waits for the revocation, which goes on without it (RFC 7009 sets no limit).
const PATIENCE: Duration = Duration::from_secs(2);

impl Families {
    /// Ends `session`: nothing newer is handed out from now on, and its refresh token is revoked
    /// (RFC 7009), after the token request that is under way. Waits for that two seconds at most. A
    /// revocation that the provider cannot take now is tried again later.
    pub(crate) async fn end(self: &Arc<Self>, shared: &Arc<Components>, session: &Arc<Session>) {
        if session.body.refresh_token.is_none() {
            return;
        }
        let family = self.existing(session.frame.session_id);
        if let Some(family) = &family {
            let mut state = family.state();
            state.end();
            state.meet(session);
        }
        let revocation = self.start_revocation(shared, family, session);
        if tokio::time::timeout(PATIENCE, revocation).await.is_err() {
            limited!(
                warn,
                shared,
                ("revocation", "unanswered"),
                "the provider has not answered the revocation yet; the response goes on without it"
            );
        }
    }

    /// Revokes the newest refresh token of a session that has ended, in a task of its own, after the
    /// token request that is under way.
    pub(super) fn start_revocation(
        self: &Arc<Self>,
        shared: &Arc<Components>,
        family: Option<Arc<Family>>,
        session: &Arc<Session>,
    ) -> JoinHandle<()> {
        let task = TaskGuard::new(self);
        let shared = Arc::clone(shared);
        let session = Arc::clone(session);
        tokio::spawn(async move {
            let _task = task;
            revoke(&shared, family.as_deref(), session).await;
        })
    }
}

async fn revoke(shared: &Arc<Components>, family: Option<&Family>, session: Arc<Session>) {
    let _turn = match family {
        Some(family) => Some(family.turn.lock().await),
        None => None,
    };
    let ours = family.map_or(session, |family| Arc::clone(&family.state().newest));
    if shared.refresh.coordinator.is_some() {
        // Before the lock, as for a refresh. A failure is the revocation's own, which is tried again.
        let _ = shared.registration.relying_party.fetch_documents().await;
    }
    // Another instance may be about to make a newer one of it.
    let times = shared.refresh.times;
    let deadline = after(Instant::now(), times.lock_for());
    let held = match refresh_lock::lock(shared, &ours, deadline).await {
        Locked::Held(held) => Some(held),
        Locked::Without => None,
        // The other instance may be sending the refresh token at this moment.
        Locked::ByAnother => {
            if let Some(revocation) = PendingRevocation::new(shared, &ours) {
                let families = &shared.families;
                families.wait_to_revoke(shared, revocation, Some(times.lock_for()));
            }
            return;
        }
    };
    let theirs = held.as_ref().and_then(|held| held.newer_than(&ours));
    let newest = theirs.unwrap_or(&ours);
    if let Some(revocation) = PendingRevocation::new(shared, newest) {
        shared.families.revoke(shared, revocation).await;
    }
    if let Some(held) = held {
        held.unlock(shared, None, false).await;
    }
}
