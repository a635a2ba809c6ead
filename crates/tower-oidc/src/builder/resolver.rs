//! The settings of providers, and of origins, that are known at request time alone.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use relying_party::Provider;

use super::AuthLayerBuilder;
use super::provider_client::{RegisteredClient, Registrar};
use super::provider_conflicts;
use super::provider_list::Resolver;
use crate::config_error::ConfigError;
use crate::log_limit::LogLimiter;
use crate::provider::resolver::found::ResolvedProviders;
use crate::provider::{ProviderResolver, Registration};
use crate::refresh::RefreshTimes;
use crate::session::frame::ResolverKey;

/// Some ten megabytes of metadata and keys.
pub(super) const DEFAULT_ENTRIES: usize = 256;

/// A tenant that was removed or changed is noticed within this time.
pub(super) const DEFAULT_MAX_AGE: Duration = Duration::from_secs(600);

impl AuthLayerBuilder {
    /// Finds providers at request time, such as one for each customer ("tenant"), with a
    /// [`ProviderResolver`]: an `async` closure, or a
    /// [`ProviderDirectory`](crate::provider::ProviderDirectory). Default: none.
    ///
    /// | request | who chooses the provider |
    /// |---|---|
    /// | `/auth/sign-in/acme`, or [`SignIn::provider`](crate::SignIn::provider) | the key `acme` |
    /// | `/auth/sign-in?login_hint=alice@acme.example`, or [`SignIn::login_hint`](crate::SignIn::login_hint) | the resolver, by the email domain |
    /// | `/auth/sign-in` | the resolver, by the host; or else the first provider of [`provider_with_id`](Self::provider_with_id), or the page of [`choose_provider`](Self::choose_provider) |
    /// | the callback, and all requests for a session | the key that is sealed in its cookie |
    ///
    /// The redirect URI of a resolved provider is `/auth/callback/{key}`, so that the answer of one provider
    /// is never taken for that of another (RFC 9700 section 4.4.2): register it with each. A provider that
    /// the resolver does not know is a page with status 404.
    ///
    /// Any single segment below the sign-in, the sign-up and the callback path may be a key, so all of these paths
    /// are the layer's: `/auth/sign-in/help` does not reach the application.
    ///
    /// A session keeps the key of its provider, and a hash of issuer and client id. Opening a session asks
    /// nobody. If a resolver's answer for the key has another issuer or client id than the session, nothing of
    /// the session is sent there, and the user signs in again when a token is needed. A tenant's sessions do
    /// not end when the resolver stops knowing it, but their tokens are no longer refreshed.
    ///
    /// Providers of the configuration need an id here ([`provider_with_id`](Self::provider_with_id)), which
    /// counts before the resolver's keys. A tenant whose key is such an id is refused at all origins, with an error
    /// in the log, and its sessions no longer open. A session of a provider of the configuration has no key, so its
    /// users are signed out when the provider moves from the configuration to the resolver, also with the same id
    /// as key. [`discover`](crate::AuthLayer::discover),
    /// [`redirect_uris`](crate::AuthLayer::redirect_uris), `client_keys_path` and the log lines at the start
    /// know them alone.
    pub fn provider_resolver(mut self, resolver: impl ProviderResolver) -> Self {
        self.providers.resolver = Some(Resolver(Arc::new(resolver)));
        self
    }

    /// How many answers of the resolver are kept, and for how long. Default: 256, for ten minutes.
    ///
    /// With each provider its metadata and keys are kept, and what is known of its outages, for as long as the
    /// resolver answers with the same settings. An answer that is evicted or too old is asked for again when it
    /// is needed; nobody is signed out by that. While the resolver fails, an old answer serves. A tenant that was
    /// changed or removed is noticed after this time;
    /// [`AuthLayer::forget_provider`](crate::AuthLayer::forget_provider) does not wait for it.
    ///
    /// Requests for the same provider wait for one call of the resolver, and a negative or failed answer is
    /// repeated for two seconds without another call. At most 64 calls for sign-ins and 64 for sessions run at
    /// once; more requests get 503.
    ///
    /// [`build`](Self::build) refuses 0 entries, and this setting without a
    /// [`provider_resolver`](Self::provider_resolver).
    pub const fn provider_cache(mut self, max_entries: usize, max_age: Duration) -> Self {
        self.provider_cache = Some((max_entries, max_age));
        self
    }

    /// Serves origins that are not known at build time, such as `https://acme.app.example` for each customer
    /// or the customers' own domains. Default: `false`; requests for other hosts than those of
    /// [`base_url`](Self::base_url) and [`additional_base_url`](Self::additional_base_url) are anonymous.
    ///
    /// The origin of such a request has the scheme of the base URL and the host that the request names (by
    /// `Host`, or by `X-Forwarded-Host` of a [`trusted_proxy`](Self::trusted_proxy)). The keys of its cookies
    /// are derived from it, so that a cookie of one host never opens at another. Who may sign in there is the
    /// resolver's decision alone: the providers of the configuration are not used. So the resolver must look at
    /// [`ProviderQuery::origin`](crate::provider::ProviderQuery::origin). A host that anybody made up costs a
    /// derivation of keys; the latest 512 hosts are kept.
    ///
    /// Hosts under one domain are the same site for browsers: a page of one customer can send requests with
    /// cookies to another one's host, and `SameSite` does not stop them.
    ///
    /// [`build`](Self::build) refuses it without a [`provider_resolver`](Self::provider_resolver), and with a
    /// [`cookie_domain`](Self::cookie_domain).
    pub const fn origins_from_requests(mut self, from_requests: bool) -> Self {
        self.origins_from_requests = from_requests;
        self
    }
}

/// The application's resolver with its cache, if there is one.
pub(super) fn resolved_providers(
    builder: &AuthLayerBuilder,
    registrar: &Registrar,
    clients: &[RegisteredClient],
    times: &RefreshTimes,
    log: &Arc<LogLimiter>,
) -> Result<Option<Arc<ResolvedProviders>>, ConfigError> {
    let Some(Resolver(resolver)) = &builder.providers.resolver else {
        return without_resolver(builder);
    };
    let default = (DEFAULT_ENTRIES, DEFAULT_MAX_AGE);
    let (max_entries, max_age) = builder.provider_cache.unwrap_or(default);
    let max_entries = NonZeroUsize::new(max_entries).ok_or_else(|| {
        ConfigError::new(
            "provider_cache",
            "must have room for at least one entry; give a short time instead, so that the resolver is \
             asked more often",
        )
    })?;
    let registration = ResolvedRegistration {
        registrar: registrar.clone(),
        longest_request: times.request_lifetime,
        registered: clients.into(),
    };
    Ok(Some(Arc::new(ResolvedProviders::new(
        Arc::clone(resolver),
        Box::new(move |key, provider| registration.make(key, provider)),
        clients.iter().filter_map(|it| it.id.clone()).collect(),
        max_entries,
        max_age,
        Arc::clone(&builder.clock),
        Arc::clone(log),
    ))))
}

/// Makes the registration of a provider that a resolver found, if it complies with the rules for such ones.
struct ResolvedRegistration {
    registrar: Registrar,
    /// The longest time that a request may take, for which the lock at a coordinator lasts.
    longest_request: Duration,
    registered: Box<[RegisteredClient]>,
}

impl ResolvedRegistration {
    fn make(&self, key: &ResolverKey, provider: Provider) -> Result<Registration, ConfigError> {
        let client = self.registrar.resolved_client(key, provider)?;
        provider_conflicts::check_resolved(&self.registered, &client)?;
        if client.relying_party.request_lifetime() > self.longest_request {
            return Err(ConfigError::new(
                "request_lifetime",
                format!(
                    "is more than {} seconds, which a refresh may take here: lower it, or raise \
                     refresh_request_lifetime",
                    self.longest_request.as_secs()
                ),
            ));
        }
        let key = Some(key.clone());
        Ok(self.registrar.registration_with_key(&client, key))
    }
}

/// Refuses what has no effect without a resolver.
fn without_resolver(
    builder: &AuthLayerBuilder,
) -> Result<Option<Arc<ResolvedProviders>>, ConfigError> {
    if builder.provider_cache.is_some() {
        return Err(ConfigError::new(
            "provider_cache",
            "has no effect without provider_resolver: set that, or remove this",
        ));
    }
    if builder.origins_from_requests {
        return Err(ConfigError::new(
            "origins_from_requests",
            "needs provider_resolver, which decides who may sign in at such an origin: set it, or list the \
             origins with additional_base_url",
        ));
    }
    Ok(None)
}
