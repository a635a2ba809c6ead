//! Asks the application's resolver, and keeps what it found for a while.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use relying_party::{Clock, Provider};

use super::{ProviderQuery, ProviderResolver};
use crate::config_error::ConfigError;
use crate::format::time::UnixMillis;
use crate::hook_call::{HookCall, HookFailed};
use crate::log_limit::{LogLimiter, limited};
use crate::provider::Registration;
use crate::session::frame::{AtOrigin, ResolverKey};

/// The name of the resolver in the log: that of its setting.
const SETTING: &str = "provider_resolver";

/// Makes a registration of a resolver's answer.
pub(crate) type Register =
    dyn Fn(&ResolverKey, Provider) -> Result<Registration, ConfigError> + Send + Sync;

/// Why there is no provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// There is none, or the origin may not use it.
    Unknown,
    /// The resolver gives no answer now, or one that cannot be used; the log says which.
    Unavailable,
}

/// The application's resolver, and the providers that it found: at most as many as configured, and each for
/// a limited time.
pub(crate) struct ResolvedProviders {
    resolver: Arc<dyn ProviderResolver>,
    register: Box<Register>,
    /// By origin and key, because a provider may be allowed at one origin and not at another.
    found: Mutex<LruCache<(Arc<str>, ResolverKey), CachedProvider>>,
    max_age: Duration,
    clock: Arc<dyn Clock>,
    log: Arc<LogLimiter>,
}

struct CachedProvider {
    registration: Registration,
    resolved_at: UnixMillis,
}

impl ResolvedProviders {
    pub(crate) fn new(
        resolver: Arc<dyn ProviderResolver>,
        register: Box<Register>,
        max_entries: NonZeroUsize,
        max_age: Duration,
        clock: Arc<dyn Clock>,
        log: Arc<LogLimiter>,
    ) -> Self {
        Self {
            resolver,
            register,
            found: Mutex::new(LruCache::new(max_entries)),
            max_age,
            clock,
            log,
        }
    }

    /// The provider with this key. If the resolver fails, what it found last is used, if that is still known.
    pub(crate) async fn with_key(
        &self,
        at: &AtOrigin,
        key: &ResolverKey,
    ) -> Result<Registration, NotFound> {
        if let Some(found) = self.fresh(at, key) {
            return Ok(found);
        }
        let query = ProviderQuery {
            key: Some(key.as_str().to_owned()),
            ..self.query(at)
        };
        match self.ask(at, query).await {
            Err(NotFound::Unavailable) => self.known(at, key).ok_or(NotFound::Unavailable),
            Err(NotFound::Unknown) => {
                self.forget(at, key);
                Err(NotFound::Unknown)
            }
            Ok(registration) => Ok(registration),
        }
    }

    /// The provider that the resolver chooses for a sign-in.
    pub(crate) async fn choose(
        &self,
        at: &AtOrigin,
        query: ProviderQuery,
    ) -> Result<Registration, NotFound> {
        self.ask(at, query).await
    }

    /// The provider with this key if the resolver found it earlier; it is not asked.
    pub(crate) fn known(&self, at: &AtOrigin, key: &ResolverKey) -> Option<Registration> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let found = found.get(&place(at, key))?;
        Some(found.registration.clone())
    }

    /// The next request for this provider, at any origin, asks the resolver.
    pub(crate) fn forget_everywhere(&self, key: &str) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let places: Vec<_> = found
            .iter()
            .map(|(place, _)| place.clone())
            .filter(|(_, known)| known.as_str() == key)
            .collect();
        for place in places {
            found.pop(&place);
        }
    }

    /// A query of a sign-in of which nothing is known but its origin.
    pub(crate) fn query(&self, at: &AtOrigin) -> ProviderQuery {
        ProviderQuery {
            is_configured_origin: at.is_configured,
            ..ProviderQuery::at(&*at.origin)
        }
    }

    async fn ask(&self, at: &AtOrigin, query: ProviderQuery) -> Result<Registration, NotFound> {
        let resolver = Arc::clone(&self.resolver);
        let asked_for = query.key.clone();
        let call = HookCall {
            name: SETTING,
            log: &self.log,
        };
        let answer = call.run(move || resolver.resolve(query)).await;
        let answer = answer.map_err(|HookFailed| NotFound::Unavailable)?;
        let answer = answer.ok_or(NotFound::Unknown)?;
        let key = ResolverKey::parse(&answer.key);
        let Some(key) = key.filter(|key| asked_for.is_none_or(|it| it == key.as_str())) else {
            limited!(
                error,
                self,
                (SETTING, "key"),
                key = ?answer.key,
                "the provider resolver answered with another key than it was asked for, or with one that \
                 cannot stand in a path: nothing is sent to that provider"
            );
            return Err(NotFound::Unavailable);
        };
        if let Some(found) = self.fresh(at, &key) {
            return Ok(found);
        }
        let registration = (self.register)(&key, answer.provider).map_err(|error| {
            limited!(
                error,
                self,
                (SETTING, "provider"),
                key = key.as_str(),
                %error,
                "the provider resolver answered with a provider that cannot be used"
            );
            NotFound::Unavailable
        })?;
        Ok(self.keep(at, key, registration))
    }

    /// Keeps an answer, unless a concurrent request has the same one already: then all use that one, so that
    /// its documents are fetched once.
    fn keep(&self, at: &AtOrigin, key: ResolverKey, registration: Registration) -> Registration {
        let now = self.now();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let place = place(at, &key);
        if let Some(kept) = found.get(&place).filter(|it| self.is_fresh(it, now)) {
            return kept.registration.clone();
        }
        let kept = CachedProvider {
            registration: registration.clone(),
            resolved_at: now,
        };
        found.put(place, kept);
        registration
    }

    fn fresh(&self, at: &AtOrigin, key: &ResolverKey) -> Option<Registration> {
        let now = self.now();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let found = found.get(&place(at, key))?;
        self.is_fresh(found, now)
            .then(|| found.registration.clone())
    }

    fn is_fresh(&self, found: &CachedProvider, now: UnixMillis) -> bool {
        now.since(found.resolved_at) < self.max_age
    }

    fn forget(&self, at: &AtOrigin, key: &ResolverKey) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.pop(&place(at, key));
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}

fn place(at: &AtOrigin, key: &ResolverKey) -> (Arc<str>, ResolverKey) {
    (Arc::clone(&at.origin), key.clone())
}
