//! The common part of the endpoints at which clients authenticate themselves.

use http::{HeaderMap, header};

use super::{OAuthError, client_authentication};
use crate::endpoint::Endpoint;
use crate::{
    clients::Client, parameters::Parameters, request_log::RecordedRequest, state::State as Provider,
};

/// A form that was posted by an authenticated client.
pub(super) struct ClientRequest<'a> {
    pub(super) client: &'a Client,
    pub(super) parameters: Parameters,
}

impl<'a> ClientRequest<'a> {
    /// Records the request, even if it is refused, and authenticates the client.
    pub(super) fn receive(
        state: &'a Provider,
        endpoint: Endpoint,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Self, OAuthError> {
        let parameters = Parameters::parse(body);
        let authorization = text(headers, header::AUTHORIZATION);
        let recorded = RecordedRequest::new(authorization.map(str::to_owned), parameters.clone());
        state.request_log.record(endpoint, recorded);

        let content_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
            || parameters.has_duplicates()
        {
            return Err(OAuthError::INVALID_REQUEST);
        }
        Ok(Self {
            client: client_authentication::client(state, endpoint, authorization, &parameters)?,
            parameters,
        })
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, OAuthError> {
        self.parameters.get(name).ok_or(OAuthError::INVALID_REQUEST)
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
