//! Google.

use crate::provider::Provider;

impl Provider {
    /// Creates the settings for Google. The issuer is `https://accounts.google.com`; ID tokens with the
    /// issuer `accounts.google.com`, which Google documents for older clients, are accepted too.
    ///
    /// `access_type=offline` is sent, without which Google issues no refresh token. It issues one only at
    /// the first authorization of a user, as the README of Google's client library for Node.js says. With
    /// [`Prompt::Consent`](crate::Prompt::Consent) it issues one at every sign-in. (This sentence is not
    /// verified with the vendor.)
    ///
    /// Google has no end-session endpoint, so a sign-out ends the session of the application only.
    ///
    /// Everyone with a Google account can sign in. To let in the users of one organization only, set
    /// [`hosted_domain`](Self::hosted_domain).
    ///
    /// ```
    /// use relying_party::Provider;
    ///
    /// let provider = Provider::google("client-id.apps.googleusercontent.com")
    ///     .client_secret("from the console")
    ///     .hosted_domain("example.com");
    /// # let _ = provider;
    /// ```
    pub fn google(client_id: impl Into<String>) -> Self {
        Self::new("https://accounts.google.com", client_id)
            .name("Google")
            .accepted_issuers(["accounts.google.com"])
            .extra_parameter("access_type", "offline")
    }

    /// Lets only the users of one organization of Google Workspace or Cloud Identity sign in, by its
    /// primary domain. By default everyone with an account may.
    ///
    /// It does two things. The parameter `hd` is sent, so that Google offers the accounts of this domain.
    /// And an ID token whose claim `hd` is absent or another domain is refused with the code
    /// `id_token.hd`, after a sign-in and after a refresh, where it ends the session. The parameter alone
    /// protects nothing: users can remove it from the URL. So Google's page on OpenID Connect requires the
    /// check of the claim. The domain of an email address is no substitute: accounts outside of the
    /// organization may have an address with its domain.
    ///
    /// A refresh without a new ID token is not checked.
    ///
    /// # Errors
    ///
    /// [`RelyingParty::new`](crate::RelyingParty::new) refuses a value that is not one domain.
    pub fn hosted_domain(self, domain: impl Into<String>) -> Self {
        let domain = domain.into();
        Self {
            hosted_domain: Some(domain.clone()),
            ..self.extra_parameter("hd", domain)
        }
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
