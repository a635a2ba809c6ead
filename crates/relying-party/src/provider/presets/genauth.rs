//! GenAuth.

use super::{OIDC, base_url};
use crate::provider::Provider;

impl Provider {
    /// Creates the settings for GenAuth. `host` is the application's, such as `example.genauth.ai`;
    /// without a scheme, https is used. A host followed by `/oidc`, or any URL below that, is the same.
    ///
    /// The issuer is `{host}/oidc`, and the end-session endpoint, which GenAuth does not publish,
    /// `{host}/oidc/session/end` unless [`metadata_json`](Self::metadata_json) names another. GenAuth
    /// requires an ID token for a sign-out that returns to the application, so
    /// [`require_id_token_hint`](Self::require_id_token_hint) is on.
    pub fn genauth(host: impl AsRef<str>, app_id: impl Into<String>) -> Self {
        let host = host.as_ref();
        let issuer = base_url(host, false, OIDC).map(|base| format!("{base}/oidc"));
        Self::preset(host, issuer, |issuer| {
            Self::genauth_with_issuer(issuer, app_id)
        })
    }

    /// Creates the settings for GenAuth, like [`genauth`](Self::genauth), by the issuer exactly as
    /// GenAuth's console shows it, such as `https://example.genauth.ai/oidc`, or that of a custom
    /// domain. The end-session endpoint is `{issuer}/session/end`.
    pub fn genauth_with_issuer(issuer: impl Into<String>, app_id: impl Into<String>) -> Self {
        let provider = Self::new(issuer, app_id)
            .name("GenAuth")
            .require_id_token_hint(true);
        let issuer = provider.issuer.trim_end_matches('/');
        Self {
            default_end_session_endpoint: Some(format!("{issuer}/session/end")),
            ..provider
        }
    }
}
