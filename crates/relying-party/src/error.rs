//! What a flow can fail with.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::http_client::{TransportError, TransportErrorKind};
use crate::log_text;

/// Half of the time that a request waits at most: by then about half of a full queue has been served
/// or has left.
const OVERLOADED_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Why a flow with the provider failed.
///
/// [`kind`](Self::kind) says whose fault it is, [`code`](Self::code) names the failure for
/// programs and dashboards, [`message`](Self::message) adds what to do about it. None of them shows a
/// value that came over the wire, except error codes registered with IANA. [`detail`](Self::detail)
/// does, and `Display` ends with it: show that in a log only, never to a user. Cloning is cheap, so
/// that callers who waited for one request can share its failure.
#[derive(Clone)]
pub struct Error(Arc<Failure>);

#[derive(Clone)]
struct Failure {
    kind: ErrorKind,
    code: &'static str,
    what: Cow<'static, str>,
    oauth_error: Option<&'static str>,
    transient: bool,
    may_have_been_sent: bool,
    breaks_continuity: bool,
    retry_after: Option<Duration>,
    detail: Option<String>,
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

    /// Whether this application has too many requests to the provider already, so that nothing was
    /// sent. It says nothing about the provider, a code was not used up, and the same request may be
    /// made again after [`retry_after`](Self::retry_after).
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        self.0
            .source
            .as_ref()
            .is_some_and(|source| source.kind() == TransportErrorKind::Overloaded)
    }

    /// How long the provider asked to wait (`Retry-After` in seconds, RFC 9110 section 10.2.3),
    /// at most an hour; five seconds if [`is_overloaded`](Self::is_overloaded).
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The error code that the provider answered with (RFC 6749 sections 4.1.2.1 and 5.2), if it is
    /// one of those registered with IANA that this crate knows: `invalid_target`, `access_denied`,
    /// `interaction_required` and the like. `None` for any other, whose text is not kept.
    #[must_use]
    pub fn oauth_error_code(&self) -> Option<&'static str> {
        self.0.oauth_error
    }

    /// Whether the provider does not accept the grant (`invalid_grant`, RFC 6749 section 5.2): a
    /// refresh token that has expired, was revoked, or was used before. `false` if the answer's
    /// status says that the provider failed, for then its words prove nothing.
    #[must_use]
    pub fn is_invalid_grant(&self) -> bool {
        self.0.oauth_error == Some("invalid_grant") && !self.0.transient
    }

    /// Whether a refresh brought a verified ID token that does not continue the sign-in: of another
    /// user, issuer, client or authentication (OpenID Connect Core 1.0 section 12.2). That is
    /// conclusive, and the session must end.
    #[must_use]
    pub fn breaks_continuity(&self) -> bool {
        self.0.breaks_continuity
    }

    /// Whether the request to the token, introspection or revocation endpoint may have reached the
    /// provider. `false` only if it is sure that no byte of it went out: there were no metadata or
    /// keys, a setting was wrong, or no connection was made. If it may have, the provider may have
    /// replaced the refresh token, and the same one must not be sent again at once.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.0.may_have_been_sent
    }

    /// What went wrong and what to do about it, in fixed words: [`detail`](Self::detail) is not part
    /// of it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.what
    }

    /// More for the log: the provider's own words (`error` and `error_description`, RFC 6749 sections
    /// 4.1.2.1 and 5.2), the URL that was asked, the issuers that differ, by how many seconds clocks
    /// do, or why there was no connection.
    ///
    /// It may hold text that came over the wire, of which each is cut to 200 characters; quotes, line
    /// ends, control characters and whatever reorders text are escaped, and secrets that were sent to
    /// the provider are removed. It is for logs alone. Do not show it to a user: whoever sends a
    /// callback chooses the description.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
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
            oauth_error: None,
            transient: false,
            may_have_been_sent: false,
            breaks_continuity: false,
            retry_after: None,
            detail: None,
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
        Self::new(kind, code, what).with(|failure| {
            failure.transient = true;
            failure.retry_after = retry_after;
        })
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
            TransportErrorKind::Overloaded => (
                ErrorKind::Transport,
                "too many requests to the provider are waiting in this application; nothing was sent",
            ),
            _ => (ErrorKind::Transport, "the provider could not be reached"),
        };
        let is_overloaded = source.kind() == TransportErrorKind::Overloaded;
        let cause = source.to_string();
        let error = Self::new(kind, code, what).with(|failure| {
            failure.transient = kind == ErrorKind::Transport;
            failure.retry_after = is_overloaded.then_some(OVERLOADED_RETRY_AFTER);
            failure.source = Some(source);
        });
        error.with_detail(cause)
    }

    /// The same with one more detail behind those that it has. Text of the wire must have gone through
    /// [`log_text`](crate::log_text).
    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        self.with(|failure| {
            failure.detail = Some(match failure.detail.take() {
                Some(before) => format!("{before}; {detail}"),
                None => detail,
            });
        })
    }

    /// The same of a request to this URL, of which a query is left out.
    pub(crate) fn with_url(self, url: &str) -> Self {
        self.with_detail(log_text::url(url))
    }

    /// The same, told by the provider with this registered code.
    pub(crate) fn with_oauth_error(self, registered: Option<&'static str>) -> Self {
        self.with(|failure| failure.oauth_error = registered)
    }

    /// The same, after the request that must not be repeated was given to the HTTP client.
    pub(crate) fn after_sending(self) -> Self {
        self.with(|failure| {
            let unsent = failure
                .source
                .as_ref()
                .is_some_and(TransportError::is_unsent);
            failure.may_have_been_sent = !unsent;
        })
    }

    /// The same, of an ID token that does not continue the sign-in.
    pub(crate) fn breaking_continuity(self) -> Self {
        self.with(|failure| failure.breaks_continuity = true)
    }

    fn with(mut self, change: impl FnOnce(&mut Failure)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
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
        write!(f, "{whose}: {} ({})", self.0.what, self.0.code)?;
        match &self.0.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

/// The same as its `Display`, which ends with the cause: `main` prints errors with `Debug`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
