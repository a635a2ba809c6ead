//! Keycloak.

use super::{WELL_KNOWN, base_url};
use crate::config_error::ConfigError;
use crate::provider::Provider;
use crate::scope;

impl Provider {
    /// Creates the settings for Keycloak. `url` is the server's, such as `https://id.example.com`; without
    /// a scheme, https is used.
    ///
    /// The issuer is `{url}/realms/{realm}`. The scope `offline_access` is not requested: refresh tokens
    /// come without it and end with the user's session at Keycloak. With it, they would be offline tokens,
    /// which outlive that session. [`add_scopes`](Self::add_scopes) adds it.
    ///
    /// Roles are in the claim `realm_access`, if the realm adds them to the ID token or to UserInfo;
    /// [`Claims::realm_roles`](crate::Claims::realm_roles) reads them, and they are those of
    /// [`role_claim`](Self::role_claim).
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::keycloak("https://id.example.com", "acme", "client-id")
    ///     .client_secret("from the admin console");
    /// # let _ = provider;
    /// ```
    pub fn keycloak(
        url: impl AsRef<str>,
        realm: impl AsRef<str>,
        client_id: impl Into<String>,
    ) -> Self {
        let url = url.as_ref();
        let issuer = issuer_of(url, realm.as_ref());
        Self::preset(url, issuer, |issuer| {
            Self::keycloak_with_issuer(issuer, client_id)
        })
    }

    /// Creates the settings for Keycloak, like [`keycloak`](Self::keycloak), by the issuer exactly as the
    /// realm's discovery document shows it, such as `https://id.example.com/realms/acme`.
    pub fn keycloak_with_issuer(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(issuer, client_id)
            .name("Keycloak")
            .scopes([scope::PROFILE, scope::EMAIL])
            .role_claim(["realm_access", "roles"])
    }
}

fn issuer_of(url: &str, realm: &str) -> Result<String, ConfigError> {
    let base = base_url(url, true, WELL_KNOWN)?;
    if base.contains("/realms") {
        return Err(ConfigError::new(
            "issuer",
            "is the URL of a realm and not of the server",
            "leave out `/realms/` and what follows",
        ));
    }
    let is_part = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
    if realm.is_empty() || realm.starts_with('.') || !realm.bytes().all(is_part) {
        return Err(ConfigError::new(
            "realm",
            "must be the name of a realm, of letters, digits, `-`, `_` and `.`",
            "copy the name of the realm from Keycloak's admin console, or give the issuer of the realm's \
             discovery document instead",
        ));
    }
    Ok(format!("{base}/realms/{realm}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    #[test]
    fn keycloaks_issuer_has_the_realm() {
        for (url, realm, expected) in [
            ("id.example", "acme", "https://id.example/realms/acme"),
            (
                "https://id.example/auth/",
                "a-b_c.d",
                "https://id.example/auth/realms/a-b_c.d",
            ),
            ("id.example/realms/acme", "acme", "refused: issuer"),
            ("id.example", "", "refused: realm"),
            ("id.example", "../x", "refused: realm"),
            ("id.example", "a/b", "refused: realm"),
            ("id.example", "a b", "refused: realm"),
        ] {
            let provider = Provider::keycloak(url, realm, "id");
            assert_eq!(issuer(provider), expected, "{url} {realm}");
        }
    }

    #[test]
    fn keycloak_with_an_issuer_has_this_issuer_and_the_settings_of_the_preset() {
        let with_issuer = Provider::keycloak_with_issuer("https://id.example/realms/acme", "id");
        let preset = Provider::keycloak("id.example", "acme", "id");
        assert_eq!(format!("{with_issuer:?}"), format!("{preset:?}"));
    }

    #[test]
    fn keycloak_gets_no_request_for_offline_access_unless_it_is_added() {
        let keycloak = Provider::keycloak("id.example", "acme", "id");
        assert!(keycloak.has_scope("email") && !keycloak.has_scope("offline_access"));
        assert!(
            keycloak
                .add_scopes(["offline_access"])
                .has_scope("offline_access")
        );
    }
}
