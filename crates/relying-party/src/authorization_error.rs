//! The error codes of the authorization endpoint, what causes them, and the remedies.

use std::time::Duration;

use crate::error::{Error, ErrorKind};

#[derive(Clone, Copy)]
struct Code {
    name: &'static str,
    /// [`Error::code`] if the browser brought the error.
    authorization: &'static str,
    /// [`Error::code`] if it is the response to a pushed request.
    pushed: &'static str,
    kind: ErrorKind,
    what: &'static str,
}

macro_rules! codes {
    ($($kind:ident $name:literal: $what:literal,)*) => {
        [$(Code {
            name: $name,
            authorization: concat!("authorization.", $name),
            pushed: concat!("par.", $name),
            kind: ErrorKind::$kind,
            what: $what,
        },)*]
    };
}

/// RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6, RFC 8707 section 2, RFC 9101
/// section 7, RFC 9396 section 5, OpenID Connect Unmet Authentication Requirements 1.0. A user
/// cannot fix a configuration error, so the sign-in is not reported to them as cancelled.
///
/// `authentication_expired` is a description that Keycloak sends with `temporarily_unavailable`;
/// servers that imitate Keycloak send it as the code.
const CODES: [Code; 21] = codes! {
    Response "access_denied": "the user cancelled, or the provider denied the sign-in",
    Response "account_selection_required": "the user must select an account",
    Response "authentication_expired": "the user took too long at the provider",
    Response "consent_required": "the user must consent",
    Response "interaction_required": "the provider must ask the user something",
    Configuration "invalid_authorization_details":
        "the provider does not accept `authorization_details`; check the extra parameters",
    Configuration "invalid_client":
        "the provider does not know the client; check the client id, and that the issuer is the \
         tenant or realm that the client is registered in",
    Configuration "invalid_request":
        "the provider does not accept the authorization request; compare the extra parameters and \
         the redirect URI with the client's registration there",
    Configuration "invalid_request_object":
        "the provider does not accept a request object; none is sent, so remove the extra parameter \
         that holds one",
    Configuration "invalid_request_uri":
        "the provider does not accept a `request_uri`; none is sent, so remove the extra parameter \
         that holds one",
    Configuration "invalid_scope":
        "the provider does not accept the scopes; allow them for this client there, or set `scopes` \
         to those that it may ask for",
    Configuration "invalid_target":
        "the provider does not accept a resource; register it there, or correct `resources`",
    Response "login_required": "the user must sign in",
    Configuration "registration_not_supported":
        "the provider does not support the parameter `registration`; remove that extra parameter",
    Configuration "request_not_supported":
        "the provider does not support the parameter `request`; remove that extra parameter",
    Configuration "request_uri_not_supported":
        "the provider does not support the parameter `request_uri`; remove that extra parameter",
    Response "server_error": "the provider failed",
    Response "temporarily_unavailable":
        "the provider is overloaded, or the user took too long there",
    Configuration "unauthorized_client":
        "the client may not use the authorization code flow; allow it for this client at the provider",
    Response "unmet_authentication_requirements":
        "the user did not sign in as strongly as requested",
    Configuration "unsupported_response_type":
        "the provider does not support the response type `code`, or does not allow it to this client; \
         allow the authorization code flow for it there",
};

/// The provider authenticates the client before it reads the request.
const UNAUTHENTICATED: &str = "the provider does not accept the client; check the client id, the secret \
                               and the client authentication method";

/// Words to search for in the description of a configuration error, and the remedy. Providers use one
/// code, mostly `invalid_request`, for all their requirements.
const REQUIREMENTS: [(&[&str], &str); 5] = [
    (
        &[
            "pushed authorization",
            "pushed_authorization",
            "pushed request",
        ],
        "the provider requires pushed authorization requests (RFC 9126) of this client; set \
         `pushed_authorization_requests`, or turn that requirement off there \
         (`require_pushed_authorization_requests`)",
    ),
    (
        &[
            "request object",
            "request_object",
            "signed request",
            "'request' or 'request_uri'",
            "request or request_uri",
            "parameter: request",
            "parameter(s) 'request'",
            "jwt-secured authorization",
        ],
        "the provider requires a signed request object (RFC 9101), which is not supported; turn that \
         requirement off for this client there (`require_signed_request_object`)",
    ),
    (
        &["response_mode", "response mode", "jarm"],
        "the provider does not allow the response mode `query` to this client; allow it there, and \
         remove an extra parameter that asks for another",
    ),
    (
        &[
            "dpop",
            "mtls",
            "mutual tls",
            "certificate",
            "fapi",
            "holder of key",
        ],
        "the provider requires a FAPI profile or sender-constrained tokens, which are not supported; \
         register the client without that profile",
    ),
    (
        &["redirect_uri", "redirect uri"],
        "the provider does not accept the redirect URI; register it there exactly as it is sent",
    ),
];

/// Returns the code if it is a known one, else `other`.
pub(crate) fn known(error: &str) -> &'static str {
    find(error).map_or("other", |code| code.name)
}

/// Returns the error for an error response. Nothing of `description` is kept.
pub(crate) fn error(error: &str, description: &str) -> Error {
    let Some(code) = find(error) else {
        return Error::new(
            ErrorKind::Response,
            "authorization.other",
            "the provider responded to the authorization request with an unregistered error",
        );
    };
    let failed = match code.is_temporary() {
        true => Error::transient(code.kind, code.authorization, code.what, None),
        false => Error::new(code.kind, code.authorization, code.what_to_do(description)),
    };
    failed.with_oauth_error(Some(code.name))
}

/// Returns the error for the response to a pushed authorization request (RFC 9126 section 2.3), whose
/// codes are those of the authorization response. Nothing of `description` is kept.
///
/// `transient` says whether the status of the response allows another attempt.
pub(crate) fn pushed(
    error: &str,
    description: &str,
    transient: bool,
    retry_after: Option<Duration>,
) -> Error {
    let found = find(error);
    let (code, kind, what) = match found {
        None => (
            "par.other",
            ErrorKind::Provider,
            "the provider refused the pushed authorization request with an unregistered error",
        ),
        Some(code) if code.name == "invalid_client" => (code.pushed, code.kind, UNAUTHENTICATED),
        Some(code) => (code.pushed, code.kind, code.what_to_do(description)),
    };
    let failed = match transient || found.is_some_and(Code::is_temporary) {
        true => Error::transient(ErrorKind::Provider, code, what, retry_after),
        false => Error::new(kind, code, what),
    };
    failed.with_oauth_error(found.map(|code| code.name))
}

impl Code {
    fn is_temporary(self) -> bool {
        matches!(
            self.name,
            "server_error" | "temporarily_unavailable" | "authentication_expired"
        )
    }

    /// Returns the remedy for what the description requires, or else the one for the code.
    fn what_to_do(self, description: &str) -> &'static str {
        match self.kind {
            ErrorKind::Configuration => remedy(description).unwrap_or(self.what),
            _ => self.what,
        }
    }
}

fn find(error: &str) -> Option<Code> {
    CODES.into_iter().find(|code| code.name == error)
}

/// Returns the remedy for the requirement that the description names, if any.
fn remedy(description: &str) -> Option<&'static str> {
    let description = description.to_ascii_lowercase();
    REQUIREMENTS
        .into_iter()
        .find(|(words, _)| words.iter().any(|word| description.contains(word)))
        .map(|(_, remedy)| remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_only_an_operator_can_fix_is_a_configuration_error() {
        for code in [
            "invalid_request",
            "invalid_scope",
            "unauthorized_client",
            "unsupported_response_type",
            "invalid_request_object",
            "invalid_request_uri",
            "request_not_supported",
            "request_uri_not_supported",
            "registration_not_supported",
            "invalid_target",
        ] {
            let error = error(code, "");
            assert_eq!(error.kind(), ErrorKind::Configuration, "{code}");
            assert_eq!(error.code(), format!("authorization.{code}"));
            assert!(!error.is_transient());
        }
        for code in [
            "access_denied",
            "login_required",
            "consent_required",
            "unheard_of",
        ] {
            assert_eq!(
                error(code, "request object").kind(),
                ErrorKind::Response,
                "{code}"
            );
        }
    }

    #[test]
    fn the_message_has_the_remedy_for_the_requirement_in_the_description() {
        for (description, remedy) in [
            ("Pushed Authorization Request must be used", "RFC 9126"),
            ("Pushed Authorization Request is only allowed.", "RFC 9126"),
            ("Request Object must be used by this client", "RFC 9101"),
            ("Missing parameter: 'request' or 'request_uri'", "RFC 9101"),
            ("requested response_mode is not allowed", "response mode"),
            (
                "response_mode query not allowed for this FAPI profile",
                "response mode",
            ),
            ("DPoP proof is required", "FAPI"),
            ("redirect_uri did not match", "redirect URI"),
        ] {
            let error = error("invalid_request", description);
            assert!(error.message().contains(remedy), "{description}: {error}");
        }
        assert!(
            error("invalid_scope", "Invalid scopes: a")
                .message()
                .contains("`scopes`")
        );
    }
}
