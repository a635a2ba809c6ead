//! The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0).

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{AppendHeaders, IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};
use url::Url;

use super::session_cookie;
use crate::endpoint::Endpoint;
use crate::{
    faults::Fault,
    jwt,
    logout::{back_channel, front_channel},
    pages,
    parameters::Parameters,
    state::{SharedState, State as Provider},
};

pub(super) async fn by_get(
    State(state): State<SharedState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    // Following a link does not confirm the sign-out.
    end_session(&state, &headers, &parameters, false).await
}

pub(super) async fn by_post(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    let confirmed = parameters.get("confirm").is_some();
    end_session(&state, &headers, &parameters, confirmed).await
}

async fn end_session(
    state: &Provider,
    headers: &HeaderMap,
    parameters: &Parameters,
    confirmed: bool,
) -> Response {
    if parameters.has_duplicates() {
        return pages::error("A parameter occurs more than once.");
    }
    let hint = parameters
        .get("id_token_hint")
        .and_then(|token| jwt::verified_claims(token, &state.keys()));
    let hinted = |name: &str| hint.as_ref()?.get(name)?.as_str();
    let client_id = parameters.get("client_id");
    // Section 2: "the OP MUST verify that the Client Identifier matches the one used when the
    // ID Token was issued."
    if hint.is_some() && client_id.is_some() && hinted("aud") != client_id {
        return pages::error("The ID token belongs to another client.");
    }
    let requires_hint = state
        .faults
        .now()
        .contains(Fault::EndSessionRequiresIdTokenHint);
    if requires_hint && hint.is_none() && parameters.get("post_logout_redirect_uri").is_some() {
        return pages::error("A post-logout redirect URI requires an ID token as id_token_hint.");
    }
    let return_to = match return_to(state, parameters, hinted("aud").or(client_id)) {
        Ok(return_to) => return_to,
        Err(reason) => return pages::error(reason),
    };
    let cookie = session_cookie::read(headers);
    if !confirmed && !hint_matches_session(state, hint.as_ref(), cookie) {
        let endpoint = format!("{}{}", state.issuer, Endpoint::EndSession.path());
        return pages::confirm_sign_out(parameters, &endpoint);
    }
    let ended = {
        let mut store = state.store();
        let mut ended = Vec::from_iter(cookie.and_then(|cookie| store.end_session(cookie)));
        if let Some(sid) = hinted("sid") {
            ended.extend(store.end_sessions(|session| session.sid == sid));
        }
        ended
    };
    back_channel::notify(state, &ended).await;
    let frames = front_channel::frames(state, &ended);
    let delete_cookie = AppendHeaders([(header::SET_COOKIE, session_cookie::delete())]);
    if !frames.is_empty() {
        let page = pages::signed_out_with_frames(&frames, return_to.as_ref());
        return (delete_cookie, page).into_response();
    }
    match return_to {
        Some(location) => {
            let location = [(header::LOCATION, String::from(location))];
            (StatusCode::SEE_OTHER, delete_cookie, location).into_response()
        }
        None => (delete_cookie, pages::signed_out()).into_response(),
    }
}

/// Where to redirect to afterwards, with `state`. It must be registered for the client.
fn return_to(
    state: &Provider,
    parameters: &Parameters,
    client_id: Option<&str>,
) -> Result<Option<Url>, &'static str> {
    let Some(uri) = parameters.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    let mut url = client_id
        .and_then(|id| state.client(id))
        .filter(|client| client.accepts_post_logout_redirect_uri(uri))
        .and_then(|_| Url::parse(uri).ok())
        .ok_or("The post-logout redirect URI is not registered for the client.")?;
    if let Some(state) = parameters.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    Ok(Some(url))
}

/// Whether the hint is about the user of the browser's session, or the browser has no session.
/// Otherwise the user is asked (section 2).
fn hint_matches_session(
    state: &Provider,
    hint: Option<&Map<String, Value>>,
    cookie: Option<&str>,
) -> bool {
    let Some(hint) = hint else { return false };
    let store = state.store();
    let Some(session) = cookie.and_then(|cookie| store.session(cookie)) else {
        return true;
    };
    let user = state.user(&session.username);
    user.is_some_and(|user| hint.get("sub") == user.claims(&[]).get("sub"))
}
