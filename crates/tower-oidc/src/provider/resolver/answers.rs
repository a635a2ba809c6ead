//! What the resolver answered, within bounds of number and time.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lru::LruCache;
use relying_party::Provider;

use super::not_found::NotFound;
use crate::format::time::UnixMillis;
use crate::provider::Registration;
use crate::session::frame::{AtOrigin, ProviderId, ProviderRef, ResolverKey};

/// How long a failed or negative answer is repeated without another call.
const FAILED_FOR: Duration = Duration::from_secs(2);

/// The same if an older answer serves meanwhile.
const OUTDATED_FOR: Duration = Duration::from_secs(30);

/// How many failed or negative answers, and how many calls in progress, are remembered.
const MAX_FAILED: NonZeroUsize = NonZeroUsize::new(1_024).expect("it is not zero");

/// An origin and a key: a provider may be allowed at one origin and not at another.
type Place = (Arc<str>, ResolverKey);

pub(super) struct Answers {
    max_age: Duration,
    memory: Mutex<Memory>,
}

struct Memory {
    /// Which provider an origin may use under a key.
    allowed: LruCache<Place, Allowed>,
    /// The providers themselves, which are the same at all origins. With them their metadata, keys and limits
    /// are kept, for as long as their settings stay the same.
    providers: LruCache<ProviderRef, Registered>,
    failed: LruCache<Place, Failure>,
    /// One call at a time for each place.
    call_locks: LruCache<Place, Arc<tokio::sync::Mutex<()>>>,
    /// Changes when something is forgotten, so that a call that began before does not bring it back.
    generation: u64,
}

struct Allowed {
    provider: ProviderRef,
    resolved_at: UnixMillis,
}

struct Registered {
    /// As the application gave it.
    settings: Provider,
    registration: Registration,
}

struct Failure {
    error: NotFound,
    at: UnixMillis,
    lasts: Duration,
}

/// What is known without a call.
pub(super) enum Lookup {
    Answer(Result<Registration, NotFound>),
    /// An answer that is too old.
    Outdated(Registration),
    Nothing,
}

impl Answers {
    pub(super) fn new(max_entries: NonZeroUsize, max_age: Duration) -> Self {
        Self {
            max_age,
            memory: Mutex::new(Memory {
                allowed: LruCache::new(max_entries),
                providers: LruCache::new(max_entries),
                failed: LruCache::new(MAX_FAILED),
                call_locks: LruCache::new(MAX_FAILED),
                generation: 0,
            }),
        }
    }

    pub(super) fn known(&self, at: &AtOrigin, key: &ResolverKey, now: UnixMillis) -> Lookup {
        let place = place(at, key);
        let mut memory = self.lock();
        let memory = &mut *memory;
        let allowed = memory.allowed.get(&place);
        let found = allowed.and_then(|allowed| {
            let registered = memory.providers.get(&allowed.provider)?;
            Some((allowed.resolved_at, registered.registration.clone()))
        });
        let failure = memory.failed.get(&place);
        let failure = failure.filter(|failure| now.since(failure.at) < failure.lasts);
        match (found, failure) {
            (Some((resolved_at, found)), _) if now.since(resolved_at) < self.max_age => {
                Lookup::Answer(Ok(found))
            }
            (Some((_, found)), Some(_)) => Lookup::Answer(Ok(found)),
            (Some((_, found)), None) => Lookup::Outdated(found),
            (None, Some(failure)) => Lookup::Answer(Err(failure.error)),
            (None, None) => Lookup::Nothing,
        }
    }

    /// What requests for the same provider wait for while one of them calls the resolver.
    pub(super) fn call_lock(
        &self,
        at: &AtOrigin,
        key: &ResolverKey,
    ) -> Arc<tokio::sync::Mutex<()>> {
        let mut memory = self.lock();
        Arc::clone(
            memory
                .call_locks
                .get_or_insert(place(at, key), Arc::default),
        )
    }

    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    /// Keeps an answer. The provider with the same settings is used further, so that its documents are not
    /// fetched again; otherwise `register` makes one. An answer to a question of before something was
    /// forgotten is not kept.
    pub(super) fn keep(
        &self,
        at: &AtOrigin,
        key: &ResolverKey,
        settings: Provider,
        register: impl FnOnce(Provider) -> Result<Registration, NotFound>,
        generation: u64,
        now: UnixMillis,
    ) -> Result<Registration, NotFound> {
        let id = ProviderId::of(settings.issuer(), settings.client_id());
        let provider = ProviderRef {
            id,
            key: Some(key.clone()),
        };
        let kept = self.lock().providers.get(&provider).and_then(|it| {
            let is_same = it.settings.has_same_settings(&settings);
            is_same.then(|| it.registration.clone())
        });
        let registration = match kept {
            Some(kept) => kept,
            None => register(settings.clone())?,
        };
        let mut memory = self.lock();
        if memory.generation != generation {
            return Ok(registration);
        }
        let place = place(at, key);
        memory.failed.pop(&place);
        let allowed = Allowed {
            provider: provider.clone(),
            resolved_at: now,
        };
        memory.allowed.put(place, allowed);
        // Of two that were made at once, all use one.
        let same = memory.providers.get(&provider);
        let same = same.filter(|it| it.settings.has_same_settings(&settings));
        if let Some(same) = same {
            return Ok(same.registration.clone());
        }
        let registered = Registered {
            settings,
            registration: registration.clone(),
        };
        memory.providers.put(provider, registered);
        Ok(registration)
    }

    /// Remembers a failure for a moment. A provider that there is no more is forgotten here.
    pub(super) fn failed(
        &self,
        at: &AtOrigin,
        key: &ResolverKey,
        error: NotFound,
        has_last: bool,
        now: UnixMillis,
    ) {
        let place = place(at, key);
        let mut memory = self.lock();
        if error == NotFound::Unknown {
            memory.allowed.pop(&place);
        }
        let failure = Failure {
            error,
            at: now,
            lasts: match has_last && error == NotFound::Unavailable {
                true => OUTDATED_FOR,
                false => FAILED_FOR,
            },
        };
        memory.failed.put(place, failure);
    }

    /// Forgets this key at all origins.
    pub(super) fn forget_everywhere(&self, key: &str) {
        let mut memory = self.lock();
        let memory = &mut *memory;
        memory.generation = memory.generation.wrapping_add(1);
        remove_where(&mut memory.allowed, |(_, known)| known.as_str() == key);
        remove_where(&mut memory.failed, |(_, known)| known.as_str() == key);
        remove_where(&mut memory.providers, |provider| {
            provider
                .key
                .as_ref()
                .is_some_and(|known| known.as_str() == key)
        });
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(at: &AtOrigin, key: &ResolverKey) -> Place {
    (Arc::clone(&at.origin), key.clone())
}

fn remove_where<K: Clone + Eq + std::hash::Hash, V>(
    cache: &mut LruCache<K, V>,
    is_meant: impl Fn(&K) -> bool,
) {
    let meant: Vec<K> = cache
        .iter()
        .map(|(key, _)| key)
        .filter(|key| is_meant(key))
        .cloned()
        .collect();
    for key in meant {
        cache.pop(&key);
    }
}
