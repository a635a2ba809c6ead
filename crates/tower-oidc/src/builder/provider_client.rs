//! Builds the relying party and its HTTP client from the provider's settings.

use std::sync::Arc;
use std::time::Duration;

use relying_party::{Clock, HttpClient, Provider, RelyingParty, scope};

use super::AuthLayerBuilder;
use super::provider_list::NamedProvider;
use crate::config_error::ConfigError;
use crate::log_limit::LogLimiter;
use crate::provider::script_tokens::ScriptTokens;
use crate::provider::{Registration, RegistrationParts};
use crate::random::{FreshValue, Random};
use crate::refresh::token_circuit;
use crate::session::frame::ProviderId;
use crate::session::frame::{ProviderRef, ResolverKey};
use crate::web::hints::Hints;

/// The `User-Agent` of requests to the provider, unless the application sets another.
const USER_AGENT: &str = concat!("tower-oidc/", env!("CARGO_PKG_VERSION"));

/// A client that is registered at a provider, and what the layer knows it by.
#[derive(Clone)]
pub(super) struct RegisteredClient {
    pub(super) id: Option<Arc<str>>,
    /// Binds sessions and sign-ins to the registered provider.
    pub(super) registration_id: ProviderId,
    pub(super) relying_party: RelyingParty,
}

/// Makes clients and registrations of providers, those of the configuration and those of a resolver.
#[derive(Clone)]
pub(super) struct Registrar {
    http: Arc<dyn HttpClient>,
    random: Arc<Random>,
    clock: Arc<dyn Clock>,
    /// `None`: the provider's setting applies.
    request_lifetime: Option<Duration>,
    user_info_at_sign_in: bool,
    introspect_scopes: bool,
    script_resources: Arc<[String]>,
    /// Whether providers of a resolver may be in an internal network unless their settings say otherwise: on a
    /// development machine, where they are.
    is_development: bool,
}

impl Registrar {
    pub(super) fn new(
        builder: &AuthLayerBuilder,
        http: Arc<dyn HttpClient>,
        random: Arc<Random>,
        is_development: bool,
    ) -> Self {
        Self {
            http,
            random,
            clock: Arc::clone(&builder.clock),
            request_lifetime: match builder.freezes_between_requests {
                true => Some(builder.refresh_wait),
                false => builder.refresh_request_lifetime,
            },
            user_info_at_sign_in: builder.user_info_at_sign_in,
            introspect_scopes: builder.introspect_scopes,
            script_resources: builder.access_token_resources.clone().into(),
            is_development,
        }
    }

    /// The clients of the configuration.
    pub(super) fn clients(
        &self,
        providers: Vec<NamedProvider>,
    ) -> Result<Vec<RegisteredClient>, ConfigError> {
        let has_several = providers.len() > 1;
        let mut clients: Vec<RegisteredClient> = Vec::new();
        for named in providers {
            let id = named.id.clone().filter(|_| has_several);
            let client = self.client(named).map_err(|error| match id {
                Some(id) => error.about_provider(&id),
                None => error,
            })?;
            clients.push(client);
        }
        Ok(clients)
    }

    fn client(&self, named: NamedProvider) -> Result<RegisteredClient, ConfigError> {
        let provider = match self.request_lifetime {
            Some(lifetime) => named.provider.request_lifetime(lifetime),
            None => named.provider,
        };
        let provider = provider.default_user_agent(USER_AGENT);
        let provider = with_assertion_ids(provider, &self.random);
        let (http, clock) = (Arc::clone(&self.http), Arc::clone(&self.clock));
        let relying_party = RelyingParty::new(provider, http, clock);
        let relying_party = relying_party.map_err(from_relying_party)?;
        Ok(RegisteredClient {
            id: named.id,
            registration_id: ProviderId::of(relying_party.issuer(), relying_party.client_id()),
            relying_party,
        })
    }

    /// Nothing of a registration is shared with another one, so that no provider delays another's users.
    pub(super) fn registration(&self, client: &RegisteredClient) -> Registration {
        self.registration_with_key(client, None)
    }

    pub(super) fn registration_with_key(
        &self,
        client: &RegisteredClient,
        key: Option<ResolverKey>,
    ) -> Registration {
        let settings = client.relying_party.provider();
        Registration::new(RegistrationParts {
            provider: ProviderRef {
                id: client.registration_id,
                key,
            },
            relying_party: client.relying_party.clone(),
            id: client.id.clone(),
            user_info_at_sign_in: self.user_info_at_sign_in,
            introspect_scopes: self.introspect_scopes,
            script_tokens: ScriptTokens::of(settings, &self.script_resources),
            circuit: Arc::new(token_circuit()),
            clock: Arc::clone(&self.clock),
            log: Arc::new(LogLimiter::new(Arc::clone(&self.clock))),
        })
    }

    /// The client at a provider that a resolver found.
    pub(super) fn resolved_client(
        &self,
        key: &ResolverKey,
        provider: Provider,
    ) -> Result<RegisteredClient, ConfigError> {
        self.client(NamedProvider {
            id: Some(key.text()),
            provider: provider.default_allow_internal_addresses(self.is_development),
        })
    }
}

/// The identifiers of assertions are new even if the random bytes repeat, like all values that must be
/// new: a provider refuses an assertion whose identifier it knows.
fn with_assertion_ids(provider: Provider, random: &Arc<Random>) -> Provider {
    let random = Arc::clone(random);
    provider.default_random_source(move |bytes| {
        for chunk in bytes.chunks_mut(16) {
            let fresh = random.fresh::<16>(FreshValue::AssertionId, &[])?;
            for (to, from) in chunk.iter_mut().zip(fresh.iter()) {
                *to = *from;
            }
        }
        Ok(())
    })
}

/// Warns if the settings need refresh tokens but do not request them.
pub(super) fn warn_without_refresh_tokens(provider: &Provider, hints: &Hints) {
    let needs_them =
        provider.resource_indicators().next().is_some() || provider.has_scope(scope::ORGANIZATIONS);
    if needs_them && !provider.has_scope(scope::OFFLINE_ACCESS) {
        hints.needs_offline_access("tokens for resources and organizations come by refresh");
    }
}

fn from_relying_party(error: relying_party::ConfigError) -> ConfigError {
    let rule = format!("{}; {}", error.rule(), error.remedy());
    let setting = match error.setting() {
        "request_lifetime" => "refresh_request_lifetime",
        setting => setting,
    };
    ConfigError::new(setting, rule)
}

pub(super) fn http_client(builder: &AuthLayerBuilder) -> Result<Arc<dyn HttpClient>, ConfigError> {
    if let Some(client) = &builder.http_client {
        return Ok(Arc::clone(client));
    }
    default_client(builder.root_certificates.as_deref())
}

#[cfg(feature = "hyper-client")]
fn default_client(root_certificates: Option<&[u8]>) -> Result<Arc<dyn HttpClient>, ConfigError> {
    let mut client = relying_party::HyperClient::builder();
    if let Some(pem) = root_certificates {
        client = client
            .add_root_certificates_pem(pem)
            .map_err(|error| from_relying_party(error).named("root_certificates_pem"))?;
    }
    Ok(Arc::new(client.build()))
}

#[cfg(not(feature = "hyper-client"))]
fn default_client(_: Option<&[u8]>) -> Result<Arc<dyn HttpClient>, ConfigError> {
    Err(ConfigError::new(
        "http_client",
        "is missing: give an HTTP client, or turn on the feature `hyper-client`",
    ))
}
