//! Which families a process remembers, and for how long.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};

use relying_party::Clock;
use tokio::runtime::Handle;

use super::Families;
use super::family::{Family, KEPT};
use crate::components::Components;
use crate::event::AuthEventKind;
use crate::format::time::UnixMillis;
use crate::session::Session;
use crate::session::frame::SessionId;

/// A family is a session of some four kilobytes, so 32 MiB. The one that nobody needed for longest
/// goes first.
pub(super) const CAPACITY: usize = 8_192;

type BySession = HashMap<SessionId, Arc<Family>>;

impl Families {
    pub(super) fn existing(&self, session: SessionId) -> Option<Arc<Family>> {
        if self.count.load(Ordering::SeqCst) == 0 {
            return None;
        }
        self.lock().get(&session).cloned()
    }

    /// The session's family, which is not forgotten while somebody holds it: a response may be under
    /// way for longer than a successor is kept.
    pub(crate) fn hold(
        self: &Arc<Self>,
        session: &Arc<Session>,
        shared: &Components,
    ) -> Arc<Family> {
        let now = shared.now();
        let id = session.frame.session_id;
        let mut families = self.lock();
        if let Some(family) = families.get(&id) {
            // From now on the janitor sees that it is in use.
            family.state().keep(now);
            return Arc::clone(family);
        }
        let lost = if families.len() >= CAPACITY {
            self.make_room(&mut families, now)
        } else {
            Vec::new()
        };
        let family = Arc::new(Family::new(Arc::clone(session), now));
        families.insert(id, Arc::clone(&family));
        self.count.store(families.len(), Ordering::SeqCst);
        drop(families);
        for lost in lost {
            shared
                .events
                .emit(AuthEventKind::RefreshedSessionEvicted, Some(&lost), None);
        }
        // Outside of a runtime, as in a test of a handler, the next one who needs room forgets it.
        if let Ok(runtime) = Handle::try_current() {
            let clock = Arc::clone(&shared.clock);
            runtime.spawn(forget_in_time(Arc::downgrade(self), id, clock));
        }
        family
    }

    pub(super) fn forget_if_due(&self, id: SessionId, now: UnixMillis) -> bool {
        let mut families = self.lock();
        let is_due = families.get(&id).is_none_or(|family| is_due(family, now));
        if is_due {
            self.forget(&mut families, id, now);
            self.count.store(families.len(), Ordering::SeqCst);
        }
        is_due
    }

    fn forget(&self, families: &mut BySession, id: SessionId, now: UnixMillis) {
        if let Some(family) = families.remove(&id) {
            self.spent().enter(family.state().spent(), now);
        }
    }

    /// Forgets the families that are needed least, and returns the sessions that somebody may need
    /// yet.
    fn make_room(&self, families: &mut BySession, now: UnixMillis) -> Vec<Arc<Session>> {
        let mut unused: Vec<_> = families
            .iter()
            .filter(|(_, family)| Arc::strong_count(family) == 1)
            .map(|(id, family)| {
                let state = family.state();
                // Without ancestors nobody brings a cookie that this family alone can help.
                (state.has_ancestors(), state.kept_until(), *id)
            })
            .collect();
        // Many at once, so that a full memory does not cost a walk through it for each session.
        unused.sort_unstable_by_key(|(has_ancestors, kept_until, _)| (*has_ancestors, *kept_until));
        unused.truncate(CAPACITY / 16);
        let lost: Vec<_> = unused
            .iter()
            .filter(|(has_ancestors, _, _)| *has_ancestors)
            .filter_map(|(_, _, id)| families.get(id))
            .filter_map(|family| {
                let state = family.state();
                state.is_kept(now).then(|| Arc::clone(&state.newest))
            })
            .collect();
        if !lost.is_empty() {
            tracing::warn!(
                sessions = lost.len(),
                "more sessions are refreshed at once than this process remembers: requests that \
                 come with an older cookie may have to sign in again"
            );
        }
        for (_, _, id) in unused {
            self.forget(families, id, now);
        }
        lost
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, BySession> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An idle server must not keep tokens until the next refresh.
async fn forget_in_time(families: Weak<Families>, id: SessionId, clock: Arc<dyn Clock>) {
    loop {
        tokio::time::sleep(KEPT).await;
        let Some(families) = families.upgrade() else {
            return;
        };
        if families.forget_if_due(id, UnixMillis::of(clock.now())) {
            return;
        }
    }
}

/// Nobody holds it, and nobody has come for a while.
fn is_due(family: &Arc<Family>, now: UnixMillis) -> bool {
    Arc::strong_count(family) == 1 && !family.state().is_kept(now)
}
