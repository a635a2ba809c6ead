//! The layer's own responses. They are never cached or framed, and contain no input of the request.

use std::sync::LazyLock;

use base64_simd::STANDARD;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sealed_cookie::SetCookies;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub(crate) type OwnResponse = Response<Bytes>;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;\
padding:0 1.25rem;color:#1c1e21;background:#fff}h1{font-size:1.4rem;margin:0 0 .75rem}\
a,button{display:inline-block;font:inherit;margin-top:.75rem;padding:.5rem 1rem;border:0;\
border-radius:.4rem;background:#2457d6;color:#fff;text-decoration:none;cursor:pointer}\
@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181c}}";

/// A page may load and run nothing, and no page may frame it. Its style sheet is allowed by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; frame-ancestors 'none'",
        STANDARD.encode_to_string(Sha256::digest(STYLE.as_bytes()))
    )
});

/// The script of a page that submits its only form. `submit` reports nothing and cannot fail, and the button of
/// the form serves if scripts are turned off.
const SUBMIT: &str = "document.forms[0].submit()";

/// The policy of such a page, which allows this script alone. In a sandbox the page has a separate origin, so
/// no page or script of this application can read what the form contains.
static SUBMITTING_POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}; script-src 'sha256-{}'; sandbox allow-forms allow-scripts",
        *POLICY,
        STANDARD.encode_to_string(Sha256::digest(SUBMIT.as_bytes()))
    )
});

/// How many bytes of a response head cookies and `Location` may take together. A stock nginx accepts 4 KiB,
/// and our other headers take about 250 bytes.
pub(crate) const COOKIES_AND_LOCATION: usize = 3_700;

/// The bytes that these cookies take of a response head.
pub(crate) fn head_size(cookies: &SetCookies) -> usize {
    cookies
        .iter()
        .map(|cookie| cookie.len().saturating_add("set-cookie: \r\n".len()))
        .fold(0, usize::saturating_add)
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> OwnResponse {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    insert(
        &mut response,
        CONTENT_SECURITY_POLICY,
        &format!("{}; form-action 'none'", *POLICY),
    );
    response
}

/// A redirect with 303, so that the next request is a GET, whatever the method of this one (RFC 9700 section
/// 4.12).
pub(crate) fn see_other(location: &str) -> OwnResponse {
    let mut response = empty(StatusCode::SEE_OTHER);
    // Browsers ignore the policy of a redirect. With a full session cookie, its bytes would make the head
    // longer than a stock nginx accepts.
    response.headers_mut().remove(CONTENT_SECURITY_POLICY);
    insert(&mut response, LOCATION, location);
    response
}

pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> OwnResponse {
    let mut response = empty(status);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = serde_json::to_vec(value).unwrap_or_default().into();
    response
}

/// A page with one form, which its script submits to `targets`: the form's action, and the addresses to which
/// the responses redirect.
pub(crate) fn submitting_page(title: &str, content: &Markup, targets: &str) -> OwnResponse {
    let script = html! {
        (content)
        // As for the style: the policy contains the hash of these bytes.
        script { (PreEscaped(SUBMIT)) }
    };
    let mut response = page(StatusCode::OK, title, &script);
    insert(
        &mut response,
        CONTENT_SECURITY_POLICY,
        &format!("{}; form-action {targets}", *SUBMITTING_POLICY),
    );
    response
}

/// Lets pages of these origins, and no others, show the page in a frame. Without an origin, none may.
pub(crate) fn allow_framing_by(response: &mut OwnResponse, origins: &[String]) {
    if origins.is_empty() {
        return;
    }
    let policy = POLICY.replace("frame-ancestors 'none'", "frame-ancestors");
    insert(
        response,
        CONTENT_SECURITY_POLICY,
        &format!("{policy} {}; form-action 'none'", origins.join(" ")),
    );
}

/// Prevents that pages of other origins embed the response, as they may without this header.
pub(crate) fn for_this_origin(headers: &mut HeaderMap) {
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    );
}

/// A page with this title, which is also its heading.
pub(crate) fn page(status: StatusCode, title: &str, content: &Markup) -> OwnResponse {
    let mut response = empty(status);
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                // The policy contains the hash of exactly these bytes, so they must not be escaped.
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                (content)
            }
        }
    };
    *response.body_mut() = html.into_string().into();
    response
}

/// Lets the page's forms send `Origin`. In browsers without Fetch Metadata, this distinguishes them from forms
/// of other sites. Other origins still get no referrer.
pub(crate) fn allow_own_referrer(response: &mut OwnResponse) {
    response
        .headers_mut()
        .insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

/// Lets the page submit a form to `targets`: the form's action, and the address to which the response
/// redirects.
pub(crate) fn allow_form_action(response: &mut OwnResponse, targets: &str) {
    insert(
        response,
        CONTENT_SECURITY_POLICY,
        &format!("{}; form-action {targets}", *POLICY),
    );
}

/// Adds a header whose `value` was built from parsed URLs and fixed text. If it is not valid in a header, this
/// crate has a bug, which the response reports with status 500.
fn insert(response: &mut OwnResponse, name: HeaderName, value: &str) {
    match HeaderValue::from_str(value) {
        Ok(value) => {
            response.headers_mut().insert(name, value);
        }
        Err(_) => {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            *response.body_mut() = Bytes::from_static(b"This application made an invalid header.");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_the_style_of_the_page_and_nothing_else() {
        let response = page(StatusCode::OK, "A & B", &html! { p { "text" } });
        let html = std::str::from_utf8(response.body()).unwrap();
        let (_, rest) = html.split_once("<style>").unwrap();
        let (style, rest) = rest.split_once("</style>").unwrap();
        let policy = response.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        let hash = STANDARD.encode_to_string(Sha256::digest(style.as_bytes()));

        assert!(
            policy.contains(&format!("style-src 'sha256-{hash}';")),
            "{policy}"
        );
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(
            !rest.contains("<style") && !rest.contains("style="),
            "{rest}"
        );
        assert!(html.contains("<title>A &amp; B</title>"), "{html}");
    }
}
