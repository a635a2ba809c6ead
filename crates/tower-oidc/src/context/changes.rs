//! What became of a session while its request was answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;

use crate::format::time::UnixMillis;
use crate::refresh::SessionHandle;
use crate::session::Session;

/// Changed rarely, so that a look at an unchanged session takes no lock.
#[derive(Default)]
pub(crate) struct Changes {
    /// Whether there may be a change.
    any: AtomicBool,
    /// Nothing can be written to the browser any more, whether or not anything was.
    head_is_written: AtomicBool,
    /// The session in the cookies that the head carries, if it carries some.
    written: OnceLock<Arc<Session>>,
    change: Mutex<Change>,
}

/// Too late for a change that a response must carry.
pub(crate) struct HeadIsWritten;

#[derive(Default)]
struct Change {
    session: Option<Arc<Session>>,
    /// What the application put into the session, or that it took it out; a newer session that a
    /// refresh brings must not undo it.
    data: Option<Option<Bytes>>,
    /// Held until the response is written, so that it can write the newest session however late.
    family: Option<Arc<SessionHandle>>,
}

impl Changes {
    /// The changed session, if there is one.
    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        if !self.any.load(Ordering::SeqCst) {
            return None;
        }
        self.lock().session.clone()
    }

    pub(crate) fn head_is_written(&self) -> bool {
        self.head_is_written.load(Ordering::SeqCst)
    }

    /// Goes on with a newer session, and returns it as this request has it.
    pub(crate) fn adopt(
        &self,
        newer: &Arc<Session>,
        family: Arc<SessionHandle>,
        now: UnixMillis,
    ) -> Arc<Session> {
        let mut change = self.lock();
        let session = change.with_data(newer, now);
        change.family = Some(family);
        change.session = Some(Arc::clone(&session));
        drop(change);
        // A caller that finds the head open after this can rely on it: the head closes first and looks
        // then, so it sees this change.
        self.any.store(true, Ordering::SeqCst);
        session
    }

    /// The head carries this session's cookies.
    pub(crate) fn set_written(&self, session: Arc<Session>) {
        // A response has one head; if it were written twice, the first one would count.
        let _ = self.written.set(session);
    }

    /// The session that the head has brought to the browser.
    pub(crate) fn written(&self) -> Option<&Arc<Session>> {
        self.written.get()
    }

    /// Goes on with a session that has these data, unless the head is written.
    pub(crate) fn put_data(
        &self,
        with: Arc<Session>,
        data: Option<Bytes>,
        family: Arc<SessionHandle>,
    ) -> Result<(), HeadIsWritten> {
        let mut change = self.lock();
        // In this order: a head that is written after this look waits for the lock.
        self.any.store(true, Ordering::SeqCst);
        if self.head_is_written() {
            return Err(HeadIsWritten);
        }
        change.family = Some(family);
        change.session = Some(with);
        change.data = Some(data);
        Ok(())
    }

    /// Keeps the family for the head, though nothing changed that the request knows of.
    pub(crate) fn hold(&self, family: Arc<SessionHandle>) {
        self.lock().family = Some(family);
    }

    /// The response's head is written now, or never will be; what was changed until now.
    pub(crate) fn close(&self) -> Option<Arc<Session>> {
        self.head_is_written.store(true, Ordering::SeqCst);
        self.session()
    }

    /// What became of `session`, which this request changed, in the family that it holds.
    pub(crate) fn newest_for(&self, session: &Session, now: UnixMillis) -> Option<Arc<Session>> {
        let change = self.lock();
        let newest = change.family.as_ref()?.newest_for(session)?;
        Some(change.with_data(&newest, now))
    }

    fn lock(&self) -> MutexGuard<'_, Change> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Change {
    fn with_data(&self, newer: &Arc<Session>, now: UnixMillis) -> Arc<Session> {
        match &self.data {
            Some(data) => Arc::new(newer.with_data(data.clone(), now)),
            None => Arc::clone(newer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::sample;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    #[test]
    fn a_session_whose_head_is_written_takes_no_data_and_stays_as_it_was() {
        let session = sample::session("one", 0, NOW);
        let family = Arc::new(SessionHandle::new(Arc::clone(&session), NOW));
        let put = |changes: &Changes| {
            let data = Some(Bytes::from_static(b"7"));
            let with = Arc::new(session.with_data(data.clone(), NOW));
            changes.put_data(with, data, Arc::clone(&family)).is_ok()
        };
        let changes = Changes::default();
        assert!(put(&changes));
        assert!(changes.close().is_some());
        let closed = Changes::default();
        assert!(closed.close().is_none());

        assert!(!put(&closed));

        assert!(closed.session().is_none());
    }
}
