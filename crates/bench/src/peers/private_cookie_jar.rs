//! `PrivateCookieJar` of axum-extra: the content as JSON in one encrypted cookie, whatever its length.

use std::future::ready;

use axum::response::IntoResponse as _;
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, Key};
use http::{HeaderMap, Request};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::application::{cookie_field, cookies};
use crate::cookies::requests::{joined, operation};
use crate::fixture::Fixture;
use crate::measure::Operation;
use crate::service::{Body, handler};

const NAME: &str = "session";

/// The part of the content that the handler reads.
#[derive(Deserialize)]
struct Identity {
    sub: String,
}

/// A request whose handler reads `sub`.
pub(super) fn request(fixture: &Fixture, foreign: &str) -> Operation {
    let (key, cookies) = key(fixture);
    let service = handler(move |request: Request<Body>| {
        read_sub(request.headers(), &key);
        ready(())
    });
    operation("PrivateCookieJar, sub", service, &joined(foreign, &cookies))
}

/// A key, and the cookie with this content.
pub(crate) fn key(fixture: &Fixture) -> (Key, String) {
    let key = Key::from(&[23; 64]);
    let content: Map<String, Value> = fixture.content().into_iter().collect();
    let cookie = Cookie::new(NAME, Value::Object(content).to_string());
    let jar = PrivateCookieJar::new(key.clone()).add(cookie);
    let cookies = cookie_field(&cookies(jar.into_response().headers()));
    (key, cookies)
}

pub(crate) fn read_sub(headers: &HeaderMap, key: &Key) {
    let jar = PrivateCookieJar::from_headers(headers, key.clone());
    let cookie = jar.get(NAME).expect("the cookie opens");
    let identity: Identity = serde_json::from_str(cookie.value()).expect("JSON");
    assert!(!identity.sub.is_empty());
}
