//! `GET /auth/session`: who is signed in, for the application's own scripts. Never a token, and
//! only claims of an allow-list.

use http::header::VARY;
use http::{HeaderValue, Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::persistence::SessionPersistence;
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
            Ok(opened) => Some(opened.session),
            Err(NotSignedIn::Unavailable) => return unavailable(),
            Err(_) => None,
        },
        None => None,
    };
    let answer = match session.as_ref().and_then(|session| session.claims()) {
        Some(claims) => {
            let shown: Map<String, Value> = origin
                .public_claims
                .iter()
                .filter_map(|name| Some((name.clone(), claims.get(name)?)))
                .collect();
            json!({ "authenticated": true, "claims": shown })
        }
        None => json!({ "authenticated": false }),
    };
    let mut response = json(StatusCode::OK, &answer);
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    for_this_origin(headers);
    response
}

/// A store that has to be asked is down, so nobody can say who is signed in.
fn unavailable() -> OwnResponse {
    let answer = json!({ "error": "temporarily_unavailable" });
    let mut response = json(StatusCode::SERVICE_UNAVAILABLE, &answer);
    for_this_origin(response.headers_mut());
    response
}
