//! The part of a request that the layer's own routes read.

use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, request::Parts};

use crate::persistence::SessionPersistence;
use crate::persistence::received_cookies::ReceivedCookies;
use crate::sign_in::Attempts;
use crate::web::head_digest::HeadDigest;
use crate::web::network::ClientNetwork;
use crate::web::pages;
use crate::web::response::{OwnResponse, empty};

/// What the flows read of a request, apart from the bodies of forms.
pub(crate) struct RequestHead {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// The network that the client is in, if it is known.
    pub(crate) client_network: Option<ClientNetwork>,
}

impl RequestHead {
    pub(crate) fn new(parts: Parts, client_network: Option<ClientNetwork>) -> Self {
        Self {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            client_network,
        }
    }

    /// Our cookies, in one pass: once for each request.
    pub(super) fn cookies(
        &self,
        persistence: &SessionPersistence,
        attempts: &Attempts,
    ) -> ReceivedCookies {
        persistence.receive(&self.headers, &attempts.cookies, None)
    }

    pub(crate) fn digest(&self) -> HeadDigest {
        HeadDigest::of(&self.method, &self.uri, &self.headers)
    }

    /// The response to a method that a route does not accept, or `None` if it accepts it. A CORS
    /// preflight allows nothing.
    pub(super) fn refused_method(
        &self,
        allowed: &[Method],
        allow: &'static str,
    ) -> Option<OwnResponse> {
        if allowed.contains(&self.method) {
            None
        } else if self.method == Method::OPTIONS {
            Some(empty(StatusCode::NO_CONTENT))
        } else {
            let mut response = pages::method_not_allowed();
            let allow = HeaderValue::from_static(allow);
            response.headers_mut().insert(ALLOW, allow);
            Some(response)
        }
    }
}
