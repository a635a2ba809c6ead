//! The revocation endpoint.

use http::StatusCode;
use url::Url;

use crate::client_auth::{AuthenticatedClient, post_authenticated};
use crate::error::Error;
use crate::fetch::Step;
use crate::http_client::HttpClient;
use crate::oauth_error;
use crate::provider::TokenTypeHint;

/// The result of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a provider without a revocation endpoint has revoked nothing"]
#[non_exhaustive]
pub enum Revocation {
    /// The token is not valid now, whether or not it was valid before.
    Revoked,
    /// The provider has no revocation endpoint, and nothing was sent.
    NotSupported,
}

/// Asks the revocation endpoint to revoke a token (RFC 7009 section 2.1).
pub(crate) async fn revoke(
    http: &dyn HttpClient,
    endpoint: &Url,
    client: AuthenticatedClient<'_>,
    token: &str,
    hint: TokenTypeHint,
) -> Result<Revocation, Error> {
    let parameters = [("token", token), ("token_type_hint", hint.as_str())];
    let step = Step::REVOCATION;
    let answer = post_authenticated(http, step, endpoint, client, &parameters).await?;
    let response = &answer.response;
    // RFC 7009 section 2.2: the status is sufficient.
    if response.status() == StatusCode::OK {
        return Ok(Revocation::Revoked);
    }
    let reported = oauth_error::endpoint_error(step, response);
    let error = reported.unwrap_or_else(|| step.unsuccessful(response));
    let sent = answer.sent_secrets(&parameters);
    Err(oauth_error::with_provider_message(error, endpoint, response, &sent).after_sending())
}
