//! Routes of the application that use tokens, and the application's own data.

use std::collections::HashMap;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::Query;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};
use tower_oidc::{AccessToken, AuthContext, AuthError, DataError};

use crate::late_body::LateBody;

type Parameters = Query<HashMap<String, String>>;

pub(crate) fn router() -> Router {
    Router::new()
        .route("/token", get(token).options(token))
        .route("/refresh", get(refresh))
        .route("/ask/user-info", get(user_info))
        .route("/ask/introspection", get(introspect))
        .route("/clear", get(clear))
        .route("/late", get(late))
        .route("/late-data", get(late_data))
        .route("/fails-after-refresh", get(fails_after_refresh))
        .route("/data", get(data))
        .route("/size", get(size))
}

/// An access token of the user: `resource` and `organization` say which.
async fn token(auth: AuthContext, Query(parameters): Parameters) -> Result<Json<Value>, AuthError> {
    let resource = parameters.get("resource").map(String::as_str);
    let token = match (resource, parameters.get("organization")) {
        (None, None) => auth.access_token().await,
        (Some(resource), None) => auth.access_token_for(resource).await,
        (None, Some(organization)) => auth.organization_token(organization).await,
        (Some(resource), Some(organization)) => {
            auth.organization_token_for(organization, resource).await
        }
    }?;
    Ok(answer(&token, &auth))
}

async fn refresh(auth: AuthContext) -> Result<Json<Value>, AuthError> {
    let refreshed = auth.refresh().await?;
    let mut answer = answer(refreshed.access_token(), &auth);
    answer["claims_renewed"] = json!(refreshed.claims_renewed());
    Ok(answer)
}

fn answer(token: &AccessToken, auth: &AuthContext) -> Json<Value> {
    let expires_at = token
        .expires_at()
        .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map(|since| since.as_secs());
    Json(json!({
        "token": token.as_str(),
        "scopes": token.scopes(),
        "expires_at": expires_at,
        "persisted": token.is_persisted(),
        "unverified": token
            .unverified_claims()
            .and_then(|claims| claims.deserialize::<Value>().ok()),
        "sub": auth.claims().map(|claims| claims.sub().to_owned()),
    }))
}

async fn user_info(auth: AuthContext) -> Result<Json<Value>, AuthError> {
    let claims = auth.user_info().await?;
    Ok(Json(claims.deserialize().unwrap_or_default()))
}

/// The provider's introspection of the access token of the sign-in.
async fn introspect(auth: AuthContext) -> Result<Json<Value>, AuthError> {
    let said = auth.introspect().await?;
    Ok(Json(json!({
        "active": said.is_active(),
        "scopes": said.scopes().collect::<Vec<_>>(),
        "username": said.username(),
        "client_id": said.client_id(),
    })))
}

async fn clear(auth: AuthContext) -> &'static str {
    auth.clear_access_tokens();
    "cleared"
}

/// Requests its token after the response head was sent.
async fn late(auth: AuthContext) -> Response {
    let _ = auth.is_authenticated();
    Response::new(Body::new(LateBody::new(async move {
        match auth.refresh().await {
            Ok(refreshed) => answer(refreshed.access_token(), &auth).0.to_string(),
            Err(error) => error.to_string(),
        }
    })))
}

/// Writes its data after the response head was sent.
async fn late_data(auth: AuthContext) -> Response {
    let _ = auth.is_authenticated();
    Response::new(Body::new(LateBody::new(async move {
        match auth.set_data("late") {
            Ok(()) => "written".into(),
            Err(error) => error.to_string(),
        }
    })))
}

async fn fails_after_refresh(auth: AuthContext) -> Response {
    match auth.refresh().await {
        Ok(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed").into_response(),
        Err(error) => error.into_response(),
    }
}

/// Reads the application's data, and writes them first if the query contains some.
async fn data(auth: AuthContext, Query(parameters): Parameters) -> Result<Json<Value>, Refused> {
    match parameters.get("set").map(String::as_str) {
        Some("") => auth.set_data(&Value::Null)?,
        Some(text) => auth.set_data(text)?,
        None => {}
    }
    if let Some(length) = parameters.get("fill").and_then(|it| it.parse().ok()) {
        // Not a repeated character: sizes must not depend on compression.
        let text: String = ('a'..='z').cycle().take(length).collect();
        auth.set_data(&text)?;
    }
    Ok(Json(auth.data::<Value>()?.unwrap_or(Value::Null)))
}

async fn size(auth: AuthContext) -> String {
    auth.session_size()
        .map_or_else(|| "nobody".to_owned(), |size| size.to_string())
}

struct Refused(DataError);

impl From<DataError> for Refused {
    fn from(error: DataError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, self.0.to_string()).into_response()
    }
}
