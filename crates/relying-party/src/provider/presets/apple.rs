//! Sign in with Apple.

use crate::config_error::ConfigError;
use crate::credentials::{ClientAuthMethod, ClientKey, SecretSource, SignedSecret};
use crate::provider::{Provider, ResponseMode, SigningAlgorithm};
use crate::scope;

const ISSUER: &str = "https://appleid.apple.com";
const NAME: &str = "name";

impl Provider {
    /// Creates the settings for Sign in with Apple. `client_id` is the identifier of the Services ID,
    /// `team_id` that of the team, and `key_id` that of the key whose `.p8` file has the text `private_key`.
    ///
    /// The client secret is a JWT that is signed with the key (ES256) for each request and expires after
    /// five minutes, so no secret has to be replaced every six months. It is sent in the form. The scopes
    /// are `name` and `email`; for them Apple demands [`ResponseMode::FormPost`]. Refresh tokens come
    /// without the scope `offline_access`. Apple has a revocation endpoint. It has no UserInfo endpoint
    /// and no end-session endpoint, so a sign-out ends the session of the application only.
    ///
    /// # The user's name
    ///
    /// The name is in no ID token. The form that the browser posts has it in the field `user`, as JSON, and
    /// only at the first sign-in of the user: an application that needs it must store it then.
    /// [`posted_user_name`](Self::posted_user_name) is set, so `tower-oidc` makes the claims `given_name`,
    /// `family_name` and `name` of it. The field is not signed, so a user can choose any name. The email
    /// address is in the ID token, and it may be a relay address of Apple.
    ///
    /// # Sources
    ///
    /// The issuer, the endpoints and the methods are those of the metadata that Apple publishes. The form of
    /// the client secret is from programs that cite Apple's page "Generate and validate tokens", and the rule
    /// about the response mode is the text of an error of Apple. All else is not verified with the vendor.
    ///
    /// # Errors
    ///
    /// [`RelyingParty::new`](crate::RelyingParty::new) refuses a `private_key` that is no key for ES256, and
    /// a `team_id` or `key_id` that has other characters than ASCII letters and digits.
    ///
    /// ```no_run
    /// use relying_party::Provider;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let private_key = std::fs::read("AuthKey_ABC123DEFG.p8")?;
    /// let provider =
    ///     Provider::apple("com.example.web", "DEF123GHIJ", "ABC123DEFG", private_key);
    /// # let _ = provider;
    /// # Ok(()) }
    /// ```
    pub fn apple(
        client_id: impl Into<String>,
        team_id: impl Into<String>,
        key_id: impl Into<String>,
        private_key: impl AsRef<[u8]>,
    ) -> Self {
        let secret = signed_secret(team_id.into(), key_id.into(), private_key.as_ref());
        let mut provider = Self::new(ISSUER, client_id)
            .name("Apple")
            .client_auth_method(ClientAuthMethod::ClientSecretPost)
            .scopes([NAME, scope::EMAIL])
            .response_mode(ResponseMode::FormPost)
            .posted_user_name(true);
        provider.form_post_scopes = &[NAME, scope::EMAIL];
        match secret {
            Ok(secret) => {
                provider.credentials.secret_source = Some(SecretSource::Signed(secret));
            }
            Err(error) => provider.preset_error = Some(error),
        }
        provider
    }
}

fn signed_secret(
    team_id: String,
    key_id: String,
    private_key: &[u8],
) -> Result<SignedSecret, ConfigError> {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|it| it.is_ascii_alphanumeric());
    let wrong_id = |setting, remedy| {
        let rule = "must be ASCII letters and digits, and not empty";
        Err(ConfigError::new(setting, rule, remedy))
    };
    if !is_id(&team_id) {
        let remedy =
            "copy the team ID, of ten characters, from the membership in Apple's developer account";
        return wrong_id("team_id", remedy);
    }
    if !is_id(&key_id) {
        let remedy =
            "copy the key ID, of ten characters, from the key in Apple's developer account";
        return wrong_id("key_id", remedy);
    }
    let wrong_key = |rule| {
        let remedy =
            "give the content of the `.p8` file that was downloaded from Apple's developer account";
        ConfigError::new("private_key", rule, remedy)
    };
    let key = ClientKey::from_pem(private_key).map_err(|error| wrong_key(error.rule()))?;
    let algorithm = SigningAlgorithm::Es256;
    if !key.can_sign(algorithm) {
        return Err(wrong_key("must be a key of P-256, for ES256"));
    }
    Ok(SignedSecret {
        issuer: team_id,
        audience: ISSUER,
        algorithm,
        key: key.kid(key_id),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    const P256: &str = include_str!("../../tests/keys/p256.pem");
    const ED25519: &str = include_str!("../../tests/keys/ed25519.pem");
    const ENCRYPTED: &str = include_str!("../../tests/keys/encrypted.pem");

    fn apple() -> Provider {
        Provider::apple("com.example.web", "TEAM", "KEY", P256)
    }

    #[test]
    fn the_settings_of_apple_are_those_of_its_metadata() {
        let apple = apple();
        assert!(apple.uses_form_post() && apple.uses_posted_user_name());
        assert!(apple.has_scope("name") && apple.has_scope("email"));
        assert!(!apple.has_scope("offline_access") && !apple.has_scope("profile"));
        let method = apple.client_auth_method;
        assert_eq!(method, Some(ClientAuthMethod::ClientSecretPost));
        assert_eq!(issuer(apple), "https://appleid.apple.com");
    }

    #[test]
    fn what_makes_no_secret_for_apple_is_refused_by_the_name_of_the_setting() {
        for (team_id, key_id, private_key, expected) in [
            ("", "KEY", P256, "refused: team_id"),
            (" TEAM", "KEY", P256, "refused: team_id"),
            ("TEAM", "KEY\n", P256, "refused: key_id"),
            ("TEAM", "AuthKey_KEY.p8", P256, "refused: key_id"),
            ("TEAM", "KEY", "", "refused: private_key"),
            ("TEAM", "KEY", "AuthKey_KEY.p8", "refused: private_key"),
            ("TEAM", "KEY", ED25519, "refused: private_key"),
            ("TEAM", "KEY", ENCRYPTED, "refused: private_key"),
        ] {
            let provider = Provider::apple("id", team_id, key_id, private_key);
            assert_eq!(issuer(provider), expected, "{team_id} {key_id}");
        }
    }

    #[test]
    fn the_scopes_name_and_email_are_requested_with_form_post_only() {
        let query = || apple().response_mode(ResponseMode::Query);
        assert_eq!(issuer(query()), "refused: response_mode");
        assert_eq!(issuer(query().scopes([NAME])), "refused: response_mode");
        let neither = query().scopes([scope::OPENID]);
        assert_eq!(issuer(neither), "https://appleid.apple.com");
        let other = Provider::new("https://op.example", "id").scopes([NAME]);
        assert_eq!(issuer(other), "https://op.example");
    }

    #[test]
    fn a_secret_that_the_application_makes_replaces_the_signed_one() {
        let with_secret = apple().client_secret("made elsewhere");
        assert!(with_secret.credentials.secret_source.is_none());
    }

    #[test]
    fn debug_shows_no_part_of_the_private_key() {
        let shown = format!("{:?}", apple());
        for line in P256.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!shown.contains(line), "{shown}");
        }
    }
}
