//! The errors of JWTs that are refused before their signature is verified.

use super::kind::{Codes, TokenKind};
use crate::error::{Error, ErrorKind};
use crate::provider::SigningAlgorithm;

const HEADER: Codes = ["id_token.header", "logout_token.header"];
const TYP: Codes = ["id_token.typ", "logout_token.typ"];

/// Why a JWT is refused before its signature is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JwsError {
    /// It has more than 64 KiB.
    TooLarge,
    /// It is not three parts in base64url, the first of them a JOSE header.
    Malformed,
    /// It is a JWE (RFC 7516).
    Encrypted,
    /// The header has `cty`.
    ContentType,
    /// The header has a `crit` that is malformed, or names a parameter without a check.
    CriticalHeader,
    /// The header's `typ` is not that of such a token.
    Type,
    /// The header's `typ` is not the configured one.
    OtherType,
    /// The algorithm of this name is never accepted.
    UnsupportedAlgorithm(&'static str),
    /// The algorithm is not among those that are allowed.
    OtherAlgorithm(SigningAlgorithm),
}

impl JwsError {
    /// Returns the error for an ID token or a logout token.
    pub(crate) fn for_token(self, token: TokenKind) -> Error {
        let refused = |codes, what| token.refused(codes, what);
        match self {
            Self::TooLarge => refused(
                ["id_token.too_large", "logout_token.too_large"],
                format!("the {token} is larger than 64 KiB"),
            ),
            Self::Malformed => refused(
                ["id_token.malformed", "logout_token.malformed"],
                format!("the {token} is not a signed JWT"),
            ),
            Self::Encrypted => Error::new(
                ErrorKind::Configuration,
                token.code(["id_token.encrypted", "logout_token.encrypted"]),
                format!(
                    "the {token} is encrypted, which is not supported; turn the encryption off for this \
                     client at the provider (`id_token_encrypted_response_alg`)"
                ),
            ),
            Self::ContentType => refused(HEADER, format!("the {token}'s header has `cty`")),
            Self::CriticalHeader => refused(
                HEADER,
                format!(
                    "the {token}'s header has a `crit` that is malformed, or that names a parameter \
                     that `critical_header` does not list"
                ),
            ),
            Self::Type => refused(
                TYP,
                match token {
                    TokenKind::IdToken => {
                        "the token's `typ` is not that of an ID token; if the provider's ID tokens \
                         have a special type, set `id_token_type`"
                    }
                    TokenKind::LogoutToken => "the token's `typ` is not that of a logout token",
                }
                .to_owned(),
            ),
            Self::OtherType => refused(
                TYP,
                "the token's `typ` is not the one that `id_token_type` names".to_owned(),
            ),
            Self::UnsupportedAlgorithm(_) | Self::OtherAlgorithm(_) => Error::new(
                ErrorKind::Response,
                token.code(["id_token.algorithm", "logout_token.algorithm"]),
                self.algorithm_message(token.name(), "id_token_signed_response_alg"),
            ),
        }
    }

    /// Returns the error for a response of the UserInfo endpoint.
    pub(crate) fn for_user_info(self) -> Error {
        let error = |code, what| Error::new(ErrorKind::Provider, code, what);
        match self {
            Self::Encrypted => error(
                "user_info.encrypted",
                "the UserInfo response is encrypted, which is not supported; register the client \
                 without userinfo_encrypted_response_alg"
                    .to_owned(),
            ),
            Self::UnsupportedAlgorithm(_) | Self::OtherAlgorithm(_) => error(
                "user_info.jwt",
                self.algorithm_message("UserInfo response", "userinfo_signed_response_alg"),
            ),
            Self::TooLarge
            | Self::Malformed
            | Self::ContentType
            | Self::CriticalHeader
            | Self::Type
            | Self::OtherType => error(
                "user_info.jwt",
                "the UserInfo response is not a signed JWT of at most 64 KiB".to_owned(),
            ),
        }
    }

    fn algorithm_message(self, what: &str, setting: &str) -> String {
        let at_the_provider = format!(
            "set `{setting}` of this client at the provider to RS256, ES256 or another one that is \
             supported"
        );
        match self {
            Self::UnsupportedAlgorithm("none") => {
                format!("the {what} is not signed; {at_the_provider}")
            }
            Self::OtherAlgorithm(algorithm) if algorithm.is_hmac() => format!(
                "the {what} is signed with {algorithm} and the client secret. Anyone who knows the secret \
                 could create one, so it is accepted only if the setting `algorithms` lists {algorithm}; \
                 {at_the_provider}"
            ),
            Self::OtherAlgorithm(algorithm) => format!(
                "the {what} is signed with {algorithm}, which is not among the allowed algorithms: \
                 those of the setting `algorithms`, or else those that the provider's metadata list; \
                 {at_the_provider}, or allow this one with `algorithms`"
            ),
            Self::UnsupportedAlgorithm(name) => format!(
                "the {what} is signed with {name}, which is not supported; {at_the_provider}"
            ),
            _ => format!("the signature of the {what} is not accepted"),
        }
    }
}
