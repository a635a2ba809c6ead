//! What an endpoint answers that is out of order.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::json;

use crate::faults::Outage;

impl Outage {
    pub(super) async fn answer(self) -> Response {
        match self {
            Self::Unavailable => {
                let retry = [(header::RETRY_AFTER, "1")];
                (StatusCode::SERVICE_UNAVAILABLE, retry, "Out of order.").into_response()
            }
            Self::Html => Html("<!doctype html><title>Portal</title>Welcome.").into_response(),
            Self::Redirect => {
                let location = [(header::LOCATION, "/elsewhere")];
                (StatusCode::TEMPORARY_REDIRECT, location).into_response()
            }
            Self::Hangs => std::future::pending().await,
            Self::Huge => Json(json!({ "padding": "x".repeat(2 << 20) })).into_response(),
        }
    }
}
