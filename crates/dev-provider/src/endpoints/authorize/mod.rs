//! The authorization endpoint (OpenID Connect Core 1.0 section 3.1.2).
//!
//! Nothing is stored between the pages. Their forms repeat the whole request, which is parsed
//! again.

mod redirect;
mod request;

pub(super) use self::request::refusal_of;

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
use super::{pushed_authorization, session_cookie};
use crate::{
    faults::Fault,
    pages,
    parameters::Parameters,
    random,
    state::{SharedState, State as Provider},
    store::{Code, Grant, Session},
};

/// The lifetime of a code in seconds. RFC 6749 section 4.1.2 allows at most ten minutes.
const CODE_LIFETIME: u64 = 60;

pub(super) async fn by_get(
    State(state): State<SharedState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let parameters = Parameters::parse(query.unwrap_or_default().as_bytes());
    // Following a link does not choose a user.
    authorize(&state, &headers, &parameters, Choice::None)
}

pub(super) async fn by_post(
    State(state): State<SharedState>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::parse(&body);
    let choice = Choice::from_form(&parameters);
    authorize(&state, &headers, &parameters, choice)
}

/// The button that the user pressed on the previous page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice<'a> {
    None,
    User(&'a str),
    Consent,
    Cancel,
}

impl<'a> Choice<'a> {
    fn from_form(form: &'a Parameters) -> Self {
        if form.get("cancel").is_some() {
            Self::Cancel
        } else if let Some(username) = form.get("user") {
            Self::User(username)
        } else if form.get("consent") == Some("allow") {
            Self::Consent
        } else {
            Self::None
        }
    }
}

fn authorize(
    state: &Provider,
    headers: &HeaderMap,
    parameters: &Parameters,
    choice: Choice<'_>,
) -> Response {
    let pushed = match pushed_authorization::find(state, parameters, choice != Choice::None) {
        Ok(pushed) => pushed,
        Err(reason) => return pages::error(reason),
    };
    let request = match AuthorizationRequest::parse(state, pushed.as_ref().unwrap_or(parameters)) {
        Ok(request) => request,
        Err(Refusal::Page(reason)) => return pages::error(reason),
        Err(Refusal::Redirect(redirect, code)) => return redirect.error(state, code),
    };
    if pushed.is_none() && state.settings.require_pushed_requests {
        return request.redirect.error(state, "invalid_request");
    }
    for (fault, error) in [
        (Fault::AuthorizationServerError, "server_error"),
        (
            Fault::AuthorizationTemporarilyUnavailable,
            "temporarily_unavailable",
        ),
    ] {
        if state.faults.now().contains(fault) {
            return request.redirect.error(state, error);
        }
    }
    let old = session_cookie::read(headers);
    match (choice, old) {
        (Choice::Cancel, _) => request.redirect.error(state, "access_denied"),
        (Choice::User(name), old) if state.user(name).is_some() => {
            let new = {
                let mut store = state.store();
                if let Some(old) = old {
                    store.end_session(old);
                }
                store.start_session(name, state.now())
            };
            let set_cookie = [(header::SET_COOKIE, session_cookie::set(&new))];
            let response = respond_to_user(state, &request, parameters, choice, &new);
            (AppendHeaders(set_cookie), response).into_response()
        }
        (_, Some(session)) if is_session_sufficient(state, &request, choice, session) => {
            respond_to_user(state, &request, parameters, choice, session)
        }
        _ if request.prompt.contains(&Prompt::None) => {
            request.redirect.error(state, "login_required")
        }
        _ => pages::sign_in(state, parameters, request.login_hint),
    }
}

/// Whether the browser's session answers the request without a new sign-in.
fn is_session_sufficient(
    state: &Provider,
    request: &AuthorizationRequest<'_>,
    choice: Choice<'_>,
    cookie: &str,
) -> bool {
    let store = state.store();
    let Some(session) = store.session(cookie) else {
        return false;
    };
    let age = state.now().saturating_sub(session.auth_time);
    let too_old = |max_age| age > max_age || max_age == 0;
    // The page that asks for consent is only shown after the sign-in that the request requires.
    choice == Choice::Consent
        || !(request.prompt.contains(&Prompt::Login)
            || request.prompt.contains(&Prompt::SelectAccount)
            || request.max_age.is_some_and(too_old))
}

/// The response for a user with a session: a code, or the page that asks for consent.
fn respond_to_user(
    state: &Provider,
    request: &AuthorizationRequest<'_>,
    parameters: &Parameters,
    choice: Choice<'_>,
    cookie: &str,
) -> Response {
    let mut store = state.store();
    let Some(session) = store.session_mut(cookie) else {
        return pages::error("Your session has ended. Start again in the application.");
    };
    if choice == Choice::Consent {
        session.consented.insert(request.client_id.to_owned());
    } else if state.settings.consent && needs_consent(request, session) {
        if request.prompt.contains(&Prompt::None) {
            return request.redirect.error(state, "consent_required");
        }
        return pages::consent(request.client_id, &request.scope, parameters);
    }
    session.clients.insert(request.client_id.to_owned());
    let grant = Grant {
        id: random::token(),
        client_id: request.client_id.to_owned(),
        username: session.username.clone(),
        sid: session.sid.clone(),
        auth_time: session.auth_time,
        acr: request.acr.map(str::to_owned),
        nonce: request.nonce.map(str::to_owned),
        scope: request.scope.clone(),
        resources: request.resources.clone(),
    };
    let code = store.issue_code(Code {
        grant,
        redirect_uri: request.redirect_uri.to_owned(),
        code_challenge: request.code_challenge.to_owned(),
        expires_at: state.now().saturating_add(CODE_LIFETIME),
    });
    drop(store);
    request.redirect.code(state, &code)
}

fn needs_consent(request: &AuthorizationRequest<'_>, session: &Session) -> bool {
    request.prompt.contains(&Prompt::Consent) || !session.consented.contains(request.client_id)
}
