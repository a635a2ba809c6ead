//! The error for a request without a response.

use std::error::Error;
use std::fmt;
use std::io;

#[cfg(feature = "hyper-client")]
use crate::log_text;

/// Why there was no response to a request.
///
/// It contains no URL, header or body of the request, and no message of the HTTP client, which might
/// contain them.
///
/// An [`HttpClient`](crate::HttpClient) creates one with [`new`](Self::new):
///
/// ```
/// use relying_party::{TransportError, TransportErrorKind};
///
/// let error = TransportError::new(TransportErrorKind::Timeout);
/// assert_eq!(error.to_string(), "no complete response in time");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TransportError {
    kind: TransportErrorKind,
    unsent: bool,
    detail: Option<String>,
}

/// The kind of a [`TransportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host name has no address, or the name server did not respond. Nothing was sent.
    Dns,
    /// There is no connection to the host: it was refused, or not accepted in time, or the host is
    /// unreachable. Nothing was sent.
    Connect,
    /// The TLS handshake failed. For a private certificate authority, add its root certificate.
    Tls,
    /// There was no complete response in time.
    Timeout,
    /// The response is larger than the limit.
    TooLarge,
    /// Too many requests to the provider are in flight or waiting in this application. Nothing was
    /// sent.
    Overloaded,
    /// The URL is neither https nor http to a loopback address. Nothing was sent.
    InsecureUrl,
    /// The connection was closed, or the response is not HTTP.
    Broken,
}

impl TransportError {
    /// Creates an error of this kind.
    #[must_use]
    pub fn new(kind: TransportErrorKind) -> Self {
        let unsent = matches!(
            kind,
            TransportErrorKind::Dns
                | TransportErrorKind::Connect
                | TransportErrorKind::Overloaded
                | TransportErrorKind::InsecureUrl
        );
        Self {
            kind,
            unsent,
            detail: None,
        }
    }

    /// Returns what went wrong.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Returns whether it is certain that no byte of the request was sent.
    pub(crate) fn is_unsent(&self) -> bool {
        self.unsent
    }

    /// Classifies the error of an HTTP client by its chain of sources. Only messages of the operating
    /// system and of TLS are kept, since the client's own message may contain the URL.
    ///
    /// The operating system reports "refused" and "unreachable" for established connections too, so
    /// only the client itself can say that there never was one.
    pub(crate) fn classify(error: &(dyn Error + 'static)) -> Self {
        let mut kind = TransportErrorKind::Broken;
        let mut unsent = false;
        let mut next = Some(error);
        while let Some(error) = next {
            if error.is::<http_body_util::LengthLimitError>() {
                return Self::new(TransportErrorKind::TooLarge);
            }
            #[cfg(feature = "hyper-client")]
            if let Some(tls) = error.downcast_ref::<rustls::Error>() {
                return Self {
                    kind: TransportErrorKind::Tls,
                    unsent,
                    // It may quote the names in a certificate, which are text from the network.
                    detail: Some(log_text::plain(&tls.to_string())),
                };
            }
            if is_connect(error) {
                kind = TransportErrorKind::Connect;
                unsent = true;
            }
            if is_name_resolution(error) {
                return Self {
                    kind: TransportErrorKind::Dns,
                    unsent,
                    detail: None,
                };
            }
            next = match error.downcast_ref::<io::Error>() {
                // The source of an `io::Error` is not the error that it wraps.
                Some(io_error) => match io_error.get_ref() {
                    Some(wrapped) => Some(wrapped),
                    None => {
                        let detail = Some(io_error.kind().to_string());
                        return Self {
                            kind: kind_of_io_error(io_error.kind(), unsent).unwrap_or(kind),
                            unsent,
                            detail,
                        };
                    }
                },
                None => error.source(),
            };
        }
        Self {
            kind,
            unsent,
            detail: None,
        }
    }
}

/// Returns whether a name could not be resolved. Neither the standard library nor hyper-util has a type
/// for that, so their fixed messages are compared.
fn is_name_resolution(error: &(dyn Error + 'static)) -> bool {
    let shown = error.to_string();
    shown == "dns error" || shown.starts_with("failed to lookup address information")
}

#[cfg(feature = "hyper-client")]
fn is_connect(error: &(dyn Error + 'static)) -> bool {
    use hyper_util::client::legacy;
    error
        .downcast_ref::<legacy::Error>()
        .is_some_and(legacy::Error::is_connect)
}

#[cfg(not(feature = "hyper-client"))]
fn is_connect(_: &(dyn Error + 'static)) -> bool {
    false
}

fn kind_of_io_error(kind: io::ErrorKind, unsent: bool) -> Option<TransportErrorKind> {
    match kind {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => Some(TransportErrorKind::Connect),
        // During a connection attempt, it means that the host did not accept in time.
        io::ErrorKind::TimedOut if !unsent => Some(TransportErrorKind::Timeout),
        _ => None,
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Dns => "the host name cannot be resolved",
            TransportErrorKind::Connect => "no connection",
            TransportErrorKind::Tls => "TLS handshake failed",
            TransportErrorKind::Timeout => "no complete response in time",
            TransportErrorKind::TooLarge => "response larger than the limit",
            TransportErrorKind::Overloaded => "too many requests in flight",
            TransportErrorKind::InsecureUrl => "neither https nor http to a loopback address",
            TransportErrorKind::Broken => "connection broken",
        })?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

/// The same as its `Display`: `main` prints errors with `Debug`.
impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for TransportError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_resolved_is_distinguished_from_a_refused_connection() {
        let kind = |error: io::Error| TransportError::classify(&error).kind();
        let lookup = "failed to lookup address information: Name or service not known";
        assert_eq!(kind(io::Error::other(lookup)), TransportErrorKind::Dns);
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(kind(refused), TransportErrorKind::Connect);
        let late = io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(kind(late), TransportErrorKind::Timeout);
        assert_eq!(kind(io::Error::other("lookup")), TransportErrorKind::Broken);
        assert!(TransportError::new(TransportErrorKind::Dns).is_unsent());
    }
}
