//! The request to the token endpoint.

use super::response::TokenResponse;
use crate::client_auth::{AuthenticatedClient, post_authenticated};
use crate::error::Error;
use crate::fetch::Step;
use crate::http_client::HttpClient;
use crate::oauth_error;

/// Sends a token request (RFC 6749 section 3.2). It is never repeated, because the code or the refresh
/// token may be used up.
///
/// `openidconnect` is not used for it, because it drops the status and `Retry-After` of the response,
/// and its parse errors contain the body with the tokens.
pub(super) async fn token_request(
    http: &dyn HttpClient,
    client: AuthenticatedClient<'_>,
    parameters: &[(&str, &str)],
) -> Result<TokenResponse, Error> {
    let endpoint = client.token_endpoint;
    let answer = post_authenticated(http, Step::TOKEN, endpoint, client, parameters).await?;
    let response = &answer.response;
    TokenResponse::parse(response).map_err(|error| {
        let sent = answer.sent_secrets(parameters);
        oauth_error::with_provider_message(error, endpoint, response, &sent).after_sending()
    })
}
