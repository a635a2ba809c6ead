//! Builds the relying party and its HTTP client from the provider's settings.

use std::sync::Arc;

use relying_party::{HttpClient, Provider, RelyingParty, scope};
use sha2::{Digest, Sha256};

use super::AuthLayerBuilder;
use super::provider_list::{NamedProvider, NonEmpty};
use crate::config_error::ConfigError;
use crate::random::{FreshValue, Random};
use crate::session::frame::ProviderId;
use crate::web::hints::Hints;

/// The `User-Agent` of requests to the provider, unless the application sets another.
const USER_AGENT: &str = concat!("tower-oidc/", env!("CARGO_PKG_VERSION"));

/// A client that is registered at a provider, and what the layer knows it by.
pub(super) struct RegisteredClient {
    pub(super) id: Option<Arc<str>>,
    /// Binds sessions and sign-ins to the registered provider.
    pub(super) registration_id: ProviderId,
    pub(super) relying_party: RelyingParty,
}

pub(super) fn build(
    providers: NonEmpty<NamedProvider>,
    http: &Arc<dyn HttpClient>,
    random: &Arc<Random>,
    builder: &AuthLayerBuilder,
) -> Result<NonEmpty<RegisteredClient>, ConfigError> {
    let has_several = !providers.others.is_empty();
    providers.try_map(|named| {
        let id = named.id.clone().filter(|_| has_several);
        client(named, http, random, builder).map_err(|error| match id {
            Some(id) => error.about_provider(&id),
            None => error,
        })
    })
}

fn client(
    named: NamedProvider,
    http: &Arc<dyn HttpClient>,
    random: &Arc<Random>,
    builder: &AuthLayerBuilder,
) -> Result<RegisteredClient, ConfigError> {
    let provider = with_request_lifetime(named.provider, builder).default_user_agent(USER_AGENT);
    let provider = with_assertion_ids(provider, random);
    let clock = Arc::clone(&builder.clock);
    let relying_party = RelyingParty::new(provider, Arc::clone(http), clock);
    let relying_party = relying_party.map_err(from_relying_party)?;
    Ok(RegisteredClient {
        id: named.id,
        registration_id: registration_id(&relying_party),
        relying_party,
    })
}

fn with_request_lifetime(provider: Provider, builder: &AuthLayerBuilder) -> Provider {
    let lifetime = if builder.freezes_between_requests {
        Some(builder.refresh_wait)
    } else {
        builder.refresh_request_lifetime
    };
    match lifetime {
        Some(lifetime) => provider.request_lifetime(lifetime),
        None => provider,
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

/// The first eight bytes of SHA-256 over issuer and client, each preceded by its length: enough to distinguish
/// providers that share a cookie secret, an origin and a cookie name.
fn registration_id(relying_party: &RelyingParty) -> ProviderId {
    let mut hash = Sha256::new();
    for part in [relying_party.issuer(), relying_party.client_id()] {
        hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut id = [0; 8];
    for (to, from) in id.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    ProviderId(id)
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
