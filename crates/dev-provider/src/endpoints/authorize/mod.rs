//! The authorization endpoint (OpenID Connect Core 1.0, section 3.1.2).
//!
//! Nothing is kept between the pages: their forms repeat the whole request, which is parsed anew.

mod redirect;
mod request;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{AppendHeaders, IntoResponse, Response},
};
use http::{HeaderMap, header};

use self::{
    redirect::Redirect,
    request::{AuthorizationRequest, Prompt, Refusal},
};
use super::session_cookie;
use crate::{
    faults::Fault,
    pages,
    parameters::Parameters,
    state::{SharedState, State as Provider},
    store::{Code, Grant, Session},
};

/// How long a code is good for, in seconds. RFC 6749, section 4.1.2, allows ten minutes at most.
const CODE_LIFETIME: u64 = 60;

pub(super) async fn by_get(
    State(state): State<SharedState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    authorize(&state, &headers, &parameters)
}

pub(super) async fn by_post(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    authorize(&state, &headers, &Parameters::parse(&body))
}

fn authorize(state: &Provider, headers: &HeaderMap, parameters: &Parameters) -> Response {
    let request = match AuthorizationRequest::parse(state, parameters) {
        Ok(request) => request,
        Err(Refusal::Page(reason)) => return pages::error(reason),
        Err(Refusal::Redirect(redirect, code)) => return redirect.error(state, code),
    };
    if state.faults.contains(Fault::AuthorizationServerError) {
        return request.redirect.error(state, "server_error");
    }
    if parameters.get("cancel").is_some() {
        return request.redirect.error(state, "access_denied");
    }
    let chosen = parameters.get("user").and_then(|name| state.user(name));
    match chosen {
        Some(user) => {
            let mut store = state.store();
            if let Some(old) = session_cookie::read(headers) {
                store.end_session(old);
            }
            let cookie = store.start_session(user.username(), state.now());
            drop(store);
            let set_cookie = [(header::SET_COOKIE, session_cookie::set(&cookie))];
            let answer = signed_in(state, &request, parameters, &cookie);
            (AppendHeaders(set_cookie), answer).into_response()
        }
        None => match session_cookie::read(headers) {
            Some(cookie) if !must_sign_in(state, &request, parameters, cookie) => {
                signed_in(state, &request, parameters, cookie)
            }
            _ if request.prompt.contains(&Prompt::None) => {
                request.redirect.error(state, "login_required")
            }
            _ => pages::sign_in(state, parameters, request.login_hint),
        },
    }
}

/// Whether the session that the browser has, if any, is not enough.
fn must_sign_in(
    state: &Provider,
    request: &AuthorizationRequest<'_>,
    parameters: &Parameters,
    cookie: &str,
) -> bool {
    let store = state.store();
    let Some(session) = store.session(cookie) else {
        return true;
    };
    // The page that asked for consent followed one that did what the request demands.
    if parameters.get("consent").is_some() {
        return false;
    }
    let age = state.now().saturating_sub(session.auth_time);
    let too_old = |max_age| age > max_age || max_age == 0;
    request.prompt.contains(&Prompt::Login)
        || request.prompt.contains(&Prompt::SelectAccount)
        || request.max_age.is_some_and(too_old)
}

fn signed_in(
    state: &Provider,
    request: &AuthorizationRequest<'_>,
    parameters: &Parameters,
    cookie: &str,
) -> Response {
    let mut store = state.store();
    let Some(session) = store.session_mut(cookie) else {
        return pages::error("The session ended meanwhile.");
    };
    if parameters.get("consent").is_some() {
        session.consented.insert(request.client_id.to_owned());
    } else if state.settings.consent && needs_consent(request, session) {
        if request.prompt.contains(&Prompt::None) {
            return request.redirect.error(state, "consent_required");
        }
        return pages::consent(request.client_id, &request.scope, parameters);
    }
    let grant = Grant {
        client_id: request.client_id.to_owned(),
        username: session.username.clone(),
        sid: session.sid.clone(),
        auth_time: session.auth_time,
        scope: request.scope.clone(),
    };
    let code = store.issue_code(Code {
        grant,
        redirect_uri: request.redirect_uri.to_owned(),
        code_challenge: request.code_challenge.to_owned(),
        nonce: request.nonce.map(str::to_owned),
        expires_at: state.now().saturating_add(CODE_LIFETIME),
    });
    drop(store);
    request.redirect.code(state, &code)
}

fn needs_consent(request: &AuthorizationRequest<'_>, session: &Session) -> bool {
    request.prompt.contains(&Prompt::Consent) || !session.consented.contains(request.client_id)
}
