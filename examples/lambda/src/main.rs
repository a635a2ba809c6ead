//! An axum application on AWS Lambda, behind an API Gateway HTTP API or a function URL.
//!
//! Lambda gives one instance one request at a time, and freezes it when the response has been sent. It
//! thaws with the next request, or never. So:
//!
//! - What a request began must end before its response. `freezes_between_requests` makes handlers wait
//!   for their refreshes, and [`drain`] waits for the rest, such as the revocation after a sign-out.
//! - Requests of one user run in different instances, which share the cookie secret and nothing else.
//!   Two of them may refresh the same session at the same moment. Set a grace period for rotated refresh
//!   tokens at the provider, or give the layer a `RefreshCoordinator`.
//! - A cold start should not have to ask the provider before its first redirect: give the provider's
//!   metadata as a file.
//!
//! The settings, beside the usual `AUTH_ISSUER`, `AUTH_CLIENT_ID`, `AUTH_CLIENT_SECRET`, `AUTH_BASE_URL`
//! and `AUTH_COOKIE_SECRET`:
//!
//! ```text
//! AUTH_METADATA_FILE=metadata.json     # curl "$AUTH_ISSUER/.well-known/openid-configuration"
//! AUTH_MAX_COOKIES=2                   # API Gateway accepts 10,240 bytes of request headers
//! ```
//!
//! The provider's keys are fetched when an instance first completes or refreshes a sign-in. A file of them
//! (`AUTH_JWKS_FILE`) saves that request, too, but then sign-ins and refreshes fail from the moment at which
//! the provider replaces its keys until you deploy the function with the new ones.
//!
//! Set the function's timeout to 40 seconds. A sign-out takes up to 12 if the provider hangs. Use the stage
//! `$default` of the API Gateway: another one puts its name in front of all paths.
//!
//! Build with `cargo build --release -p lambda-example`, and deploy the program under the name `bootstrap`
//! with a runtime such as `provided.al2023`. Build it on that system, in a container of `amazonlinux:2023`
//! for example: a program that was built with a newer C library does not start there. The tests in
//! `tests/it` run it without AWS.

#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use lambda_http::RequestExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_oidc::{AuthContext, AuthError, AuthLayer, AuthLayerBuilder, Authenticated};

/// How long a response waits for requests to the provider: as long as each of them may take.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// What is left of the function's time for the response itself.
const TIME_TO_ANSWER: Duration = Duration::from_millis(500);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let log = tracing_subscriber::fmt().with_writer(io::stderr);
    log.with_ansi(false).init();
    let auth = AuthLayerBuilder::from_env()?
        .freezes_between_requests(true)
        .build()?;
    lambda_http::run(app(&auth)).await
}

fn app(auth: &AuthLayer) -> Router {
    let routes = Router::new()
        .route("/", get(home))
        .route("/account", get(account))
        .route("/token", get(token));
    protected(routes, auth)
}

fn protected(routes: Router, auth: &AuthLayer) -> Router {
    let drain = || middleware::from_fn_with_state(auth.clone(), drain);
    routes
        // A panic of a handler becomes a 500 here, so that the response has the cookies of a
        // session that it refreshed. Otherwise Lambda would respond, without cookies.
        .layer(CatchPanicLayer::new())
        // Inside of the layer: the response then has the cookies of a session that was refreshed
        // after its handler had stopped waiting.
        .layer(drain())
        .layer(auth.clone())
        // Outside of the layer: it answers sign-ins and sign-outs itself.
        .layer(drain())
}

/// Waits for the requests to the provider that are in flight, because this instance is frozen after
/// the response. The layer logs what is left after the limit.
async fn drain(State(auth): State<AuthLayer>, request: Request, next: Next) -> Response {
    let deadline = request.lambda_context_ref().map(|it| it.deadline());
    let response = next.run(request).await;
    let limit = deadline.map_or(DRAIN_LIMIT, |deadline| DRAIN_LIMIT.min(until(deadline)));
    let _ = auth.drain_for(limit).await;
    response
}

/// How long a response may still wait before Lambda ends the function.
#[expect(
    clippy::disallowed_methods,
    reason = "Lambda's deadline is one of the system's clock"
)]
fn until(deadline: SystemTime) -> Duration {
    let left = deadline
        .duration_since(SystemTime::now())
        .unwrap_or_default();
    left.saturating_sub(TIME_TO_ANSWER)
}

async fn home(auth: AuthContext) -> String {
    auth.claims().map_or_else(
        || "Hello stranger".to_owned(),
        |claims| format!("Hello {}", claims.sub()),
    )
}

async fn account(user: Authenticated) -> String {
    format!("For {} only", user.claims().sub())
}

/// A handler that needs an access token, refreshed if that is due.
async fn token(auth: AuthContext) -> Result<String, AuthError> {
    let token = auth.access_token().await?;
    Ok(format!("A token of {} characters", token.as_str().len()))
}
