//! The responses that replace those of an endpoint.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    Json,
    body::{Body, Bytes},
    response::{Html, IntoResponse, Response},
};
use http::{StatusCode, header};
use http_body::Frame;
use serde_json::json;

use crate::faults::Outage;

const RETRY: [(header::HeaderName, &str); 1] = [(header::RETRY_AFTER, "1")];

impl Outage {
    pub(super) async fn response(self) -> Response {
        match self {
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                RETRY,
                "Temporarily unavailable.",
            )
                .into_response(),
            Self::TooManyRequests => {
                (StatusCode::TOO_MANY_REQUESTS, RETRY, "Too many requests.").into_response()
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
                let json = [(header::CONTENT_TYPE, "application/json")];
                (json, Body::new(Truncated::Start)).into_response()
            }
            Self::ConnectionClosed => Body::new(Truncated::End).into_response(),
            Self::Huge => Json(json!({ "padding": "x".repeat(2 << 20) })).into_response(),
        }
    }
}

/// A body that ends with an error.
enum Truncated {
    Start,
    /// The connection gets time to send the first bytes before the error.
    Sent,
    /// The error. If a body begins with it, hyper does not send the head either.
    End,
}

impl http_body::Body for Truncated {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match *self {
            Self::Start => {
                *self = Self::Sent;
                let start = Bytes::from_static(br#"{"access_token":"#);
                Poll::Ready(Some(Ok(Frame::data(start))))
            }
            Self::Sent => {
                *self = Self::End;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Self::End => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }
}
