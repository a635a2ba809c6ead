//! What a flow can fail with.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::http_client::{TransportError, TransportErrorKind};

/// Why a flow with the provider failed.
///
/// [`kind`](Self::kind) says whose fault it is, [`code`](Self::code) names the failure for
/// programs and dashboards, `Display` adds what to do about it. None of them shows a value that
/// came over the wire, except error codes registered with IANA. Cloning is cheap, so that callers
/// who waited for one request can share its failure.
#[derive(Clone)]
pub struct Error(Arc<Failure>);

struct Failure {
    kind: ErrorKind,
    code: &'static str,
    what: Cow<'static, str>,
    transient: bool,
    retry_after: Option<Duration>,
    source: Option<TransportError>,
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Ours: a setting does not fit this provider, or the registration there.
    Configuration,
    /// The provider's: it is unavailable, or what it sent breaks the protocol.
    Provider,
    /// This sign-in's: the provider refused it, or its response does not belong to it. Likely
    /// causes are a user who cancelled, a stale page, or an attack.
    Response,
    /// The network's: the provider could not be reached.
    Transport,
}

impl Error {
    /// Whose fault it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// A stable name: the step and what is wrong there, such as `discovery.issuer_mismatch`,
    /// `authorization.access_denied`, `token.invalid_grant` or `id_token.nonce`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Whether trying again later can help: the network failed, the provider was overloaded or
    /// answered with a server error.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// How long the provider asked to wait (`Retry-After` in seconds, RFC 9110 section 10.2.3),
    /// at most an hour.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    pub(crate) fn new(
        kind: ErrorKind,
        code: &'static str,
        what: impl Into<Cow<'static, str>>,
    ) -> Self {
        let failure = Failure {
            kind,
            code,
            what: what.into(),
            transient: false,
            retry_after: None,
            source: None,
        };
        Self(Arc::new(failure))
    }

    pub(crate) fn transient(
        kind: ErrorKind,
        code: &'static str,
        what: impl Into<Cow<'static, str>>,
        retry_after: Option<Duration>,
    ) -> Self {
        let failure = Failure {
            kind,
            code,
            what: what.into(),
            transient: true,
            retry_after,
            source: None,
        };
        Self(Arc::new(failure))
    }

    pub(crate) fn transport(code: &'static str, source: TransportError) -> Self {
        let (kind, what) = match source.kind() {
            TransportErrorKind::TooLarge => (
                ErrorKind::Provider,
                "the provider's response is larger than the limit",
            ),
            TransportErrorKind::InsecureUrl => (
                ErrorKind::Configuration,
                "the provider's address is not protected by TLS",
            ),
            _ => (ErrorKind::Transport, "the provider could not be reached"),
        };
        let failure = Failure {
            kind,
            code,
            what: Cow::Borrowed(what),
            transient: kind == ErrorKind::Transport,
            retry_after: None,
            source: Some(source),
        };
        Self(Arc::new(failure))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.0.kind {
            ErrorKind::Configuration => "configuration",
            ErrorKind::Provider => "provider",
            ErrorKind::Response => "response",
            ErrorKind::Transport => "transport",
        };
        write!(f, "{whose}: {} ({})", self.0.what, self.0.code)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("code", &self.0.code)
            .field("transient", &self.0.transient)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
