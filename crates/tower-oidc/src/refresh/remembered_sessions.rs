//! Which refreshed sessions an instance keeps in memory, and for how long. It also keeps sessions whose access token
//! does not fit into the cookies.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use relying_party::Clock;

use super::blocked::BlockedSessions;
use super::handle::{REFRESHED_SESSION_TTL, SessionHandle, hash};
use super::pending_revocations::PendingRevocations;
use super::rotated_tokens::RotatedTokens;
use crate::format::time::UnixMillis;
use crate::runtime;
use crate::session::Session;
use crate::session::frame::SessionId;
use crate::task_count::TaskCount;

/// A session of ordinary content takes about eight kilobytes, so this is 64 MiB, and more with tokens that do not fit
/// into cookies. The one that was not needed for the longest
/// time is evicted first.
pub(super) const CAPACITY: usize = 8_192;

type BySession = HashMap<SessionId, Arc<SessionHandle>>;

/// The sessions that this instance refreshed and that a request may still need, the refreshes in flight,
/// and the revocations that wait.
#[derive(Default)]
pub(crate) struct RefreshMemory {
    handles: Mutex<BySession>,
    /// The number of handles, so that a request takes no lock while there are none.
    count: AtomicUsize,
    rotated: Mutex<RotatedTokens>,
    blocked: Mutex<BlockedSessions>,
    /// Refreshes and revocations in flight, those of sessions too.
    pub(super) tasks: TaskCount,
    pub(super) revocations: PendingRevocations,
    /// Whether some of them were added after the last time that a drain tried all.
    pub(super) has_new_revocations: AtomicBool,
}

impl RefreshMemory {
    /// An empty memory whose tasks are counted here.
    pub(crate) fn counting(tasks: TaskCount) -> Self {
        Self {
            tasks,
            ..Self::default()
        }
    }

    pub(super) fn existing(&self, session: SessionId) -> Option<Arc<SessionHandle>> {
        if self.count.load(Ordering::SeqCst) == 0 {
            return None;
        }
        self.lock().get(&session).cloned()
    }

    /// The session's handle, and the sessions that were evicted to make room for it although a request may
    /// still need them.
    pub(super) fn hold(
        self: &Arc<Self>,
        session: &Arc<Session>,
        clock: &Arc<dyn Clock>,
    ) -> (Arc<SessionHandle>, Vec<Arc<Session>>) {
        let now = UnixMillis::of(clock.now());
        let id = session.frame.session_id;
        let mut handles = self.lock();
        if let Some(handle) = handles.get(&id) {
            // Shows the task that drops it that it is in use.
            handle.state().keep(now);
            return (Arc::clone(handle), Vec::new());
        }
        let evicted = if handles.len() >= CAPACITY {
            self.evict(&mut handles, now)
        } else {
            Vec::new()
        };
        let handle = Arc::new(SessionHandle::new(Arc::clone(session), now));
        handles.insert(id, Arc::clone(&handle));
        self.count.store(handles.len(), Ordering::SeqCst);
        drop(handles);
        // Without a runtime, as in a test of a handler, only an eviction drops it.
        if runtime::is_available() {
            let clock = Arc::clone(clock);
            runtime::spawn(forget_in_time(Arc::downgrade(self), id, clock));
        }
        (handle, evicted)
    }

    pub(super) fn forget_if_due(&self, id: SessionId, now: UnixMillis) -> bool {
        let mut handles = self.lock();
        let is_due = handles.get(&id).is_none_or(|handle| is_due(handle, now));
        if is_due {
            self.forget(&mut handles, id, now);
            self.count.store(handles.len(), Ordering::SeqCst);
        } else if let Some(handle) = handles.get(&id)
            && is_unused(handle)
        {
            let superseded = handle.state().take_superseded_tokens(now);
            self.rotated().insert(superseded.into_iter(), now);
        }
        is_due
    }

    fn forget(&self, handles: &mut BySession, id: SessionId, now: UnixMillis) {
        if let Some(handle) = handles.remove(&id) {
            self.rotated().insert(handle.state().rotated_tokens(), now);
        }
    }

    /// Evicts the sessions that are needed least, and returns those that a request may still need.
    fn evict(&self, handles: &mut BySession, now: UnixMillis) -> Vec<Arc<Session>> {
        let mut unused: Vec<_> = handles
            .iter()
            .filter(|(_, handle)| is_unused(handle))
            .map(|(id, handle)| {
                let state = handle.state();
                // Without superseded tokens, the cookies of all requests have the newest session.
                (state.has_superseded_tokens(), state.kept_until(), *id)
            })
            .collect();
        // Evicts many at once, so that a full memory is not searched for each new session.
        unused.sort_unstable_by_key(|(is_needed, kept_until, _)| (*is_needed, *kept_until));
        unused.truncate(CAPACITY / 16);
        let lost: Vec<_> = unused
            .iter()
            .filter(|(is_needed, _, _)| *is_needed)
            .filter_map(|(_, _, id)| handles.get(id))
            .filter_map(|handle| {
                let state = handle.state();
                state.is_kept(now).then(|| Arc::clone(&state.newest))
            })
            .collect();
        if !lost.is_empty() {
            tracing::warn!(
                sessions = lost.len(),
                "more sessions are refreshed at once than this instance remembers: requests that \
                 come with an older cookie may have to sign in again"
            );
        }
        for (_, _, id) in unused {
            self.forget(handles, id, now);
        }
        lost
    }

    /// Whether this instance replaced the session's refresh token, but the new token is no longer in memory.
    pub(super) fn is_rotated(&self, session: &Session) -> bool {
        hash(session).is_some_and(|token| self.rotated().contains(&token))
    }

    pub(super) fn blocked(&self) -> MutexGuard<'_, BlockedSessions> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rotated(&self) -> MutexGuard<'_, RotatedTokens> {
        self.rotated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, BySession> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the session's handle when no request needs it. Otherwise an idle server would keep its tokens until
/// the next refresh.
async fn forget_in_time(memory: Weak<RefreshMemory>, id: SessionId, clock: Arc<dyn Clock>) {
    loop {
        runtime::sleep(REFRESHED_SESSION_TTL).await;
        let Some(memory) = memory.upgrade() else {
            return;
        };
        if memory.forget_if_due(id, UnixMillis::of(clock.now())) {
            return;
        }
    }
}

/// No request uses it, and none has for a while.
fn is_due(handle: &Arc<SessionHandle>, now: UnixMillis) -> bool {
    is_unused(handle) && !handle.state().is_kept(now)
}

fn is_unused(handle: &Arc<SessionHandle>) -> bool {
    Arc::strong_count(handle) == 1
}
