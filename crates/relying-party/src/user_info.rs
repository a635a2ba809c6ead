//! The UserInfo endpoint.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde::Deserialize;
use url::Url;

use crate::claims::{Claims, NumericDate, OneOrMany};
use crate::clock::clock_difference;
use crate::error::{Error, ErrorKind};
use crate::fetch::{Step, get_with_bearer};
use crate::http_client::HttpClient;
use crate::id_token::{HeaderRules, Jws, JwsError, TypeRule};
use crate::json;
use crate::jwks::VerifyingKey;
use crate::log_text::{self, SentSecrets};
use crate::metadata::Metadata;
use crate::oauth_error;
use crate::provider::{Provider, SigningAlgorithm};
use crate::token::bearer;

/// Sends a request to the UserInfo endpoint (OpenID Connect Core 1.0 section 5.3).
///
/// `openidconnect` is not used for it, because it panics if the access token is not a valid header
/// value.
pub(crate) async fn request(
    http: &dyn HttpClient,
    metadata: &Metadata,
    access_token: &str,
) -> Result<UserInfoBody, Error> {
    let endpoint = metadata.userinfo_endpoint.as_ref().ok_or_else(|| {
        Error::new(
            ErrorKind::Configuration,
            "user_info.not_supported",
            "the provider's metadata have no UserInfo endpoint",
        )
    })?;
    let authorization = bearer(access_token).ok_or_else(|| {
        Error::new(
            ErrorKind::Response,
            "user_info.token",
            "the access token is not a bearer token",
        )
    })?;
    let response = get_with_bearer(http, Step::USER_INFO, endpoint, authorization).await?;
    match response.status() {
        StatusCode::OK => {}
        // RFC 6750 section 3.1.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let error = Error::new(
                ErrorKind::Response,
                "user_info.token",
                "the UserInfo endpoint does not accept the access token",
            );
            return Err(with_provider_message(
                error,
                endpoint,
                &response,
                access_token,
            ));
        }
        _ => {
            let error = Step::USER_INFO.unsuccessful(&response);
            return Err(with_provider_message(
                error,
                endpoint,
                &response,
                access_token,
            ));
        }
    }
    let is_jwt = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/jwt"));
    let body = response.into_body();
    Ok(if is_jwt {
        UserInfoBody::Jwt(body)
    } else {
        UserInfoBody::Json(body)
    })
}

/// Adds to `error` the endpoint's message in the header (RFC 6750 section 3) and in the body.
fn with_provider_message(
    error: Error,
    endpoint: &Url,
    response: &Response<Bytes>,
    access_token: &str,
) -> Error {
    let sent = SentSecrets::new([access_token]);
    let challenge = response.headers().get(WWW_AUTHENTICATE);
    let error = match challenge.map(|challenge| String::from_utf8_lossy(challenge.as_bytes())) {
        Some(challenge) => {
            let challenge = log_text::quoted(&challenge, &sent);
            error.with_detail(format!("the provider's challenge is {challenge}"))
        }
        None => error,
    };
    oauth_error::with_provider_message(error, endpoint, response, &sent)
}

/// The unchecked body of a UserInfo response.
pub(crate) enum UserInfoBody {
    Json(Bytes),
    /// A JWT that is signed, or encrypted, or both (OpenID Connect Core 1.0 section 5.3.2).
    Jwt(Bytes),
}

/// Reads the claims of a response, which must be about the user of these claims of an ID token.
pub(crate) fn claims(json: Bytes, user: &Claims) -> Result<Claims, Error> {
    let claims = Claims::from_json(json).map_err(|why| malformed(&why))?;
    // Section 5.3.2: claims about another user must not be used. An unsigned response need not name an
    // issuer, but if it names another one, it is about a user of that issuer.
    if !claims.iss().is_empty() {
        check_issuer(claims.iss(), user)?;
    }
    if claims.sub() != user.sub() {
        return Err(Error::new(
            ErrorKind::Response,
            "user_info.sub",
            "the UserInfo response is about another user than the ID token",
        ));
    }
    Ok(claims)
}

fn check_issuer(iss: &str, user: &Claims) -> Result<(), Error> {
    if iss == user.iss() {
        return Ok(());
    }
    let error = Error::new(
        ErrorKind::Response,
        "user_info.iss",
        "the UserInfo response is of another issuer than the ID token",
    );
    let whose = "UserInfo response";
    let issuers = log_text::one_of(
        "ID token",
        [user.iss()],
        whose,
        iss,
        &SentSecrets::nothing(),
    );
    Err(error.with_detail(issuers))
}

/// Parses a signed response. The settings for the header of ID tokens do not apply to it.
pub(crate) fn signed<'a>(jwt: &'a [u8], allowed: &'a [SigningAlgorithm]) -> Result<Jws<'a>, Error> {
    let rules = HeaderRules {
        algorithms: allowed,
        typ: TypeRule::AnyJwt,
        critical: &[],
    };
    std::str::from_utf8(jwt)
        .map_err(|_| JwsError::Malformed)
        .and_then(|jwt| Jws::parse(jwt.trim_ascii(), &rules))
        .map_err(JwsError::for_user_info)
}

/// Checks that the key which signed a response may sign for the user's tenant.
pub(crate) fn check_key(
    key: &VerifyingKey<'_>,
    provider: &Provider,
    user: &Claims,
) -> Result<(), Error> {
    let Some((template, issuer)) = provider.issuer_template().zip(key.issuer()) else {
        return Ok(());
    };
    if template.allows_key(issuer, user.iss()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Response,
        "user_info.key_issuer",
        "the UserInfo response is signed with a key of the provider that is for another issuer",
    ))
}

/// The claims of a signed response that are checked. One of the wrong type is an error.
#[derive(Deserialize)]
struct CheckedMembers {
    iss: Option<String>,
    aud: Option<OneOrMany>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
}

/// Reads the claims of a response whose signature was verified (OpenID Connect Core 1.0 section 5.3.2).
/// `iss` and `aud` are recommended there, so they are checked if they are present.
pub(crate) fn signed_claims(
    jws: &Jws<'_>,
    provider: &Provider,
    now: u64,
    user: &Claims,
) -> Result<Claims, Error> {
    let refused = |code, what: &'static str| Error::new(ErrorKind::Response, code, what);
    let token: CheckedMembers =
        json::object_from_slice(&jws.payload).map_err(|why| malformed(&why))?;
    if let Some(iss) = &token.iss {
        check_issuer(iss, user)?;
    }
    if token
        .aud
        .is_some_and(|aud| !aud.0.contains(&provider.client_id))
    {
        return Err(refused(
            "user_info.aud",
            "the signed UserInfo response was issued to another client",
        ));
    }
    let leeway = provider.leeway.as_secs();
    if let Some(exp) = token.exp
        && exp.0.saturating_add(leeway) <= now
    {
        return Err(refused(
            "user_info.exp",
            "the signed UserInfo response has expired; check the clocks",
        )
        .with_detail(clock_difference("exp", exp.0, now, leeway)));
    }
    if let Some(nbf) = token.nbf
        && nbf.0 > now.saturating_add(leeway)
    {
        return Err(refused(
            "user_info.nbf",
            "the signed UserInfo response is not valid before a later time (`nbf`); check the clocks",
        )
        .with_detail(clock_difference("nbf", nbf.0, now, leeway)));
    }
    claims(Bytes::copy_from_slice(&jws.payload), user)
}

fn malformed(why: &dyn fmt::Display) -> Error {
    Step::USER_INFO.malformed(format!("the UserInfo response cannot be used: {why}"))
}
