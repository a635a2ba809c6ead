//! What an endpoint answers that is out of order.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::json;

use crate::faults::Outage;

const RETRY: [(header::HeaderName, &str); 1] = [(header::RETRY_AFTER, "1")];

impl Outage {
    pub(super) async fn answer(self) -> Response {
        match self {
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, RETRY, "Out of order.").into_response()
            }
            Self::TooManyRequests => {
                (StatusCode::TOO_MANY_REQUESTS, RETRY, "Slow down.").into_response()
            }
            Self::Html => Html("<!doctype html><title>Portal</title>Welcome.").into_response(),
            Self::Redirect => {
                let location = [(header::LOCATION, "/elsewhere")];
                (StatusCode::TEMPORARY_REDIRECT, location).into_response()
            }
            Self::Hangs => std::future::pending().await,
            Self::Empty => ().into_response(),
            Self::Array => Json(json!([])).into_response(),
            Self::Truncated => {
                let longer = [(header::CONTENT_LENGTH, "1000")];
                (longer, r#"{"access_token":"cut-"#).into_response()
            }
            Self::Huge => Json(json!({ "padding": "x".repeat(2 << 20) })).into_response(),
        }
    }
}
