//! `GET /auth/session`: who is signed in and until when, for the application's own scripts. Never a token, and
//! only claims of an allow-list. It is no use of the session, so it renews nothing: a page that asks again and
//! again would never be signed out otherwise.

use http::header::VARY;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::persistence::SessionPersistence;
use crate::persistence::sessions::OpenedSession;
use crate::session::not_signed_in::NotSignedIn;
use crate::sign_in::Attempts;
use crate::web::fetch_metadata;
use crate::web::pages;
use crate::web::response::{OwnResponse, for_this_origin, json};

pub(crate) async fn run(
    origin: &Origin,
    persistence: &SessionPersistence,
    attempts: &Attempts,
    head: &RequestHead,
) -> OwnResponse {
    let allowed = [Method::GET, Method::HEAD];
    if let Some(refused) = head.refused_method(&allowed, "GET, HEAD, OPTIONS") {
        return refused;
    }
    if fetch_metadata::is_from_another_origin(&head.headers, origin.base_url.origin()) {
        return match fetch_metadata::is_navigation(&head.method, &head.headers) {
            true => pages::forbidden(),
            false => json(StatusCode::FORBIDDEN, &json!({ "error": "forbidden" })),
        };
    }
    let received = head.cookies(persistence, attempts).session;
    let session = match received {
        Some(received) => match persistence.open(&received).await {
            Ok(opened) => Some(opened),
            Err(NotSignedIn::Unavailable) => return unavailable(),
            Err(_) => None,
        },
        None => None,
    };
    let answer = session.and_then(|opened| signed_in(origin, persistence, &opened));
    let answer = answer.unwrap_or_else(|| json!({ "authenticated": false }));
    let mut response = json(StatusCode::OK, &answer);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    for_this_origin(headers);
    response
}

/// The answer for a user who is signed in. Times are in milliseconds since the Unix epoch, as `Date` has them.
fn signed_in(
    origin: &Origin,
    persistence: &SessionPersistence,
    opened: &OpenedSession,
) -> Option<Value> {
    let claims = opened.session.claims()?;
    let shown: Map<String, Value> = origin
        .public_claims
        .iter()
        .filter_map(|name| Some((name.clone(), claims.get(name)?)))
        .collect();
    // What the browser holds, and not a newer version that it still lacks.
    let frame = match &opened.record {
        Some(record) => &record.reference.frame,
        None => &opened.content.frame,
    };
    let lifetimes = &persistence.lifetimes;
    let mut answer = json!({
        "authenticated": true,
        "claims": shown,
        "now": persistence.now().0,
        "idleAt": lifetimes.end(frame).0,
        "expiresAt": lifetimes.absolute_end(frame).0,
    });
    if let (Some(path), Some(answer)) = (origin.sign_out_path(), answer.as_object_mut()) {
        answer.insert("signOutPath".to_owned(), path.into());
    }
    Some(answer)
}

/// A store that has to be asked is down, so nobody can say who is signed in.
fn unavailable() -> OwnResponse {
    let answer = json!({ "error": "temporarily_unavailable" });
    let mut response = json(StatusCode::SERVICE_UNAVAILABLE, &answer);
    for_this_origin(response.headers_mut());
    response
}
