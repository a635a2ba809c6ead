//! What the settings ask for, for those who have to know before the provider is asked.

use super::Provider;

impl Provider {
    /// Whether this scope is one of those that [`scopes`](Self::scopes) asks for, or `openid`.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        scope == "openid"
            || self
                .scopes
                .iter()
                .flatten()
                .any(|configured| configured == scope)
    }

    /// Whether this resource is one of those that [`resources`](Self::resources) asks for.
    #[must_use]
    pub fn has_resource(&self, resource: &str) -> bool {
        self.resources.iter().any(|configured| configured == resource)
    }
}
