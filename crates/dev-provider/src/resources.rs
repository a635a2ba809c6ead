//! The APIs that access tokens can be for (RFC 8707).

/// An API that has access tokens of its own: the `aud` of JWTs (RFC 9068).
///
/// Two are always there:
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
    /// A resource without scopes. `indicator` is compared byte for byte.
    #[must_use]
    pub fn new(indicator: impl Into<String>) -> Self {
        Self {
            indicator: indicator.into(),
            scopes: Vec::new(),
        }
    }

    /// Adds a scope, which the resource grants to whoever asks for both.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    pub(crate) fn ready_made() -> Vec<Self> {
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
