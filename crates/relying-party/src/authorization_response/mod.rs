//! The authorization response, which the provider sends through the browser, and the check of its `iss`.

use std::fmt;

use crate::authorization_error;
use crate::error::{Error, ErrorKind};
use crate::log_text::{self, SentSecrets};
use crate::oauth_error;
use crate::provider::Provider;
use crate::secret::Secret;
use crate::transaction_secrets::TransactionSecrets;

const MAX_QUERY_BYTES: usize = 16 * 1024;
const MAX_PARAMETERS: usize = 32;
const MAX_STATE_BYTES: usize = 128;

/// The parameters that an authorization response may have (RFC 6749 sections 4.1.2 and 4.2.2,
/// RFC 9207, OpenID Connect Session Management 1.0, JARM). A duplicate of one of them, or
/// a name that imitates one, is an attempt to make two parsers read different values.
const PARAMETERS: [&str; 13] = [
    "access_token",
    "code",
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "id_token",
    "iss",
    "response",
    "scope",
    "session_state",
    "state",
    "token_type",
];

/// An authorization response: a code or an error, for one `state` (OpenID Connect Core 1.0 section
/// 3.1.2.5 and 3.1.2.6).
///
/// A parsed response is only well-formed: anyone can create one. Compare its state with the
/// transaction's, then check it with [`RelyingParty::validate`](crate::RelyingParty::validate).
///
/// ```
/// use relying_party::AuthorizationResponse;
///
/// let response = AuthorizationResponse::parse(Some("code=SplxlOBe&state=af0ifjsldkj"))?;
/// assert_eq!(response.state(), "af0ifjsldkj");
/// assert!(AuthorizationResponse::parse(Some("code=a&code=b&state=c")).is_err());
/// # Ok::<(), relying_party::MalformedResponse>(())
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizationResponse {
    state: Secret,
    iss: Option<String>,
    outcome: Outcome,
}

#[derive(Clone, Debug)]
enum Outcome {
    Code(AuthorizationCode),
    Error {
        /// Registered with IANA, or `other`.
        code: &'static str,
        /// The error code as it was sent.
        error: Secret,
        description: Secret,
    },
}

impl AuthorizationResponse {
    /// Parses the query of the redirect URI's request.
    ///
    /// # Errors
    ///
    /// The query is larger than 16 KiB or has more than 32 parameters; its percent-encoding or UTF-8 is
    /// invalid; it has a parameter of the protocol twice, or a name that imitates one by letter case,
    /// by brackets or after a `;`; it has no `state` of 1 to 128 visible ASCII characters; it does not
    /// have exactly one of `code` and `error`; the code is empty or not ASCII.
    pub fn parse(query: Option<&str>) -> Result<Self, MalformedResponse> {
        let query = query.ok_or(MalformedResponse("no query"))?;
        if query.len() > MAX_QUERY_BYTES {
            return Err(MalformedResponse("query too long"));
        }
        let mut state = None;
        let mut code = None;
        let mut error = None;
        let mut description = None;
        let mut iss = None;
        let mut seen = Vec::new();
        for (index, parameter) in query.split('&').filter(|part| !part.is_empty()).enumerate() {
            if index == MAX_PARAMETERS {
                return Err(MalformedResponse("too many parameters"));
            }
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let name = decode(name)?;
            let value = decode(value)?;
            if hides_a_parameter(parameter) {
                return Err(MalformedResponse("parameter after a semicolon"));
            }
            let Some(name) = known_parameter(&name)? else {
                continue;
            };
            if seen.contains(&name) {
                return Err(MalformedResponse("duplicate parameter"));
            }
            seen.push(name);
            match name {
                "state" => state = Some(value),
                "code" => code = Some(value),
                "error" => error = Some(value),
                "error_description" => description = Some(value),
                "iss" => iss = Some(value),
                _ => {}
            }
        }

        let state = state
            .filter(|state| (1..=MAX_STATE_BYTES).contains(&state.len()))
            .filter(|state| state.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or(MalformedResponse("no valid state"))?;
        let outcome = match (code, error) {
            (Some(code), None) => Outcome::Code(AuthorizationCode::parse(code)?),
            (None, Some(error)) => Outcome::Error {
                code: authorization_error::known(&error),
                error: Secret::new(error),
                description: Secret::new(description.unwrap_or_default()),
            },
            (Some(_), Some(_)) => return Err(MalformedResponse("both code and error")),
            (None, None) => return Err(MalformedResponse("neither code nor error")),
        };
        Ok(Self {
            state: Secret::new(state),
            iss,
            outcome,
        })
    }

    /// Returns the state.
    #[must_use]
    pub fn state(&self) -> &str {
        self.state.expose()
    }

    /// Returns whether the response has a code, not an error.
    #[must_use]
    pub fn has_code(&self) -> bool {
        matches!(self.outcome, Outcome::Code(_))
    }

    /// Returns the error code if it is registered with IANA, and `other` for any other error. `None` if
    /// the response has a code.
    #[must_use]
    pub fn error_code(&self) -> Option<&'static str> {
        match self.outcome {
            Outcome::Code(_) => None,
            Outcome::Error { code, .. } => Some(code),
        }
    }

    /// Checks `iss` (RFC 9207 section 2.4) and returns the code.
    pub(crate) fn validate(
        self,
        provider: &Provider,
        iss_promised: bool,
        secrets: &TransactionSecrets,
    ) -> Result<AuthorizationCode, Error> {
        let sent = SentSecrets::new([
            secrets.state(),
            secrets.nonce(),
            secrets.code_verifier(),
            self.state.expose(),
        ]);
        // Before anything else, on errors too: the response of another provider is a mix-up attack.
        match &self.iss {
            Some(iss) if !provider.may_respond_as(iss) => {
                return Err(Error::new(
                    ErrorKind::Response,
                    "authorization_response.iss_mismatch",
                    "the response names another issuer",
                )
                .with_detail(log_text::issuers(
                    &provider.issuer,
                    "response",
                    iss,
                    &sent,
                )));
            }
            None if iss_promised => {
                return Err(Error::new(
                    ErrorKind::Response,
                    "authorization_response.iss_missing",
                    "the response names no issuer, although the provider's metadata say that it does",
                ));
            }
            Some(_) | None => {}
        }
        match self.outcome {
            Outcome::Code(code) => Ok(AuthorizationCode {
                iss: self.iss.filter(|_| provider.issuer_template().is_some()),
                ..code
            }),
            Outcome::Error {
                code,
                error,
                description,
            } => {
                let (error, description) = (error.expose(), description.expose());
                let failure = authorization_error::error(error, description);
                let is_known = code != "other";
                Err(
                    match oauth_error::provider_message(error, description, is_known, &sent) {
                        Some(message) => failure.with_detail(message),
                        None => failure,
                    },
                )
            }
        }
    }
}

/// An authorization code of a response that was checked. Only
/// [`RelyingParty::validate`](crate::RelyingParty::validate) creates one.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    code: Secret,
    /// The `iss` of the response, if the ID token must have the same: one of the issuers of a template.
    iss: Option<String>,
}

impl AuthorizationCode {
    /// RFC 6749 appendix A.11.
    fn parse(code: String) -> Result<Self, MalformedResponse> {
        if code.is_empty() || !code.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
            return Err(MalformedResponse("code empty or not ASCII"));
        }
        Ok(Self {
            code: Secret::new(code),
            iss: None,
        })
    }

    pub(crate) fn expose(&self) -> &str {
        self.code.expose()
    }

    pub(crate) fn iss(&self) -> Option<&str> {
        self.iss.as_deref()
    }
}

/// The query is not an authorization response. The error does not show the query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedResponse(&'static str);

impl fmt::Display for MalformedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed authorization response: {}", self.0)
    }
}

impl std::error::Error for MalformedResponse {}

/// Returns the parameter of the protocol with this name; an error if the name imitates one.
fn known_parameter(name: &str) -> Result<Option<&'static str>, MalformedResponse> {
    let stem = name.split('[').next().unwrap_or(name).trim();
    match PARAMETERS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(stem))
    {
        Some(known) if known == name => Ok(Some(known)),
        Some(_) => Err(MalformedResponse(
            "parameter that imitates one of the protocol",
        )),
        None => Ok(None),
    }
}

/// Returns whether a parser that also splits at `;` would find another parameter of the protocol.
fn hides_a_parameter(parameter: &str) -> bool {
    parameter.split(';').skip(1).any(|part| {
        let name = part.split('=').next().unwrap_or(part);
        decode(name).is_ok_and(|name| !matches!(known_parameter(&name), Ok(None)))
    })
}

/// Decodes application/x-www-form-urlencoded text strictly.
fn decode(text: &str) -> Result<String, MalformedResponse> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let (high, low) = (hex(rest.next())?, hex(rest.next())?);
                high << 4 | low
            }
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| MalformedResponse("not UTF-8"))
}

fn hex(digit: Option<u8>) -> Result<u8, MalformedResponse> {
    digit
        .and_then(|digit| char::from(digit).to_digit(16))
        .and_then(|digit| u8::try_from(digit).ok())
        .ok_or(MalformedResponse("invalid percent-encoding"))
}

#[cfg(test)]
mod tests;
