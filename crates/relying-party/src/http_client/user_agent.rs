//! The `User-Agent` of all requests to the provider.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use http::header::USER_AGENT;

use super::{BoxFuture, HttpClient, TransportError};

/// The default. Without any, firewalls with common rules respond with 403.
const DEFAULT: &str = concat!("relying-party/", env!("CARGO_PKG_VERSION"));

/// Sends requests with a `User-Agent` through another client.
#[derive(Debug)]
pub(crate) struct WithUserAgent {
    client: Arc<dyn HttpClient>,
    user_agent: HeaderValue,
}

impl WithUserAgent {
    /// `user_agent` must have passed [`is_user_agent`]; otherwise the default is sent.
    pub(crate) fn new(client: Arc<dyn HttpClient>, user_agent: Option<&str>) -> Self {
        let set = user_agent.and_then(|text| HeaderValue::from_str(text).ok());
        Self {
            client,
            user_agent: set.unwrap_or(HeaderValue::from_static(DEFAULT)),
        }
    }
}

impl HttpClient for WithUserAgent {
    fn call(
        &self,
        mut request: http::Request<Bytes>,
    ) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.user_agent.clone());
        self.client.call(request)
    }
}

/// Returns whether a text can be sent as `User-Agent` (RFC 9110 section 10.1.5): visible ASCII and
/// spaces.
pub(crate) fn is_user_agent(text: &str) -> bool {
    !text.trim().is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}
