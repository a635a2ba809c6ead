//! Advice about the configuration, for problems that only show when requests arrive. Each is logged once per
//! layer: the problem stays until an operator changes the configuration, and any client can cause the line.

use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;

/// The longest response head that a stock nginx accepts (`proxy_buffer_size`).
const SMALL_BUFFER: usize = 4_096;

/// The bytes of the status line and of the empty line that ends the head.
const AROUND_THE_FIELDS: usize = "HTTP/1.1 303 See Other\r\n\r\n".len();

/// The fields that an HTTP server adds to a head: `Date`, and the body's length or encoding. The encoding is
/// the longer one.
const ADDED_BY_THE_SERVER: usize = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                                    transfer-encoding: chunked\r\n"
    .len();

/// Which advice has been logged.
#[derive(Default)]
pub(crate) struct Hints {
    large_head: AtomicBool,
    large_redirect: AtomicBool,
    mount_path: AtomicBool,
    offline_access: AtomicBool,
}

impl Hints {
    /// Warns if a response head with a session's cookies may be too large for a proxy.
    pub(crate) fn session_in_head(&self, headers: &HeaderMap) {
        let size = size(headers).saturating_add(ADDED_BY_THE_SERVER);
        if size > SMALL_BUFFER && is_first(&self.large_head) {
            tracing::warn!(
                bytes = size,
                "the head of a response with a session's cookies has more than 4 KiB, which a stock \
                 nginx answers with 502. Behind nginx set \
                 `proxy_buffer_size 20k;` \
                 `proxy_busy_buffers_size 20k;` \
                 `large_client_header_buffers 4 20k;` \
                 or keep every session to one cookie with max_cookies(1) (AUTH_MAX_COOKIES=1)"
            );
        }
    }

    /// Warns if the head of a redirect to the provider may be too large for a proxy.
    pub(crate) fn redirect_to_provider(&self, headers: &HeaderMap) {
        let size = size(headers).saturating_add(ADDED_BY_THE_SERVER);
        if size > SMALL_BUFFER && is_first(&self.large_redirect) {
            tracing::warn!(
                bytes = size,
                "the head of a redirect to the provider has more than 4 KiB, which a stock nginx \
                 answers with 502. Ask for fewer claims (`claims_request`), scopes or extra \
                 parameters, or behind nginx set `proxy_buffer_size 20k;` \
                 `proxy_busy_buffers_size 20k;`"
            );
        }
    }

    /// Whether the advice about `mount_path` has not been logged.
    pub(crate) fn mount_path_hint_is_due(&self) -> bool {
        !self.mount_path.load(Ordering::Relaxed)
    }

    /// Returns true for the first call only: this caller must log the advice about `mount_path`.
    pub(crate) fn claim_mount_path_hint(&self) -> bool {
        is_first(&self.mount_path)
    }

    /// Warns that the application needs refresh tokens, but the configured scopes do not request them. This is
    /// not an error, because some providers issue refresh tokens without that scope, or have a parameter
    /// for it.
    pub(crate) fn needs_offline_access(&self, why: &'static str) {
        if is_first(&self.offline_access) {
            tracing::warn!(
                "{why}, and the configured scopes lack offline_access, without which most providers \
                 give no refresh token. `scopes` replaces the default scopes, which have it: add it \
                 with Provider::add_scopes (AUTH_ADD_SCOPES)"
            );
        }
    }
}

fn is_first(given: &AtomicBool) -> bool {
    !given.swap(true, Ordering::Relaxed)
}

/// The bytes of a response head in HTTP/1.1.
fn size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| {
            let separators = ": \r\n".len();
            let field = name.as_str().len().saturating_add(value.len());
            field.saturating_add(separators)
        })
        .fold(AROUND_THE_FIELDS, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::SET_COOKIE;

    use super::*;

    #[test]
    fn the_size_of_a_head_is_that_in_http_1() {
        let mut headers = HeaderMap::new();
        headers.append(SET_COOKIE, HeaderValue::from_static("a=b"));
        headers.append(SET_COOKIE, HeaderValue::from_static("c=d"));

        let written = "HTTP/1.1 303 See Other\r\nset-cookie: a=b\r\nset-cookie: c=d\r\n\r\n";
        assert_eq!(size(&headers), written.len());
    }
}
