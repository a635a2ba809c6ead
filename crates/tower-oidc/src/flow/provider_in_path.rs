//! From the path of a sign-in or a callback to the provider that it is for.

use crate::origin::routes::ProviderInPath;
use crate::provider::Registration;
use crate::provider::registry::Registry;

/// The provider that a path is for. With several providers, one of the paths that name none is for none.
pub(super) fn provider_in_path<'a>(
    providers: &'a Registry,
    path: &ProviderInPath,
) -> Option<&'a Registration> {
    match path {
        ProviderInPath::NotNamed => providers.only(),
        ProviderInPath::Named(id) => providers.with_id(id),
        ProviderInPath::Unknown => None,
    }
}
