//! From the path of a sign-in or a callback to the provider that it is for.

use crate::origin::routes::ProviderInPath;
use crate::provider::Registration;
use crate::provider::registry::Registry;
use crate::provider::resolver::found::NotFound;

/// The provider that a path is for. With several providers, one of the paths that name none is for none.
pub(super) async fn provider_in_path(
    providers: &Registry,
    path: &ProviderInPath,
) -> Result<Option<Registration>, NotFound> {
    match path {
        ProviderInPath::NotNamed => Ok(providers.only().cloned()),
        ProviderInPath::Named(id) => providers.named(id).await.map(Some),
        ProviderInPath::Unknown => Err(NotFound::Unknown),
    }
}

impl ProviderInPath {
    /// The id in the path.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Named(id) => Some(id),
            Self::NotNamed | Self::Unknown => None,
        }
    }
}
