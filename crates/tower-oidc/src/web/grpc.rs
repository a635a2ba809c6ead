//! Responses to gRPC calls. Their clients read `grpc-status` instead of the HTTP status.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, StatusCode};

use crate::web::response::{self, OwnResponse};

const GRPC: &[u8] = b"application/grpc";
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Whether a request with this content type is a gRPC call: it begins with `application/grpc`. This includes
/// gRPC-Web and all encodings of messages.
pub(crate) fn is_content_type(value: &[u8]) -> bool {
    value
        .get(..GRPC.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(GRPC))
}

/// A response without a body, "Trailers-Only" in the gRPC protocol: HTTP 200, with the gRPC status in the
/// headers. Clients report any other HTTP status as a transport error.
///
/// The protocol percent-encodes messages: `message` must be printable ASCII without `%`.
pub(crate) fn trailers_only(status: &'static str, message: &'static str) -> OwnResponse {
    let mut response = response::empty(StatusCode::OK);
    let headers = response.headers_mut();
    // The response is not a document, and the client would get this header as metadata of the call.
    headers.remove(CONTENT_SECURITY_POLICY);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(GRPC_STATUS, HeaderValue::from_static(status));
    headers.insert(GRPC_MESSAGE, HeaderValue::from_static(message));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_known_by_the_start_of_its_content_type() {
        for grpc in [
            "application/grpc",
            "application/grpc+proto",
            "application/grpc;charset=utf-8",
            "Application/GRPC+json",
            "application/grpc-web",
            "application/grpc-web-text+proto",
        ] {
            assert!(is_content_type(grpc.as_bytes()), "{grpc}");
        }
        for other in [
            "",
            "application/grp",
            "application/json",
            "x-application/grpc",
        ] {
            assert!(!is_content_type(other.as_bytes()), "{other}");
        }
    }
}
