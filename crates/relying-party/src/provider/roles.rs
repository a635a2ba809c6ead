//! Settings of what users may do.

use super::Provider;

impl Provider {
    /// Sets the claim that has the roles of a user, by the names that lead to it, from the outside in: `["roles"]`,
    /// `["realm_access", "roles"]` or `["https://shop.example/roles"]`. The claim is an array of strings, or a string.
    /// Default is `["roles"]`; the presets of Keycloak, Cognito and Okta set theirs.
    ///
    /// The claim must be in the ID token, or in the UserInfo response if that is read at the sign-in.
    /// [`Claims::has_role`](crate::Claims::has_role) looks at it.
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::auth0("shop.eu.auth0.com", "client-id")
    ///     .role_claim(["https://shop.example/roles"]);
    /// # let _ = provider;
    /// ```
    pub fn role_claim(mut self, path: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.role_claim = path.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the names that lead to the claim with the roles.
    #[must_use]
    pub fn role_claim_path(&self) -> &[String] {
        &self.role_claim
    }

    /// Sets the parameter of an authorization request that asks for a sign-in in an organization. Default is none: the
    /// presets of Auth0 and Logto set theirs.
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::new("https://id.example.com", "client-id")
    ///     .organization_parameter("organization");
    /// # let _ = provider;
    /// ```
    pub fn organization_parameter(mut self, name: impl Into<String>) -> Self {
        self.organization_parameter = Some(name.into());
        self
    }

    /// Returns the parameter that asks for an organization, if there is one.
    #[must_use]
    pub fn organization_parameter_name(&self) -> Option<&str> {
        self.organization_parameter.as_deref()
    }

    /// Returns the [`acr_values`](Self::acr_values) of every sign-in that does not say otherwise.
    #[must_use]
    pub fn default_acr_values(&self) -> Option<&str> {
        self.parameters.acr_values.as_deref()
    }

    /// Returns the [`max_age`](Self::max_age) of every sign-in that does not say otherwise.
    #[must_use]
    pub const fn default_max_age(&self) -> Option<std::time::Duration> {
        self.parameters.max_age
    }
}
