//! `POST /auth/backchannel-logout`: a provider reports that a session there has ended (OpenID Connect Back-Channel
//! Logout 1.0 section 2.5).

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use http::{Method, StatusCode};
use relying_party::LogoutToken;
use serde_json::json;
use url::form_urlencoded;

use super::form_post::is_form;
use super::provider_in_path::provider_in_path;
use crate::components::Components;
use crate::flow::request_head::RequestHead;
use crate::log_limit::limited;
use crate::origin::routes::ProviderInPath;
use crate::persistence::end_sessions::SessionsToEnd;
use crate::provider::Registration;
use crate::provider::resolver::found::NotFound;
use crate::runtime::{self, TaskFailed};
use crate::web::request_body::UnreadBody;
use crate::web::response::{OwnResponse, empty, json};

/// A provider sends the few kilobytes at once.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Ends the sessions that the logout token names. The token proves who sent it, so neither cookies nor the origin of the
/// request matter. Everything but a token that took effect is 400 (section 2.8), whatever the reason, so that the provider
/// tries again if it does.
pub(super) async fn run(
    components: &Arc<Components>,
    path: &ProviderInPath,
    head: &RequestHead,
    body: UnreadBody,
) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::POST], "POST, OPTIONS") {
        return refused;
    }
    let registration = match provider_in_path(&components.providers, path).await {
        Ok(Some(registration)) => registration,
        Ok(None) | Err(NotFound::Unknown) => {
            return refused(StatusCode::NOT_FOUND, "no provider has this path");
        }
        Err(NotFound::Unavailable) => {
            return bad_request("the provider of this path cannot be found now");
        }
    };
    let text = match read(head, body).await {
        Ok(text) => text,
        Err(what) => {
            limited!(
                warn,
                registration,
                ("backchannel_logout", "request"),
                provider_id = ?registration.id,
                "a back-channel logout is refused: {what}"
            );
            return bad_request(what);
        }
    };
    match registration.verify_logout_token(&text).await {
        Ok(token) => end_sessions(components, registration, token).await,
        Err(error) => {
            limited!(
                warn,
                registration,
                ("backchannel_logout", error.code()),
                provider_id = ?registration.id,
                code = error.code(),
                %error,
                "a back-channel logout is refused: its logout token is not valid"
            );
            bad_request(error.code())
        }
    }
}

/// The only `logout_token` of the form.
async fn read(head: &RequestHead, body: UnreadBody) -> Result<String, &'static str> {
    if !is_form(&head.headers) {
        return Err("the content type must be application/x-www-form-urlencoded");
    }
    let body = runtime::timeout(READ_TIMEOUT, body.read()).await;
    let body = body.ok_or("the form did not arrive within ten seconds")?;
    let body = body.map_err(|_| "the form is longer than 16 KiB, or did not arrive")?;
    let mut tokens = form_urlencoded::parse(&body).filter(|(name, _)| name == "logout_token");
    match (tokens.next(), tokens.next()) {
        (Some((_, token)), None) => Ok(token.into_owned()),
        (None, _) => Err("the form has no logout_token"),
        (Some(_), Some(_)) => Err("the form has more than one logout_token"),
    }
}

/// Ends them once, however often the token comes. In a task, because a provider that does not wait for a slow store
/// must not prevent the report to the application.
async fn end_sessions(
    components: &Arc<Components>,
    registration: Registration,
    token: LogoutToken,
) -> OwnResponse {
    let counted = components.refresher.count_task();
    let components = Arc::clone(components);
    let ended = runtime::spawn(async move {
        let _counted = counted;
        end_and_report(&components, &registration, &token).await
    });
    match ended.await {
        Ok(Ok(())) => empty(StatusCode::OK),
        Ok(Err(description)) => bad_request(description),
        Err(TaskFailed) => bad_request("this instance stops"),
    }
}

async fn end_and_report(
    components: &Components,
    registration: &Registration,
    token: &LogoutToken,
) -> Result<(), &'static str> {
    let persistence = &components.persistence;
    let sessions = sessions_of(token).ok_or("the logout token names no session")?;
    let is_first_use = persistence.is_first_use(token);
    let ended = persistence.end_matching(sessions).await;
    // If the store fails, the error is logged, this instance refuses the sessions, and the entry waits for the store.
    let is_new = *ended.as_ref().unwrap_or(&true);
    if is_new && is_first_use {
        report(components, registration, token);
    }
    ended.map_err(|_| "the logout is not known to all instances so far")?;
    Ok(())
}

/// Section 2.7: with both, it is the session alone.
fn sessions_of(token: &LogoutToken) -> Option<SessionsToEnd<'_>> {
    let issuer = token.iss();
    if let Some(sid) = token.sid() {
        return Some(SessionsToEnd::ProviderSession { issuer, sid });
    }
    Some(SessionsToEnd::UserIssuedUntil {
        issuer,
        sub: token.sub()?,
        issued_at: seconds(token),
    })
}

fn seconds(token: &LogoutToken) -> u64 {
    let since = token.iat().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

fn report(components: &Components, registration: &Registration, token: &LogoutToken) {
    tracing::info!(
        provider_id = ?registration.id,
        issuer = ?token.iss(),
        one_session = token.sid().is_some(),
        "the provider ended sessions by back-channel logout"
    );
    components
        .events
        .ended_by_provider(token.iss(), token.sub());
}

fn bad_request(description: &str) -> OwnResponse {
    refused(StatusCode::BAD_REQUEST, description)
}

/// Section 2.8 allows a body with the error; it has no content of the request.
fn refused(status: StatusCode, description: &str) -> OwnResponse {
    let error = json!({ "error": "invalid_request", "error_description": description });
    json(status, &error)
}
