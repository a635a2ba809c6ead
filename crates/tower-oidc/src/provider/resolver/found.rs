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

/// Makes a registration of a resolver's answer.
pub(crate) type Register =
    dyn Fn(&ResolverKey, Provider) -> Result<Registration, ConfigError> + Send + Sync;

/// The application's resolver, and the providers that it found.
pub(crate) struct ResolvedProviders {
    resolver: Arc<dyn ProviderResolver>,
    register: Box<Register>,
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
        max_entries: NonZeroUsize,
        max_age: Duration,
        clock: Arc<dyn Clock>,
        log: Arc<LogLimiter>,
    ) -> Self {
        Self {
            resolver,
            register,
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
