//! The routes, the guard in front of some of them, and the headers of all.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use oidc_dev_provider::DevProvider;
use tower_http::csrf::CsrfLayer;
use tower_oidc::RequireAuth;

use crate::tokens::Resources;
use crate::{api, pages, sign_out, tokens};

/// The provider inside of this program, if it signs the users in.
#[derive(Clone, Default)]
pub(crate) struct EmbeddedProvider(pub(crate) Option<Arc<DevProvider>>);

/// How long ago users may have proved who they are before they change their account.
const RECENT: Duration = Duration::from_secs(60);

/// What the handlers need beside the request.
#[derive(Clone)]
struct Settings {
    resources: Resources,
    provider: EmbeddedProvider,
}

impl FromRef<Settings> for Resources {
    fn from_ref(settings: &Settings) -> Self {
        settings.resources.clone()
    }
}

impl FromRef<Settings> for EmbeddedProvider {
    fn from_ref(settings: &Settings) -> Self {
        settings.provider.clone()
    }
}

/// The application without its `AuthLayer`. It requests tokens for `resources`.
pub(crate) fn router(resources: Vec<String>, provider: EmbeddedProvider) -> Router {
    let guarded = Router::new()
        .route("/profile", get(pages::profile))
        .route("/tokens", get(tokens::show))
        .route("/tokens/refresh", post(tokens::refresh))
        .route("/tokens/forget", post(tokens::forget))
        .route("/sign-out/everywhere", post(sign_out::everywhere))
        .route("/sign-out/at-provider", post(sign_out::at_provider))
        .route("/api/private", get(api::private))
        .route_layer(RequireAuth::layer());
    let recent = Router::new()
        .route("/account", get(pages::account))
        .route_layer(RequireAuth::layer().max_age(RECENT));
    let admins = Router::new()
        .route("/admin", get(pages::admin))
        .route_layer(RequireAuth::layer().role("admin"));
    Router::new()
        .route("/", get(pages::home))
        .route("/api/profile", get(api::profile))
        .route("/api/token", get(api::token))
        .route("/style.css", get(style_sheet))
        .route("/session.js", get(script))
        .merge(guarded)
        .merge(recent)
        .merge(admins)
        .fallback(pages::not_found)
        // No other site can press our buttons. The layer protects its own routes itself.
        .layer(CsrfLayer::new())
        .layer(map_response(with_headers))
        .with_state(Settings {
            resources: resources.into(),
            provider,
        })
}

async fn style_sheet() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("style.css"))
}

async fn script() -> impl IntoResponse {
    let headers = [(CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (headers, include_str!("session.js"))
}

async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    // After a sign-out the back button must not show the claims of the former user.
    default_to(headers, CACHE_CONTROL, "no-store");
    // No `form-action`: browsers also apply it to the redirect from our sign-out to the provider.
    default_to(
        headers,
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src https: data:; base-uri 'none'; frame-ancestors 'none'",
    );
    // `no-referrer` would remove the `Origin` from the sign-out button's POST.
    default_to(headers, REFERRER_POLICY, "same-origin");
    default_to(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn default_to(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}
