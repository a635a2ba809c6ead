//! Google.

use crate::provider::Provider;

impl Provider {
    /// Creates the settings for Google. The issuer is `https://accounts.google.com`; ID tokens with the
    /// issuer `accounts.google.com`, which Google documents for older clients, are accepted too.
    ///
    /// `access_type=offline` is sent, without which Google issues no refresh token. Google issues one only
    /// when the user consents, which is at the first sign-in unless
    /// [`Prompt::Consent`](crate::Prompt::Consent) is set.
    ///
    /// Google has no end-session endpoint, so a sign-out ends the session of the application only.
    ///
    /// To offer the accounts of one organization only, send its domain as `hd`. Users can remove the
    /// parameter, so the application must check the claim `hd` of the user as well.
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::google("client-id.apps.googleusercontent.com")
    ///     .client_secret("from the console")
    ///     .extra_parameter("hd", "example.com");
    /// # let _ = provider;
    /// ```
    pub fn google(client_id: impl Into<String>) -> Self {
        Self::new("https://accounts.google.com", client_id)
            .name("Google")
            .accepted_issuers(["accounts.google.com"])
            .extra_parameter("access_type", "offline")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::issuer;
    use super::*;

    #[test]
    fn both_issuers_of_google_are_accepted_and_offline_access_is_requested() {
        let google = Provider::google("id");
        for (iss, expected) in [
            ("https://accounts.google.com", true),
            ("accounts.google.com", true),
            ("https://accounts.google.com/", false),
            ("http://accounts.google.com", false),
        ] {
            assert_eq!(google.accepts_issuer(iss), expected, "{iss}");
        }
        let offline = ("access_type".to_owned(), "offline".to_owned());
        assert!(google.parameters.extra.contains(&offline));
        assert_eq!(issuer(google), "https://accounts.google.com");
    }
}
