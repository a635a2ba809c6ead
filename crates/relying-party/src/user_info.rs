//! The UserInfo endpoint.

use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::claims::Claims;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, get_with_bearer};
use crate::http_client::HttpClient;
use crate::metadata::Metadata;
use crate::token::bearer;

/// Asks the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).
///
/// By hand and not with `openidconnect`, which panics on an access token that is no header value.
pub(crate) async fn user_info(
    http: &dyn HttpClient,
    metadata: &Metadata,
    access_token: &str,
    expected_sub: &str,
) -> Result<Claims, Error> {
    let endpoint = metadata.userinfo_endpoint.as_ref().ok_or_else(|| {
        Error::new(
            ErrorKind::Configuration,
            "user_info.not_supported",
            "the provider's metadata names no UserInfo endpoint",
        )
    })?;
    let authorization = bearer(access_token).ok_or_else(|| {
        Error::new(
            ErrorKind::Response,
            "user_info.token",
            "the access token is no bearer token",
        )
    })?;
    let response = get_with_bearer(http, Step::USER_INFO, endpoint, authorization).await?;
    match response.status() {
        StatusCode::OK => {}
        // RFC 6750 section 3.1.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(Error::new(
                ErrorKind::Response,
                "user_info.token",
                "the UserInfo endpoint does not accept the access token",
            ));
        }
        _ => return Err(Step::USER_INFO.refused(&response)),
    }
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .map_or(&b""[..], |it| it.as_bytes());
    if content_type
        .to_ascii_lowercase()
        .starts_with(b"application/jwt")
    {
        return Err(Error::new(
            ErrorKind::Provider,
            "user_info.signed",
            "the UserInfo response is a JWT (application/jwt), which is not supported; \
             register the client without userinfo_signed_response_alg",
        ));
    }
    let claims = Claims::from_json(response.into_body()).map_err(|_| {
        Error::new(
            ErrorKind::Provider,
            "user_info.malformed",
            "the UserInfo response is not a JSON object of at most 64 KiB with a sub",
        )
    })?;
    // Section 5.3.2: not the same user, so nothing of it may be used.
    if claims.sub() != expected_sub {
        return Err(Error::new(
            ErrorKind::Response,
            "user_info.sub",
            "the UserInfo response is about another user than the ID token",
        ));
    }
    Ok(claims)
}
