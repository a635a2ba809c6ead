//! The providers that the builder was given.

use std::sync::Arc;

use relying_party::Provider;

/// The providers that the builder was given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Providers {
    pub(super) without_id: Option<Provider>,
    pub(super) with_id: Vec<(String, Provider)>,
    /// The providers come from variables; those that are given in code replace them.
    pub(super) from_environment: bool,
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
}

/// A provider, with its id if it was registered under an id.
pub(super) struct NamedProvider {
    pub(super) id: Option<Arc<str>>,
    pub(super) provider: Provider,
}

/// A list with at least one entry.
pub(super) struct NonEmpty<T> {
    pub(super) first: T,
    pub(super) others: Vec<T>,
}

impl<T> NonEmpty<T> {
    pub(super) fn from_vec(mut entries: Vec<T>) -> Option<Self> {
        if entries.is_empty() {
            return None;
        }
        let others = entries.split_off(1);
        let first = entries.pop()?;
        Some(Self { first, others })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The same list with each entry converted, or the first error.
    pub(super) fn try_map<U, E>(
        self,
        mut convert: impl FnMut(T) -> Result<U, E>,
    ) -> Result<NonEmpty<U>, E> {
        Ok(NonEmpty {
            first: convert(self.first)?,
            others: self
                .others
                .into_iter()
                .map(convert)
                .collect::<Result<_, _>>()?,
        })
    }
}
