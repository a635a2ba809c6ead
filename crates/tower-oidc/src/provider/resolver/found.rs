//! Asks the application's resolver, and keeps what it found for a while.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use relying_party::{Clock, Provider};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answers::{Answers, Lookup};
pub(crate) use super::not_found::{For, NotFound};
use super::{ProviderQuery, ProviderResolver, ResolvedProvider};
use crate::config_error::ConfigError;
use crate::format::time::UnixMillis;
use crate::hook_call::{HookCall, HookFailed};
use crate::log_limit::{LogLimiter, limited};
use crate::provider::Registration;
use crate::session::frame::{AtOrigin, ResolverKey};

/// The name of the resolver in the log: that of its setting.
const SETTING: &str = "provider_resolver";

/// How many calls of the resolver run at once for sign-ins, which anybody can start; more are answered with 503.
/// As many run for sessions.
const MAX_CALLS: usize = 64;

/// How many characters of an unusable key the log shows.
const MAX_LOGGED_KEY: usize = 64;

/// Makes a registration of a resolver's answer.
pub(crate) type Register =
    dyn Fn(&ResolverKey, Provider) -> Result<Registration, ConfigError> + Send + Sync;

/// The application's resolver, and the providers that it found.
pub(crate) struct ResolvedProviders {
    resolver: Arc<dyn ProviderResolver>,
    register: Box<Register>,
    /// The ids of the registered providers.
    registered_ids: Vec<Arc<str>>,
    answers: Answers,
    calls_of_sign_ins: Arc<Semaphore>,
    calls_of_sessions: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    log: Arc<LogLimiter>,
}

impl ResolvedProviders {
    pub(crate) fn new(
        resolver: Arc<dyn ProviderResolver>,
        register: Box<Register>,
        registered_ids: Vec<Arc<str>>,
        max_entries: NonZeroUsize,
        max_age: Duration,
        clock: Arc<dyn Clock>,
        log: Arc<LogLimiter>,
    ) -> Self {
        Self {
            resolver,
            register,
            registered_ids,
            answers: Answers::new(max_entries, max_age),
            calls_of_sign_ins: Arc::new(Semaphore::new(MAX_CALLS)),
            calls_of_sessions: Arc::new(Semaphore::new(MAX_CALLS)),
            clock,
            log,
        }
    }

    /// The provider with this key. Requests for the same one wait for a single call of the resolver. If it
    /// fails, what it found last is used, if that is still known.
    pub(crate) async fn with_key(
        &self,
        at: &AtOrigin,
        key: &ResolverKey,
        whom: For,
    ) -> Result<Registration, NotFound> {
        let known = || self.answers.known(at, key, self.now());
        if let Lookup::Answer(answer) = known() {
            return answer;
        }
        let call_lock = self.answers.call_lock(at, key);
        let _calling = call_lock.lock().await;
        let last = match known() {
            Lookup::Answer(answer) => return answer,
            Lookup::Outdated(last) => Some(last),
            Lookup::Nothing => None,
        };
        let query = ProviderQuery {
            key: Some(key.as_str().to_owned()),
            ..self.query(at)
        };
        let answer = self.ask(at, query, whom).await;
        if let Err(error) = answer {
            let has_last = last.is_some();
            self.answers.failed(at, key, error, has_last, self.now());
        }
        match (answer, last) {
            (Err(NotFound::Unavailable), Some(last)) => Ok(last),
            (answer, _) => answer,
        }
    }

    /// The provider that the resolver chooses for a sign-in.
    pub(crate) async fn choose(
        &self,
        at: &AtOrigin,
        query: ProviderQuery,
    ) -> Result<Registration, NotFound> {
        self.ask(at, query, For::SignIn).await
    }

    /// The provider with this key if the resolver found it earlier; it is not asked.
    pub(crate) fn at_hand(&self, at: &AtOrigin, key: &ResolverKey) -> Option<Registration> {
        match self.answers.known(at, key, self.now()) {
            Lookup::Answer(answer) => answer.ok(),
            Lookup::Outdated(last) => Some(last),
            Lookup::Nothing => None,
        }
    }

    /// The next request for this provider, at any origin, asks the resolver.
    pub(crate) fn forget_everywhere(&self, key: &str) {
        self.answers.forget_everywhere(key);
    }

    /// A query of a sign-in of which nothing is known but its origin.
    pub(crate) fn query(&self, at: &AtOrigin) -> ProviderQuery {
        ProviderQuery {
            is_configured_origin: at.is_configured,
            ..ProviderQuery::at(&*at.origin)
        }
    }

    /// Calls the resolver, and keeps its answer.
    async fn ask(
        &self,
        at: &AtOrigin,
        query: ProviderQuery,
        whom: For,
    ) -> Result<Registration, NotFound> {
        let asked_for = query.key.clone();
        let generation = self.answers.generation();
        let answer = self.call(query, whom).await?.ok_or(NotFound::Unknown)?;
        let key = self.key(asked_for.as_deref(), &answer.key)?;
        let register = |provider| {
            (self.register)(&key, provider).map_err(|error| {
                limited!(
                    error,
                    self,
                    (SETTING, "provider"),
                    key = key.as_str(),
                    %error,
                    "the provider resolver answered with a provider that cannot be used"
                );
                NotFound::Unavailable
            })
        };
        let now = self.now();
        self.answers
            .keep(at, &key, answer.provider, register, generation, now)
    }

    /// The key of an answer, if it can be used.
    fn key(&self, asked_for: Option<&str>, answered: &str) -> Result<ResolverKey, NotFound> {
        // A database that ignores case finds `acme` for a link with `ACME`, and anybody can make up a link.
        if asked_for.is_some_and(|it| it != answered && it.eq_ignore_ascii_case(answered)) {
            tracing::debug!(
                "the provider resolver knows the key that it was asked for in another case only"
            );
            return Err(NotFound::Unknown);
        }
        let key = ResolverKey::parse(answered);
        let Some(key) = key.filter(|key| asked_for.is_none_or(|it| it == key.as_str())) else {
            limited!(
                error,
                self,
                (SETTING, "key"),
                key = ?answered.chars().take(MAX_LOGGED_KEY).collect::<String>(),
                "the provider resolver answered with another key than it was asked for, or with one that \
                 cannot stand in a path: nothing is sent to that provider"
            );
            return Err(NotFound::Unavailable);
        };
        // The application could not distinguish the users of the two by the id of their provider.
        if self.registered_ids.iter().any(|id| **id == *key.as_str()) {
            limited!(
                error,
                self,
                (SETTING, "id"),
                key = key.as_str(),
                "the provider resolver answered with a key that is the id of a registered provider, and \
                 nothing is sent to its provider: give the tenant another key, or register the other \
                 provider with another id"
            );
            return Err(NotFound::Unavailable);
        }
        Ok(key)
    }

    async fn call(
        &self,
        query: ProviderQuery,
        whom: For,
    ) -> Result<Option<ResolvedProvider>, NotFound> {
        let permit = self.permit(whom)?;
        let resolver = Arc::clone(&self.resolver);
        let call = HookCall {
            name: SETTING,
            log: &self.log,
        };
        let answer = call.run(move || {
            let answer = resolver.resolve(query);
            // Kept until the call ends, even if the client leaves before.
            Box::pin(async move {
                let _permit = permit;
                answer.await
            })
        });
        answer.await.map_err(|HookFailed| NotFound::Unavailable)
    }

    fn permit(&self, whom: For) -> Result<OwnedSemaphorePermit, NotFound> {
        let calls = match whom {
            For::SignIn => &self.calls_of_sign_ins,
            For::Session => &self.calls_of_sessions,
        };
        Arc::clone(calls).try_acquire_owned().map_err(|_| {
            limited!(
                warn,
                self,
                (SETTING, "overloaded"),
                whom = ?whom,
                max = MAX_CALLS,
                "the provider resolver is not asked, because too many calls of it are in flight; make it \
                 faster, or limit the requests of single networks in front of this application"
            );
            NotFound::Unavailable
        })
    }

    fn now(&self) -> UnixMillis {
        UnixMillis::of(self.clock.now())
    }
}

#[cfg(test)]
mod tests;
