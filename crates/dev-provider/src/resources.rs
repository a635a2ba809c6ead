//! The APIs for which access tokens can be requested (RFC 8707).

/// An API for which clients can request access tokens (RFC 8707).
///
/// They are JWTs (RFC 9068) with the resource as `aud`. Two resources are predefined:
///
/// | `resource` | scopes |
/// |---|---|
/// | `https://api.one.example` | `read`, `write` |
/// | `https://api.two.example` | `read`, `admin` |
#[derive(Clone, Debug)]
pub struct Resource {
    indicator: String,
    scopes: Vec<String>,
}

impl Resource {
    /// Creates a resource without scopes. `indicator` is its URI, which is compared byte for byte.
    #[must_use]
    pub fn new(indicator: impl Into<String>) -> Self {
        Self {
            indicator: indicator.into(),
            scopes: Vec::new(),
        }
    }

    /// Adds a scope. It is granted to clients that request both the resource and the scope.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    pub(crate) fn predefined() -> Vec<Self> {
        vec![
            Self::new("https://api.one.example")
                .scope("read")
                .scope("write"),
            Self::new("https://api.two.example")
                .scope("read")
                .scope("admin"),
        ]
    }

    pub(crate) fn indicator(&self) -> &str {
        &self.indicator
    }

    pub(crate) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|known| known == scope)
    }
}
