//! Back-channel logout: a request to each client of a session that has ended (OpenID Connect Back-Channel Logout
//! 1.0 section 2.5).

use std::time::Duration;

use axum::body::Body;
use http::{Request, header};
use hyper_util::client::legacy::Client as HttpClient;
use url::form_urlencoded::Serializer;

use super::logout_token::{LogoutSubject, issue};
use crate::{
    clients::Client, request_log::BackchannelLogout, runtime, state::State, store::Session,
};

/// How long a client may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Sends a logout token to each client of these sessions that registered a URI, one after the other.
pub(crate) async fn notify(state: &State, sessions: &[Session]) {
    for session in sessions {
        for client in &session.clients {
            let Some(client) = state.client(client) else {
                continue;
            };
            let uris = state.logout_uris(client);
            let Some(uri) = &uris.backchannel else {
                continue;
            };
            let sub = state.sub_of(&session.username);
            let subject = LogoutSubject {
                sub: Some(&sub),
                sid: uris.backchannel_needs_session.then_some(&*session.sid),
            };
            let token = issue(state, client, subject);
            let logout = send(client, uri, &token).await;
            if logout.status != Some(200) {
                let (client_id, status) = (&logout.client_id, logout.status);
                tracing::warn!(
                    client_id,
                    uri,
                    ?status,
                    "a client did not accept a logout token"
                );
            }
            state.request_log.add_backchannel_logout(logout);
        }
    }
}

async fn send(client: &Client, uri: &str, token: &str) -> BackchannelLogout {
    let form = Serializer::new(String::new())
        .append_pair("logout_token", token)
        .finish();
    let request = Request::post(uri)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let http = HttpClient::builder(runtime::executor()).build_http();
    let response = match request {
        Ok(request) => runtime::within(TIME_LIMIT, http.request(request)).await,
        Err(_) => None,
    };
    let response = response.and_then(Result::ok);
    let cache_control = response.as_ref().and_then(|response| {
        let value = response.headers().get(header::CACHE_CONTROL)?;
        value.to_str().ok().map(str::to_owned)
    });
    BackchannelLogout {
        client_id: client.id().to_owned(),
        status: response.map(|response| response.status().as_u16()),
        cache_control,
    }
}
