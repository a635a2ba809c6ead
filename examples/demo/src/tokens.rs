//! The page about tokens: no token leaves the server, only its hash does.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use sha2::{Digest, Sha256};
use tower_oidc::provider::Introspection;
use tower_oidc::{AccessToken, AuthError, AuthErrorKind, Authenticated, Claims, SessionSize};

use crate::claims;
use crate::pages::{page, shown};

const PAGE: &str = "/tokens";

/// The query of the page after a refresh that failed.
const FAILED: &str = "refresh=failed";

/// The resources for which the application requests tokens.
#[derive(Clone)]
pub(crate) struct Resources(Arc<[String]>);

impl Resources {
    pub(crate) fn contains(&self, resource: &str) -> bool {
        self.0.iter().any(|known| known == resource)
    }
}

impl From<Vec<String>> for Resources {
    fn from(resources: Vec<String>) -> Self {
        Self(resources.into())
    }
}

/// A token for this resource or organization: from the session, or refreshed if that is due.
pub(crate) async fn obtain(
    user: &Authenticated,
    resource: Option<&str>,
    organization: Option<&str>,
) -> Result<AccessToken, AuthError> {
    match (resource, organization) {
        (None, None) => user.access_token().await,
        (Some(resource), None) => user.access_token_for(resource).await,
        (None, Some(organization)) => user.context().organization_token(organization).await,
        (Some(resource), Some(organization)) => {
            user.context()
                .organization_token_for(organization, resource)
                .await
        }
    }
}

pub(crate) fn sha256(token: &AccessToken) -> String {
    let hash = Sha256::digest(token.as_str());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// For signed-in users. If something is unavailable, the page says so in its place, and shows the
/// rest.
pub(crate) async fn show(
    user: Authenticated,
    State(resources): State<Resources>,
    RawQuery(query): RawQuery,
) -> Markup {
    let mut tokens = vec![token(&user, None, None).await];
    for resource in resources.0.iter() {
        tokens.push(token(&user, Some(resource), None).await);
    }
    // Logto's; other providers name none.
    let organizations = user.claims().standard().organizations;
    for organization in organizations.iter().flatten() {
        tokens.push(token(&user, None, Some(organization)).await);
    }
    let user_info = user.user_info().await;
    page(
        "Tokens",
        html! {
            h1 { "Your tokens" }
            @if query.as_deref() == Some(FAILED) {
                p { "There is no new token now, because the provider did not answer. Try later." }
            }
            p {
                "A token that has expired is refreshed when it is asked for, and the response to "
                "that request carries what changed."
            }
            form method="post" action="/tokens/refresh" { button { "Refresh" } }
            form method="post" action="/tokens/forget" { button { "Forget the access tokens" } }
            @for token in &tokens { (token) }
            (user_info_table(&user_info))
            @if let Some(size) = user.context().session_size() { (size_table(&size)) }
        },
    )
}

/// Refreshes whether or not a refresh is due.
pub(crate) async fn refresh(user: Authenticated) -> Response {
    match user.context().refresh().await {
        Ok(_) => Redirect::to(PAGE).into_response(),
        // A button sent this request: an error alone redirects only a request for a page.
        Err(error) if error.kind() == AuthErrorKind::SignInRequired => {
            user.context().sign_in().return_to(PAGE).into_response()
        }
        Err(_) => Redirect::to(&format!("{PAGE}?{FAILED}")).into_response(),
    }
}

/// The page after the redirect requests all of them again.
pub(crate) async fn forget(user: Authenticated) -> Redirect {
    user.context().clear_access_tokens();
    Redirect::to(PAGE)
}

async fn token(user: &Authenticated, resource: Option<&str>, organization: Option<&str>) -> Markup {
    let token = obtain(user, resource, organization).await;
    let introspection = match &token {
        Ok(token) => Some(user.context().introspect_token(token).await),
        Err(_) => None,
    };
    html! {
        table {
            caption {
                "Access token for "
                @match (resource, organization) {
                    (Some(resource), _) => (resource),
                    (_, Some(organization)) => { "organization " (organization) },
                    (None, None) => "this application",
                }
            }
            tbody {
                @match &token {
                    Ok(token) => {
                        (row("Expires", expiry(token)))
                        (row("Scopes", listed(token.scopes())))
                        (row("SHA-256", sha256(token)))
                    }
                    Err(error) => (row("Error", error)),
                }
                @match &introspection {
                    Some(Ok(introspection)) => (row("Introspection", said(introspection))),
                    Some(Err(error)) => (row("Introspection", error)),
                    None => {}
                }
            }
        }
    }
}

fn user_info_table(user_info: &Result<Claims, AuthError>) -> Markup {
    html! {
        table {
            caption { "UserInfo" }
            tbody {
                @match user_info {
                    Ok(said) => @for (name, value) in claims::all(said) {
                        (row(&name, shown(&value)))
                    },
                    Err(error) => (row("Error", error)),
                }
            }
        }
    }
}

fn size_table(size: &SessionSize) -> Markup {
    html! {
        table {
            caption { "The session in bytes, before it is sealed" }
            tbody {
                (row("Identity", size.identity))
                (row("Refresh token", size.refresh_token))
                (row("Access tokens", size.access_tokens))
                (row("Scopes", size.scope))
                (row("UserInfo", size.user_info))
                (row("Data", size.data))
                (row("Total", size.total))
                @if let Some(allowed) = size.allowed { (row("Allowed", allowed)) }
            }
        }
    }
}

fn row(name: &str, value: impl ToString) -> Markup {
    html! { tr { th scope="row" { (name) } td { (value.to_string()) } } }
}

fn expiry(token: &AccessToken) -> String {
    token.expires_at().map_or_else(
        || "the provider does not say".to_owned(),
        httpdate::fmt_http_date,
    )
}

fn listed(scopes: Option<Vec<String>>) -> String {
    match scopes {
        None => "nobody says".to_owned(),
        Some(scopes) if scopes.is_empty() => "none".to_owned(),
        Some(scopes) => scopes.join(" "),
    }
}

fn said(introspection: &Introspection) -> String {
    if !introspection.is_active() {
        return "not active".to_owned();
    }
    let scopes = introspection.scopes().map(str::to_owned).collect();
    format!("active: {}", listed(Some(scopes)))
}
