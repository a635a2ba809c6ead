//! Requests to the provider, and the names of their failures.

use std::borrow::Cow;
use std::time::Duration;

use bytes::{Buf, Bytes};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use url::Url;

use crate::error::{Error, ErrorKind};
use crate::http_client::HttpClient;

const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");
/// Some servers put it before JSON although they must not. Parsers may ignore it (RFC 8259 section
/// 8.1).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The error codes of one step of a flow.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    unreachable: &'static str,
    unavailable: &'static str,
    redirect: &'static str,
    status: &'static str,
    error: &'static str,
    malformed: &'static str,
}

macro_rules! step {
    ($name:literal) => {
        Step {
            unreachable: concat!($name, ".unreachable"),
            unavailable: concat!($name, ".unavailable"),
            redirect: concat!($name, ".redirect"),
            status: concat!($name, ".status"),
            error: concat!($name, ".error"),
            malformed: concat!($name, ".malformed"),
        }
    };
}

impl Step {
    pub(crate) const DISCOVERY: Self = step!("discovery");
    pub(crate) const JWKS: Self = step!("jwks");
    pub(crate) const TOKEN: Self = step!("token");
    pub(crate) const USER_INFO: Self = step!("user_info");
    pub(crate) const INTROSPECTION: Self = step!("introspection");
    pub(crate) const REVOCATION: Self = step!("revocation");
    pub(crate) const PUSHED_AUTHORIZATION: Self = step!("par");

    /// Returns the media types that the step can read. Each is named, because some servers respond with
    /// 406 to a wildcard (RFC 7517 section 8.5.2, OpenID Connect Core 1.0 section 5.3.2).
    fn accept(self) -> HeaderValue {
        HeaderValue::from_static(match self.unreachable {
            "jwks.unreachable" => "application/jwk-set+json, application/json",
            "user_info.unreachable" => "application/json, application/jwt",
            _ => "application/json",
        })
    }

    /// Returns the code for an error that the provider reported.
    pub(crate) fn error_code(self) -> &'static str {
        self.error
    }

    /// Returns the error for a successful response that cannot be used.
    pub(crate) fn malformed(self, what: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Provider, self.malformed, what)
    }

    /// Returns the error for a response with an unsuccessful status.
    pub(crate) fn unsuccessful(self, response: &Response<Bytes>) -> Error {
        let status = response.status();
        let what = format!("the provider responded with status {}", status.as_u16());
        if is_transient(status) {
            let retry_after = retry_after(response.headers());
            Error::transient(ErrorKind::Provider, self.unavailable, what, retry_after)
        } else if status.is_redirection() {
            Error::new(
                ErrorKind::Provider,
                self.redirect,
                "the provider responded with a redirect, which is not followed; configure the URL that \
                 it points to",
            )
        } else {
            Error::new(ErrorKind::Provider, self.status, what)
        }
    }
}

/// Gets a JSON document.
pub(crate) async fn get_json(
    http: &dyn HttpClient,
    step: Step,
    url: &str,
) -> Result<Response<Bytes>, Error> {
    let response = send(http, step, Method::GET, url, &[], Bytes::new()).await?;
    if response.status() == StatusCode::OK {
        Ok(response)
    } else {
        Err(step.unsuccessful(&response).with_url(url))
    }
}

/// Gets a JSON document with an access token (RFC 6750 section 2.1).
pub(crate) async fn get_with_bearer(
    http: &dyn HttpClient,
    step: Step,
    url: &Url,
    authorization: HeaderValue,
) -> Result<Response<Bytes>, Error> {
    let headers = [(AUTHORIZATION, authorization)];
    send(
        http,
        step,
        Method::GET,
        url.as_str(),
        &headers,
        Bytes::new(),
    )
    .await
}

/// Posts a form, once, and returns the response with any status.
pub(crate) async fn post_form(
    http: &dyn HttpClient,
    step: Step,
    url: &Url,
    authorization: Option<HeaderValue>,
    form: String,
) -> Result<Response<Bytes>, Error> {
    let mut headers = vec![(CONTENT_TYPE, FORM)];
    headers.extend(authorization.map(|value| (AUTHORIZATION, value)));
    send(
        http,
        step,
        Method::POST,
        url.as_str(),
        &headers,
        form.into(),
    )
    .await
    .map_err(Error::after_sending)
}

async fn send(
    http: &dyn HttpClient,
    step: Step,
    method: Method,
    url: &str,
    headers: &[(http::HeaderName, HeaderValue)],
    body: Bytes,
) -> Result<Response<Bytes>, Error> {
    let mut request = http::Request::builder()
        .method(method)
        .uri(url)
        .header(ACCEPT, step.accept());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(body).map_err(|_| {
        Error::new(
            ErrorKind::Provider,
            step.status,
            "the endpoint's URL cannot be requested",
        )
        .with_url(url)
    })?;
    let response = http
        .call(request)
        .await
        .map_err(|error| Error::transport(step.unreachable, error).with_url(url))?;
    Ok(response.map(without_byte_order_mark))
}

fn without_byte_order_mark(mut body: Bytes) -> Bytes {
    if body.starts_with(BYTE_ORDER_MARK) {
        body.advance(BYTE_ORDER_MARK.len());
    }
    body
}

/// Returns whether the same request may succeed later. 408 and 425 say so, like 429: the request was
/// not processed (RFC 9110 section 15.5.9, RFC 8470 section 5.2).
pub(crate) fn is_transient(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
        )
}

/// Returns `Retry-After` if it is in seconds (RFC 9110 section 10.2.3); dates are ignored.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}
