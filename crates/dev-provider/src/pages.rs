//! The pages for browsers. Every value is escaped. Only the page that posts a response to the client has a
//! script.

use std::fmt::Write;

use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};
use url::Url;

use crate::{parameters::Parameters, state::State};

/// The sign-in page: a button for each user, with the hinted one first, and one to cancel.
pub(crate) fn sign_in(state: &State, request: &Parameters, login_hint: Option<&str>) -> Response {
    let mut users = state.users();
    users.sort_by_key(|user| login_hint != Some(user.username()));
    let mut buttons = String::new();
    for user in users {
        let username = escaped(user.username());
        let name = escaped(user.display_name());
        let _ = write!(
            buttons,
            r#"<button name="user" value="{username}"><b>{name}</b> {username}</button>"#
        );
    }
    let client = escaped(request.get("client_id").unwrap_or_default());
    let intro = format!("<p>to continue to <b>{client}</b></p>");
    let cancel = r#"<button name="cancel" value="yes" class="quiet">Cancel</button>"#;
    let form = form("authorize", request, &format!("{buttons}{cancel}"));
    page(StatusCode::OK, "Sign in", &format!("{intro}{form}"))
}

/// The consent page: the requested scopes, and a button to allow them.
pub(crate) fn consent(client_id: &str, scope: &[String], request: &Parameters) -> Response {
    let client = escaped(client_id);
    let scope: String = scope
        .iter()
        .map(|name| format!("<li>{}</li>", escaped(name)))
        .collect();
    let intro = format!("<p><b>{client}</b> requests access to:</p><ul>{scope}</ul>");
    let buttons = r#"<button name="consent" value="allow"><b>Allow</b></button>
<button name="cancel" value="yes" class="quiet">Cancel</button>"#;
    let form = form("authorize", request, buttons);
    page(StatusCode::OK, "Allow access?", &format!("{intro}{form}"))
}

/// The page that posts the authorization response to the client, at once or by its button (OAuth 2.0
/// Form Post Response Mode section 2).
pub(crate) fn post_response(redirect_uri: &Url, parameters: &[(&str, &str)]) -> Response {
    let mut hidden = String::new();
    for (name, value) in parameters {
        let value = escaped(value);
        let _ = write!(
            hidden,
            r#"<input type="hidden" name="{name}" value="{value}">"#
        );
    }
    let action = escaped(redirect_uri.as_str());
    let form = format!(
        r#"<form method="post" action="{action}">{hidden}<button><b>Continue</b></button></form>
<script>document.forms[0].submit()</script>"#
    );
    page_with(
        StatusCode::OK,
        "Signing in",
        &form,
        "script-src 'unsafe-inline'; ",
    )
}

/// The page that asks whether to sign out. Its form is sent to `end_session`, the URL of the
/// endpoint.
pub(crate) fn confirm_sign_out(request: &Parameters, end_session: &str) -> Response {
    let button = r#"<button name="confirm" value="yes"><b>Sign out</b></button>"#;
    let form = form(end_session, request, button);
    page(StatusCode::OK, "Sign out?", &form)
}

pub(crate) fn signed_out() -> Response {
    page(
        StatusCode::OK,
        "Signed out",
        "<p>You are signed out. You can close this page.</p>",
    )
}

/// The page with a frame for each client that learns of the sign-out, and then, after a second, the page to return
/// to (OpenID Connect Front-Channel Logout 1.0 section 2).
pub(crate) fn signed_out_with_frames(frames: &[Url], return_to: Option<&Url>) -> Response {
    let mut content = "<p>You are signed out.</p>".to_owned();
    let mut sources = String::new();
    for frame in frames {
        let url = escaped(frame.as_str());
        let _ = write!(content, r#"<iframe hidden src="{url}"></iframe>"#);
        let _ = write!(sources, " {}", frame.origin().ascii_serialization());
    }
    if let Some(return_to) = return_to {
        let url = escaped(return_to.as_str());
        let _ = write!(
            content,
            r#"<meta http-equiv="refresh" content="1; url={url}"><p><a href="{url}">Continue</a></p>"#
        );
    }
    let allowed = format!("frame-src{sources}; ");
    page_with(StatusCode::OK, "Signed out", &content, &allowed)
}

/// An error page. `reason` is not escaped, so it must not contain any value of a request.
pub(crate) fn error(reason: &'static str) -> Response {
    let body = format!("<p>{reason}</p>");
    page(StatusCode::BAD_REQUEST, "Invalid request", &body)
}

/// A form that repeats the parameters of `request`, except for the buttons of previous pages.
/// Otherwise there could be two of them. A user who was chosen on a previous page has a session
/// already.
fn form(action: &str, request: &Parameters, buttons: &str) -> String {
    let mut hidden = String::new();
    for (name, value) in request.iter() {
        if !matches!(name, "user" | "cancel" | "consent" | "confirm") {
            let (name, value) = (escaped(name), escaped(value));
            let _ = write!(
                hidden,
                r#"<input type="hidden" name="{name}" value="{value}">"#
            );
        }
    }
    format!(r#"<form method="post" action="{action}">{hidden}{buttons}</form>"#)
}

fn page(status: StatusCode, title: &str, content: &str) -> Response {
    page_with(status, title, content, "")
}

/// `allowed` is added to the content security policy.
fn page_with(status: StatusCode, title: &str, content: &str, allowed: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{STYLE}</style>
<main>
<h1>{title}</h1>
{content}
<footer>An OpenID Provider for development. No passwords: do not use it for anything real.</footer>
</main>
</html>
"#
    );
    // There is no `form-action`, because browsers would also apply it to the redirect to the
    // client.
    let policy = format!(
        "default-src 'none'; {allowed}style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, Html(html)).into_response()
}

const STYLE: &str = "\
body{margin:0;background:#f4f5f7;color:#1c2430;font:1rem/1.5 system-ui,sans-serif}\
main{max-width:22rem;margin:12vh auto 0;padding:2rem;background:#fff;border:1px solid #dfe3e8;\
border-radius:12px}\
h1{margin:0;font-size:1.4rem}p{margin:.25rem 0 1.25rem}\
button{display:block;width:100%;margin:.5rem 0;padding:.7rem 1rem;border:1px solid #c9d0d8;\
border-radius:8px;background:#fff;color:#5a6675;font:inherit;text-align:left;cursor:pointer}\
button b{color:#1c2430}button:hover,button:focus{border-color:#3454d1}\
.quiet{border-color:transparent;text-align:center}\
footer{margin-top:1.5rem;color:#5a6675;font-size:.8rem}\
@media(prefers-color-scheme:dark){body{background:#111418;color:#e6e8eb}\
main,button{background:#1b1f25;border-color:#343b45}button{color:#a9b2bd}button b{color:#e6e8eb}\
footer{color:#a9b2bd}}";

/// Escapes a text for HTML, also between quotes. These few small pages do not need a template library, which
/// every program that tests with this provider would have to compile.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
