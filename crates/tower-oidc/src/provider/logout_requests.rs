//! What a provider says about sign-outs there.

use relying_party::{Error, LogoutToken};
use url::Url;

use super::Registration;
use super::session_requests::{LogoutHint, LogoutParameters};

impl Registration {
    /// Verifies a logout token of this provider (OpenID Connect Back-Channel Logout 1.0 section 2.6).
    pub(crate) async fn verify_logout_token(&self, text: &str) -> Result<LogoutToken, Error> {
        self.relying_party.verify_logout_token(text).await
    }

    /// The origins of the provider's pages that show frames at a sign-out: those of this issuer and of its
    /// end-session endpoint, if that is known.
    pub(crate) async fn sign_out_origins(&self, issuer: &str) -> Vec<String> {
        let endpoint = self
            .end_session_url(LogoutHint::Nothing, LogoutParameters::default())
            .await;
        let endpoint = endpoint.ok().flatten();
        let urls = [Some(issuer), endpoint.as_deref()];
        let mut origins: Vec<_> = urls
            .into_iter()
            .flatten()
            .filter_map(|url| Url::parse(url).ok())
            .filter(|url| url.has_host() && matches!(url.scheme(), "https" | "http"))
            .map(|url| url.origin().ascii_serialization())
            .collect();
        origins.dedup();
        origins
    }
}
