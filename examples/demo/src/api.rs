//! The JSON endpoints.

use axum::Json;
use serde_json::{Value, json};
use tower_oidc::{AuthContext, Authenticated};

use crate::claims;

/// For everybody: who is asking?
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
