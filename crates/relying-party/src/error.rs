//! The error of all flows with the provider.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::http_client::{TransportError, TransportErrorKind};
use crate::log_text;

/// Half of the longest time that a request waits: by then about half of a full queue is gone.
const OVERLOADED_RETRY_AFTER: Duration = Duration::from_secs(5);

/// Why a flow with the provider failed.
///
/// [`kind`](Self::kind) says where the cause is, [`code`](Self::code) is a stable name for programs and
/// dashboards, and [`message`](Self::message) says what to do. None of them contains text from the
/// network, except error codes registered with IANA. [`detail`](Self::detail) does, and `Display` ends
/// with it: show it in a log, never to a user.
///
/// Cloning is cheap, so that all callers that waited for one request can share its error.
///
/// ```
/// use relying_party::{Error, ErrorKind};
///
/// fn status(error: &Error) -> u16 {
///     match error.kind() {
///         ErrorKind::Response => 400,
///         _ if error.is_transient() => 503,
///         _ => 500,
///     }
/// }
/// ```
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

/// Where the cause of an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The cause is in this application: a setting does not fit this provider, or the client's
    /// registration there.
    Configuration,
    /// The cause is at the provider: it is unavailable, or its response violates the protocol.
    Provider,
    /// The cause is in this sign-in or session: the provider refused it, or the response does not
    /// belong to it. Likely causes are a user who cancelled, a stale page, or an attack.
    Response,
    /// The cause is in the network: the provider could not be reached.
    Transport,
}

impl Error {
    /// Returns where the cause is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns a stable name: the step and the failure, such as `discovery.issuer_mismatch`,
    /// `authorization.access_denied`, `token.invalid_grant` or `id_token.nonce`.
    ///
    /// These are all codes: each step before the colon, with each failure after it. `par` is a pushed
    /// authorization request (RFC 9126). Later versions may add codes.
    ///
    /// - `discovery`, `jwks`, `token`, `user_info`, `introspection`, `revocation`, `par`: `unreachable`,
    ///   `unavailable`, `redirect`, `status`, `error`, `malformed`
    /// - `discovery`: `endpoint`, `issuer_mismatch`, `private_endpoint`, `unsupported`
    /// - `jwks`: `throttled`
    /// - `authorization_request`: `parameter`, `redirect_uri`
    /// - `authorization`, `par`: `access_denied`, `account_selection_required`, `authentication_expired`,
    ///   `consent_required`, `interaction_required`, `invalid_authorization_details`, `invalid_client`,
    ///   `invalid_request`, `invalid_request_object`, `invalid_request_uri`, `invalid_scope`,
    ///   `invalid_target`, `login_required`, `other`, `registration_not_supported`,
    ///   `request_not_supported`, `request_uri_not_supported`, `server_error`, `temporarily_unavailable`,
    ///   `unauthorized_client`, `unmet_authentication_requirements`, `unsupported_response_type`
    /// - `introspection`, `par`, `revocation`: `overloaded`
    /// - `authorization_response`: `iss_mismatch`, `iss_missing`
    /// - `client_auth`: `assertion`, `file`, `random`, `secret`, `source`
    /// - `token`: `access_denied`, `account_selection_required`, `bad_request`, `client_auth_method`,
    ///   `client_challenge`, `consent_required`, `interaction_required`, `invalid_client`, `invalid_grant`,
    ///   `invalid_request`, `invalid_scope`, `invalid_target`, `login_required`, `no_id_token`, `other`,
    ///   `overloaded`, `server_error`, `temporarily_unavailable`, `unauthorized`, `unauthorized_client`,
    ///   `unmet_authentication_requirements`, `unsupported_grant_type`, `unsupported_token_type`
    /// - `id_token`: `acr`, `algorithm`, `at_hash`, `aud`, `aud_untrusted`, `auth_time`, `azp`, `claims`,
    ///   `crit`, `encrypted`, `exp`, `hd`, `header`, `iat`, `iss`, `key_issuer`, `malformed`, `nbf`, `nonce`,
    ///   `signature`, `sub`, `sub_not_allowed`, `tenant_not_allowed`, `tid`, `too_large`, `too_old`, `typ`
    /// - `logout_token`: `algorithm`, `aud`, `aud_untrusted`, `azp`, `claims`, `crit`, `encrypted`, `events`, `exp`,
    ///   `header`, `iat`, `iss`, `jti`, `key_issuer`, `malformed`, `nbf`, `nonce`, `signature`, `subject`,
    ///   `tenant_not_allowed`, `tid`, `too_large`, `too_old`, `typ`
    /// - `refresh`: `not_accepted`, `parameter`
    /// - `user_info`: `aud`, `encrypted`, `exp`, `iss`, `jwt`, `key_issuer`, `nbf`, `not_supported`,
    ///   `signature`, `sub`, `token`
    /// - `introspection`: `not_supported`
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// Returns whether a later attempt may succeed: the network failed, the provider was overloaded or
    /// responded with a server error, or [`is_without_credentials`](Self::is_without_credentials) is true.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.0.transient
    }

    /// Returns whether nothing was sent because this application has too many requests to the provider
    /// in flight. That says nothing about the provider. A code is not used up, and the same request may
    /// be sent after [`retry_after`](Self::retry_after).
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        self.0
            .source
            .as_ref()
            .is_some_and(|source| source.kind() == TransportErrorKind::Overloaded)
    }

    /// Returns whether nothing was sent because this application could not obtain the credentials of the
    /// client at that moment: the function or the file that they come from failed, or there were no random
    /// bytes for an assertion (`client_auth.*`). That says nothing about the provider. A code or a refresh
    /// token is not used up, and the same request may be sent later.
    #[must_use]
    pub fn is_without_credentials(&self) -> bool {
        self.0.transient
            && self.0.kind == ErrorKind::Configuration
            && self.0.code.starts_with("client_auth.")
            && !self.0.may_have_been_sent
    }

    /// Returns how long to wait before another attempt: the provider's `Retry-After` in seconds (RFC
    /// 9110 section 10.2.3), at most an hour; or five seconds if [`is_overloaded`](Self::is_overloaded)
    /// is true. `None` if the provider did not say.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the error code of the provider's response (RFC 6749 sections 4.1.2.1 and 5.2), if it is
    /// one of the codes registered with IANA that this crate knows, such as `invalid_target`,
    /// `access_denied` or `interaction_required`. `None` if there is no code, or another one, whose
    /// text is not kept.
    #[must_use]
    pub fn oauth_error_code(&self) -> Option<&'static str> {
        self.0.oauth_error
    }

    /// Returns whether the provider does not accept the grant (`invalid_grant`, RFC 6749 section 5.2):
    /// a refresh token that has expired, was revoked, or was used before. `false` if the status of the
    /// response is a server error, because its body then proves nothing.
    #[must_use]
    pub fn is_invalid_grant(&self) -> bool {
        self.0.oauth_error == Some("invalid_grant") && !self.0.transient
    }

    /// Returns whether a refresh returned a verified ID token that does not continue the sign-in: one
    /// of another user, issuer, client or authentication (OpenID Connect Core 1.0 section 12.2). That
    /// is final, and the session must end.
    #[must_use]
    pub fn breaks_continuity(&self) -> bool {
        self.0.breaks_continuity
    }

    /// Returns whether the request to the token, introspection, revocation or pushed authorization request endpoint may have reached
    /// the provider. `false` only if it is certain that no byte of it was sent: there were no metadata
    /// or keys, a setting was wrong, or there was no connection. If `true`, the provider may have
    /// replaced the refresh token, and the old one must not be sent again at once.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.0.may_have_been_sent
    }

    /// Returns what went wrong and what to do, without any text from the network.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.what
    }

    /// Returns details for the log: the provider's `error` and `error_description` (RFC 6749 sections
    /// 4.1.2.1 and 5.2), the URL of the request, the issuers that differ, by how many seconds clocks
    /// differ, or why there was no connection.
    ///
    /// It may contain text from the network. Each such text is cut to 200 characters; quotes, line
    /// breaks, control characters and characters that reorder text are escaped, and secrets that were
    /// sent to the provider are removed. Use it in logs only. Do not show it to a user: anyone who
    /// sends a callback can choose the description.
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

    /// Adds a detail. Text from the network must have passed [`log_text`](crate::log_text).
    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        self.with(|failure| {
            failure.detail = Some(match failure.detail.take() {
                Some(before) => format!("{before}; {detail}"),
                None => detail,
            });
        })
    }

    /// Adds the URL of the request, without its query.
    pub(crate) fn with_url(self, url: &str) -> Self {
        self.with_detail(log_text::url(url))
    }

    /// Sets the registered error code of the provider's response.
    pub(crate) fn with_oauth_error(self, registered: Option<&'static str>) -> Self {
        self.with(|failure| failure.oauth_error = registered)
    }

    /// Records that the HTTP client was called with a request that must not be repeated.
    pub(crate) fn after_sending(self) -> Self {
        self.with(|failure| {
            let unsent = failure
                .source
                .as_ref()
                .is_some_and(TransportError::is_unsent);
            failure.may_have_been_sent = !unsent;
        })
    }

    /// Records that a refreshed ID token does not continue the sign-in.
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
        let place = match self.0.kind {
            ErrorKind::Configuration => "configuration",
            ErrorKind::Provider => "provider",
            ErrorKind::Response => "response",
            ErrorKind::Transport => "transport",
        };
        write!(f, "{place}: {} ({})", self.0.what, self.0.code)?;
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
