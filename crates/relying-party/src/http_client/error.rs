//! Why there was no response.

use std::error::Error;
use std::fmt;
use std::io;

#[cfg(feature = "hyper-client")]
use crate::log_text;

/// Why a request got no response.
///
/// It keeps no URL, header or body of the request, and no error of the HTTP client, which might.
#[derive(Clone, PartialEq, Eq)]
pub struct TransportError {
    kind: TransportErrorKind,
    unsent: bool,
    detail: Option<String>,
}

/// What went wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host's name has no address, or the name server did not answer. Nothing was sent.
    Dns,
    /// No connection to the host's address: refused, unreachable, or not accepted in time. Nothing was
    /// sent.
    Connect,
    /// The TLS handshake failed; with a private certificate authority, add its root.
    Tls,
    /// The response was not complete in time.
    Timeout,
    /// The response is larger than the limit.
    TooLarge,
    /// Too many requests to the provider are in flight or waiting in this application. Nothing was
    /// sent.
    Overloaded,
    /// The URL is neither https nor http to a loopback address. Nothing was sent.
    InsecureUrl,
    /// The connection broke, or what came is not HTTP.
    Broken,
}

impl TransportError {
    /// An error of this kind.
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

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether it is sure that no byte of the request went out.
    pub(crate) fn is_unsent(&self) -> bool {
        self.unsent
    }

    /// Sorts the error of an HTTP client by what its chain of sources contains. Only words of the
    /// operating system and of TLS are kept, since a client's own message may name the URL.
    ///
    /// The operating system tells "refused" and "unreachable" of established connections too, so
    /// only the client itself can say that it never had one.
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
                    // It may quote the names in a certificate, which are text of the wire.
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
                // The sources of an io::Error skip what it wraps.
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

/// Whether a name could not be resolved. Neither the standard library nor hyper-util has a type for
/// it, but each has fixed words, which are all that is compared.
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
        // While connecting it says that nobody accepted in time.
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
