//! `GET /auth/jwks`: the public keys by which providers verify the client's assertions (RFC 7591 section 2,
//! `jwks_uri`).

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode};

use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::web::response::{OwnResponse, empty};

/// Shorter than the interval in which an operator changes keys, and long enough that a flood of requests
/// stays in the caches in front.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// RFC 7517 section 8.5.2.
const JWK_SET: HeaderValue = HeaderValue::from_static("application/jwk-set+json");

/// The answer is the same for everyone, so neither cookies nor the origin of the request matter.
pub(crate) fn run(origin: &Origin, head: &RequestHead) -> OwnResponse {
    let allowed = [Method::GET, Method::HEAD];
    if let Some(refused) = head.refused_method(&allowed, "GET, HEAD, OPTIONS") {
        return refused;
    }
    let mut response = empty(StatusCode::OK);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, CACHING);
    headers.insert(CONTENT_TYPE, JWK_SET);
    *response.body_mut() = origin.client_keys.clone();
    response
}
