//! The JSON endpoints.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_oidc::{AuthContext, AuthError, Authenticated, Clock, SystemClock};

use crate::claims;
use crate::tokens::{self, Resources};

/// For everybody: who is signed in, if anybody?
pub(crate) async fn profile(auth: AuthContext) -> Json<Value> {
    Json(match auth.claims() {
        Some(claims) => json!({ "authenticated": true, "claims": claims::all(&claims) }),
        None => json!({ "authenticated": false }),
    })
}

/// For signed-in users: the guard has refused everybody else.
pub(crate) async fn private(user: Authenticated) -> Json<Value> {
    Json(json!({
        "message": "Only signed-in users read this.",
        "sub": user.claims().sub(),
    }))
}

/// The query of [`token`]: which token is requested.
#[derive(Deserialize)]
pub(crate) struct Target {
    resource: Option<String>,
    organization: Option<String>,
}

/// For scripts: requests an access token, and returns its hash. The error is a response itself: 401
/// for "sign in again", 503 with `Retry-After` for "try later".
pub(crate) async fn token(
    user: Authenticated,
    State(resources): State<Resources>,
    Query(target): Query<Target>,
) -> Result<Response, AuthError> {
    let resource = target.resource.as_deref();
    // The mistake is the caller's; the layer would report it as a missing setting.
    if resource.is_some_and(|resource| !resources.contains(resource)) {
        let error = Json(json!({ "error": "unknown_resource" }));
        return Ok((StatusCode::BAD_REQUEST, error).into_response());
    }
    let token = tokens::obtain(&user, resource, target.organization.as_deref()).await?;
    let expires_in = token.expires_at().map(|end| {
        let left = end.duration_since(SystemClock.now());
        left.unwrap_or_default().as_secs()
    });
    Ok(Json(json!({
        "token_sha256": tokens::sha256(&token),
        "expires_in": expires_in,
        "persisted": token.is_persisted(),
    }))
    .into_response())
}
