//! Revocations that all instances of the application know, through a store.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use relying_party::Clock;

use super::key::{RevocationKey, SessionKey, keys_of};
use super::pending::{PendingRevocations, Proof};
use super::seen_tokens::SeenTokens;
use super::unproven_limits::{MAX_LIVE, UnprovenLimits};
use crate::format::expiring_map::ExpiringMap;
use crate::format::time::UnixMillis;
use crate::log_limit::{LogLimiter, limited};
use crate::runtime::{self, Task};
use crate::session::Session;
use crate::session::lifetime::CLOCK_SKEW;
use crate::store::call::call;
use crate::store::questions::Questions;
use crate::store::{Revocation, RevocationStore, StoreError};
use crate::task_count::TaskCount;

/// About 150 bytes per entry, so 10 MiB at most.
pub(super) const CAPACITY: usize = 65_536;

/// The parts of [`SharedRevocations`].
pub(crate) struct SharedParts {
    pub(crate) store: Arc<dyn RevocationStore>,
    /// How long a request waits for the store.
    pub(crate) timeout: Duration,
    /// Whether sessions are accepted while the store does not answer.
    pub(crate) accept_unchecked: bool,
    /// The absolute lifetime of sessions: no entry is needed for longer.
    pub(crate) absolute: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
    /// Counts the writes in flight, for which a drain waits.
    pub(crate) tasks: TaskCount,
}

/// Writes an entry, whether or not anybody waits for it. Returns whether the store did not know it.
pub(crate) type StoreWrite = Task<Result<bool, StoreError>>;

/// The application's store of revocations, and what this instance knows of it.
pub(crate) struct SharedRevocations {
    store: Arc<dyn RevocationStore>,
    timeout: Duration,
    questions: Questions,
    accept_unchecked: bool,
    pub(super) lifetime: Duration,
    clock: Arc<dyn Clock>,
    pub(super) log: Arc<LogLimiter>,
    tasks: TaskCount,
    /// Entries that this instance wrote or found: a response head does not wait for the store.
    known: Entries,
    /// The same for entries by requests that prove nothing, so that a flood of them displaces no other entry.
    unproven: Entries,
    unproven_limits: UnprovenLimits,
    seen_tokens: SeenTokens,
    pub(super) pending: PendingRevocations,
}

/// What the store says about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    Valid,
    Ended,
    /// The store did not answer, and sessions that were not checked are not accepted. Or the session cannot be
    /// checked.
    Unknown,
}

impl SharedRevocations {
    pub(crate) fn new(parts: SharedParts) -> Self {
        Self {
            store: parts.store,
            timeout: parts.timeout,
            questions: Questions::new("revocation_store", parts.timeout, Arc::clone(&parts.log)),
            accept_unchecked: parts.accept_unchecked,
            // Another instance, whose clock is ahead, may have made the session.
            lifetime: parts.absolute.saturating_add(CLOCK_SKEW),
            clock: parts.clock,
            log: parts.log,
            tasks: parts.tasks,
            known: Entries::new(CAPACITY),
            unproven: Entries::new(MAX_LIVE),
            unproven_limits: UnprovenLimits::new(parts.absolute.saturating_add(CLOCK_SKEW)),
            seen_tokens: SeenTokens::new(),
            pending: PendingRevocations::default(),
        }
    }

    pub(super) fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }

    /// Whether this instance knows that `session` has ended.
    pub(crate) fn is_known_to_have_ended(&self, session: &Session) -> bool {
        let knows_any = self.known.len() > 0 || self.unproven.len() > 0;
        knows_any && self.is_known(&keys_of(session), self.now())
    }

    fn is_known(&self, keys: &[SessionKey], now: UnixMillis) -> bool {
        self.known.end(keys, now) || self.unproven.end(keys, now)
    }

    /// Asks the store whether `session` has ended, unless this instance knows it.
    pub(crate) async fn check(&self, session: &Session) -> Checked {
        if session.claims().is_none() {
            // Another version wrote the claims, so nobody can say whose session it is.
            limited!(
                error,
                self,
                ("revocation_store", "claims"),
                "the claims of a session are unreadable, so that no entry of the revocation store can be found for it: \
                 requests with it are refused with 503 until the user signs out and in again"
            );
            return Checked::Unknown;
        }
        let keys = keys_of(session);
        if self.is_known(&keys, self.now()) {
            return Checked::Ended;
        }
        let times = match self.find(&keys).await {
            Ok(times) => times,
            Err(error) => {
                limited!(
                    error,
                    self,
                    ("revocation_store", "find"),
                    %error,
                    accepted = self.accept_unchecked,
                    "the revocation store does not say whether a session has ended; with \
                     accept_unchecked_sessions the session is accepted, without it the request is \
                     refused with 503 where it needs the user"
                );
                return match self.accept_unchecked {
                    true => Checked::Valid,
                    false => Checked::Unknown,
                };
            }
        };
        let mut has_ended = false;
        for (it, time) in keys.iter().zip(times) {
            if let Some(time) = time.filter(|time| it.is_ended_by(*time)) {
                self.known.remember(it.key, time, self.now(), self.lifetime);
                has_ended = true;
            }
        }
        match has_ended {
            true => Checked::Ended,
            false => Checked::Valid,
        }
    }

    async fn find(&self, keys: &[SessionKey]) -> Result<Vec<Option<u64>>, StoreError> {
        let texts: Vec<_> = keys.iter().map(|it| it.key.text()).collect();
        let expected = texts.len();
        let times = self.questions.ask(|| self.store.find(texts)).await?;
        if times.len() != expected {
            return Err(StoreError::new(format!(
                "it answered for {} keys instead of {expected}",
                times.len()
            )));
        }
        Ok(times)
    }

    /// Ends the sessions that `key` names and whose time is not after `time`, on all instances.
    ///
    /// If the store does not take the entry, it applies in this instance, and is written when the store is back.
    pub(crate) fn revoke(self: &Arc<Self>, key: RevocationKey, time: u64) -> StoreWrite {
        // First of all, so that no response in flight brings a session back.
        self.known.remember(key, time, self.now(), self.lifetime);
        let (shared, guard) = (Arc::clone(self), self.tasks.enter());
        runtime::spawn(async move {
            let _guard = guard;
            let written = shared.write(key, time, shared.lifetime).await;
            if let Err(error) = &written {
                limited!(
                    error,
                    shared,
                    ("revocation_store", "revoke"),
                    %error,
                    "the revocation store did not take a revocation: the sessions that it ends are refused by \
                     this instance alone until the store takes it"
                );
                shared.keep_for_later((key, time), Proof::Proven, shared.now());
            }
            written
        })
    }

    /// The same for an entry that nobody has proven, from a network of clients; `None` if there are too many of them.
    pub(crate) fn revoke_unproven(
        self: &Arc<Self>,
        key: RevocationKey,
        network: u128,
    ) -> Option<StoreWrite> {
        if !self.unproven_limits.allow(key, network, self.now()) {
            return None;
        }
        // A session at the provider may outlive its logout there, and the next sign-in here has the same `sid`.
        let time = self.now().0;
        self.unproven.remember(key, time, self.now(), self.lifetime);
        let (shared, guard) = (Arc::clone(self), self.tasks.enter());
        Some(runtime::spawn(async move {
            let _guard = guard;
            let written = shared.write(key, time, shared.lifetime).await;
            if written.is_err() {
                shared.keep_for_later((key, time), Proof::Unproven, shared.now());
            }
            written
        }))
    }

    /// Whether this logout token was not used at this instance before.
    pub(crate) fn is_first_use(&self, issuer: &str, jti: &str, valid_until: UnixMillis) -> bool {
        let token = RevocationKey::for_logout_token(issuer, jti);
        let now = self.now();
        let valid_for = valid_until.since(now);
        self.seen_tokens.is_first_use(token, now, valid_for)
    }

    pub(super) async fn write(
        &self,
        key: RevocationKey,
        time: u64,
        keep_for: Duration,
    ) -> Result<bool, StoreError> {
        let revocation = Revocation {
            key: key.text(),
            time,
            keep_for,
        };
        call(self.timeout, || self.store.revoke(revocation)).await
    }

    /// How many entries this instance remembers, and how many unproven ones.
    #[cfg(test)]
    pub(super) fn known_entries(&self) -> (usize, usize) {
        (self.known.len(), self.unproven.len())
    }

    /// How many entries wait for the store.
    pub(super) fn waiting(&self) -> usize {
        self.pending.len()
    }
}

/// Entries in the memory of this instance.
struct Entries(RwLock<ExpiringMap<RevocationKey, u64>>);

impl Entries {
    fn new(capacity: usize) -> Self {
        Self(RwLock::new(ExpiringMap::new(capacity)))
    }

    /// Whether one of the entries ends the session that has these keys.
    fn end(&self, keys: &[SessionKey], now: UnixMillis) -> bool {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().any(|it| {
            let time = entries.get(&it.key, now);
            time.is_some_and(|time| it.is_ended_by(*time))
        })
    }

    fn len(&self) -> usize {
        let entries = self.0.read().unwrap_or_else(PoisonError::into_inner);
        entries.len()
    }

    fn remember(&self, key: RevocationKey, time: u64, now: UnixMillis, keep_for: Duration) {
        let mut entries = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let time = time.max(entries.get(&key, now).copied().unwrap_or_default());
        entries.insert(key, time, now, keep_for);
    }
}
