//! The providers that the builder was given, unchecked.

use relying_party::Provider;

/// The providers that the builder was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Providers {
    pub(super) without_id: Option<Provider>,
    pub(super) with_id: Vec<(String, Provider)>,
    /// The provider comes from variables; one that is given in code replaces it.
    pub(super) from_environment: bool,
    /// `configure_provider` was called before there was a provider.
    pub(super) configured_too_early: bool,
}

impl Providers {
    pub(crate) fn from_environment(id: Option<&str>, provider: Provider) -> Self {
        let mut providers = Self::default();
        match id {
            Some(id) => providers.with_id.push((id.to_owned(), provider)),
            None => providers.without_id = Some(provider),
        }
        providers.from_environment = true;
        providers
    }
}
