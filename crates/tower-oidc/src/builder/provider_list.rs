//! The providers that the builder was given.

use std::fmt;
use std::sync::Arc;

use relying_party::Provider;

use crate::config_error::ConfigError;
use crate::provider::ProviderResolver;

/// The providers that the builder was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Providers {
    pub(super) without_id: Option<Provider>,
    pub(super) with_id: Vec<(String, Provider)>,
    /// The providers come from variables; those that are given in code replace them.
    pub(super) from_environment: bool,
    /// Finds other providers at request time.
    pub(super) resolver: Option<Resolver>,
    /// No variable gives a provider: the error of `build`, unless code gives one or a resolver.
    pub(super) missing: Option<ConfigError>,
    /// `configure_provider` was called before there was a provider.
    pub(super) configured_too_early: bool,
}

impl Providers {
    pub(super) fn from_environment(
        given: impl Iterator<Item = (Option<String>, Provider)>,
    ) -> Self {
        let mut providers = Self {
            from_environment: true,
            ..Self::default()
        };
        for (id, provider) in given {
            match id {
                Some(id) => providers.with_id.push((id, provider)),
                None => providers.without_id = Some(provider),
            }
        }
        providers
    }

    /// The providers of variables of which none is about a provider.
    pub(super) fn missing_in_environment(error: ConfigError) -> Self {
        Self {
            from_environment: true,
            missing: Some(error),
            ..Self::default()
        }
    }

    /// Those that are given in code: they replace those of variables, but not the resolver.
    pub(super) fn without_environment(&mut self) -> Self {
        Self {
            resolver: self.resolver.take(),
            ..Self::default()
        }
    }
}

/// The application's resolver.
#[derive(Clone)]
pub(super) struct Resolver(pub(super) Arc<dyn ProviderResolver>);

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

/// A provider, with its id if it was registered under an id.
pub(super) struct NamedProvider {
    pub(super) id: Option<Arc<str>>,
    pub(super) provider: Provider,
}
