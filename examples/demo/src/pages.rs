//! The HTML pages. `maud` escapes what is inserted into them.

use axum::extract::State;
use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, html};
use serde_json::Value;
use tower_oidc::{AuthContext, Authenticated, Claims};

use crate::app::EmbeddedProvider;
use crate::claims;

pub(crate) async fn home(
    auth: AuthContext,
    user: Option<Authenticated>,
    State(provider): State<EmbeddedProvider>,
) -> Markup {
    match user {
        Some(user) => signed_in(&user, &provider),
        None => stranger(&auth),
    }
}

/// For signed-in users: the guard in front of it sends everybody else to the sign-in and back here.
pub(crate) async fn profile(user: Authenticated) -> Markup {
    let claims = user.claims();
    page(
        "Profile",
        html! {
            h1 { (display_name(claims)) }
            @if let Some(picture) = claims.picture() {
                // No alternative text: the name is right above.
                img src=(picture) alt="";
            }
            @if let Some(email) = claims.email() {
                p { (email) @if claims.email_verified() != Some(true) { " (not verified)" } }
            }
            p.quiet { "Subject " code { (claims.sub()) } }
        },
    )
}

/// For users who signed in just now: the guard in front of it has the others sign in again first.
pub(crate) async fn account(user: Authenticated) -> Markup {
    page(
        "Account",
        html! {
            h1 { "Change your account" }
            p {
                "Only " (display_name(user.claims())) " can do this: whoever is here has proved it within the last \
                 minute. Load the page again after a minute, and you have to sign in again."
            }
        },
    )
}

/// For administrators: the guard in front of it refuses the others.
pub(crate) async fn admin(user: Authenticated) -> Markup {
    page(
        "Administration",
        html! {
            h1 { "Administration" }
            p { (display_name(user.claims())) " has the role " code { "admin" } "." }
        },
    )
}

pub(crate) async fn not_found() -> (StatusCode, Markup) {
    let content = html! {
        h1 { "There is no such page" }
    };
    (StatusCode::NOT_FOUND, page("Not found", content))
}

fn stranger(auth: &AuthContext) -> Markup {
    let providers: Vec<_> = auth.providers().collect();
    page(
        "Welcome",
        html! {
            h1 { "Hello stranger" }
            p { "Nobody is signed in. This page is for everybody, the profile for signed-in users." }
            @if providers.is_empty() {
                // The resolver chooses the provider by the domain of the address.
                form action="/auth/sign-in" {
                    label { "Your email address " input type="email" name="login_hint" required; }
                    " "
                    button { "Sign in with your company" }
                }
            } @else if let [_] = providers.as_slice() {
                p { a.button href="/auth/sign-in" { "Sign in" } }
            } @else {
                @for provider in &providers {
                    p { a.button href=[provider.sign_in_path()] { "Continue with " (provider.label()) } }
                }
            }
        },
    )
}

fn signed_in(user: &Authenticated, provider: &EmbeddedProvider) -> Markup {
    let claims = user.claims();
    page(
        "Signed in",
        html! {
            h1 { "Hello " (display_name(claims)) }
            p {
                "You signed in "
                @if let Some(name) = user.context().provider().and_then(|it| it.name()) {
                    "with " (name) ", "
                } @else if let Some(id) = user.context().provider_id() {
                    "for " (id) ", "
                }
                "at " code { (claims.iss()) } "."
            }
            @if let Some(end) = user.context().expires_at() {
                p {
                    "If you do not come back before, the session ends on "
                    (httpdate::fmt_http_date(end)) "."
                }
            }
            form method="post" action="/auth/sign-out" { button { "Sign out" } }
            form method="post" action="/sign-out/everywhere" { button { "Sign out everywhere" } }
            @if provider.0.is_some() {
                form method="post" action="/sign-out/at-provider" {
                    button { "Let the provider end my sessions" }
                }
            }
            p.quiet { "Open this page in a second browser to see that it notices." }
            script src="/session.js" {}
            table {
                caption { "Your claims" }
                thead { tr { th { "Claim" } th { "Value" } } }
                tbody {
                    @for (name, value) in claims::all(claims) {
                        tr { th scope="row" { (name) } td { (shown(&value)) } }
                    }
                }
            }
        },
    )
}

pub(crate) fn page(title: &str, content: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) " - tower-oidc demo" }
                link rel="stylesheet" href="/style.css";
                // Empty, so that browsers do not ask for /favicon.ico.
                link rel="icon" href="data:,";
            }
            body {
                nav {
                    a href="/" { "Home" }
                    a href="/profile" { "Profile" }
                    a href="/tokens" { "Tokens" }
                    a href="/account" { "Account" }
                    a href="/admin" { "Administration" }
                    a href="/api/profile" { "/api/profile" }
                    a href="/api/private" { "/api/private" }
                }
                main { (content) }
            }
        }
    }
}

fn display_name(claims: &Claims) -> &str {
    claims
        .name()
        .or_else(|| claims.preferred_username())
        .unwrap_or_else(|| claims.sub())
}

/// Strings without quotes, everything else as JSON.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
