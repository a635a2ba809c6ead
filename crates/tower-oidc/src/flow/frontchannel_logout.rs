//! `GET /auth/frontchannel-logout`: a frame in the provider's page of a sign-out says that a session there has ended
//! (OpenID Connect Front-Channel Logout 1.0 section 2).

use std::sync::Arc;

use http::Method;
use url::form_urlencoded;

use super::choose_provider::no_provider;
use super::provider_in_path::provider_in_path;
use crate::components::Components;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::flow::request_head::RequestHead;
use crate::log_limit::limited;
use crate::origin::routes::ProviderInPath;
use crate::persistence::end_sessions::UnprovenError;
use crate::provider::Registration;
use crate::provider::resolver::found::NotFound;
use crate::session::Session;
use crate::web::pages;
use crate::web::response::{OwnResponse, allow_framing_by};

/// The longest `iss` and `sid`. Stored ones are not longer.
const MAX_LENGTH: usize = 255;

/// A longer query cannot be one of two such values.
const MAX_QUERY: usize = 4 * 1024;

/// What the frame says. It proves nothing: anyone who knows both can ask for it.
struct EndedSession {
    iss: String,
    sid: String,
}

/// Ends the sessions here that belong to the session at the provider.
pub(super) async fn run(
    components: &Components,
    path: &ProviderInPath,
    head: &RequestHead,
) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    let registration = match provider_in_path(&components.providers, path).await {
        Ok(Some(registration)) => registration,
        Ok(None) => return no_provider(&components.origin, NotFound::Unknown),
        Err(error) => return no_provider(&components.origin, error),
    };
    let ended = EndedSession::parse(head.uri.query().unwrap_or_default());
    let Some(ended) = ended.filter(|it| registration.accepts_issuer(&it.iss)) else {
        return pages::bad_request();
    };
    // Before the entry is made, after which no such session opens.
    let session = own_session(components, head, &ended).await;
    let network = head.client_network.map_or(0, |it| it.wider);
    let persistence = &components.persistence;
    let entered = persistence.end_unproven(&ended.iss, &ended.sid, network);
    let entered = entered.await;
    // The cookie of the session proves that it may end, whatever others have asked for.
    if session.is_none()
        && let Err(error) = entered
    {
        return not_ended(&registration, &error);
    }
    let mut response = pages::signed_out_in_frame();
    let origins = registration.sign_out_origins(&ended.iss).await;
    allow_framing_by(&mut response, &origins);
    if let Some(session) = session {
        let reason = Some(AuthEventReason::FrontchannelLogout);
        persistence
            .end(&session, AuthEventKind::SessionEnded, reason)
            .await;
        persistence.delete().append_to(response.headers_mut());
    }
    response
}

fn not_ended(registration: &Registration, error: &UnprovenError) -> OwnResponse {
    match error {
        UnprovenError::TooMany => {
            limited!(
                warn,
                registration,
                ("frontchannel_logout", "too_many"),
                provider_id = ?registration.id,
                "a front-channel logout is refused with 429: too many came from one network of clients, or are \
                 in effect; without the extension PeerAddress, and behind a proxy without trusted_proxy, all clients \
                 count as one network"
            );
            pages::too_many_frames()
        }
        UnprovenError::Store(error) => {
            limited!(
                error,
                registration,
                ("frontchannel_logout", "store"),
                provider_id = ?registration.id,
                %error,
                "the revocation store did not take a front-channel logout: the session still opens on other \
                 instances until the store takes it"
            );
            pages::unavailable(false)
        }
    }
}

/// The session that the request carries, if it is the one that ended. Most browsers keep our cookies from a frame of
/// another site.
async fn own_session(
    components: &Components,
    head: &RequestHead,
    ended: &EndedSession,
) -> Option<Arc<Session>> {
    let persistence = &components.persistence;
    let received = head.cookies(persistence, &components.attempts).session?;
    let session = persistence.open(&received).await.ok()?.session;
    let is_issuer = session.claims()?.iss() == ended.iss;
    let is_session = session.body.sid.as_deref() == Some(ended.sid.as_bytes());
    (is_issuer && is_session).then_some(session)
}

impl EndedSession {
    /// `None` unless both parameters are there once, with a plausible length.
    fn parse(query: &str) -> Option<Self> {
        if query.len() > MAX_QUERY {
            return None;
        }
        let (mut iss, mut sid) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "iss" => &mut iss,
                "sid" => &mut sid,
                _ => continue,
            };
            let is_plausible = (1..=MAX_LENGTH).contains(&value.len());
            if !is_plausible || place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        Some(Self {
            iss: iss?,
            sid: sid?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parameters_have_to_be_there_once_and_short() {
        let parse = |query: &str| EndedSession::parse(query).map(|it| (it.iss, it.sid));
        let both = Some(("https://id.example".to_owned(), "a b".to_owned()));

        assert_eq!(parse("iss=https%3A%2F%2Fid.example&sid=a+b"), both);
        assert_eq!(parse("more=1&sid=a%20b&iss=https://id.example"), both);
        let long = "s".repeat(256);
        for refused in [
            "",
            "iss=a",
            "sid=a",
            "iss=a&sid=",
            "iss=&sid=a",
            "iss=a&sid=b&sid=b",
            "iss=a&iss=a&sid=b",
            &format!("iss=a&sid={long}"),
            &format!("iss={long}&sid=a"),
            &format!("iss=a&sid=b&more={}", "m".repeat(4096)),
        ] {
            assert_eq!(parse(refused), None, "{refused}");
        }
        assert!(parse(&format!("iss=a&sid={}", &long[1..])).is_some());
    }
}
