//! Front-channel logout: a frame for each client of a session that has ended (OpenID Connect Front-Channel Logout
//! 1.0 section 2).

use url::Url;

use crate::{state::State, store::Session};

/// The URLs of the frames, which tell the clients of these sessions that they have ended.
pub(crate) fn frames(state: &State, sessions: &[Session]) -> Vec<Url> {
    let mut frames = Vec::new();
    for session in sessions {
        for client in session.clients.iter().filter_map(|id| state.client(id)) {
            let uris = state.logout_uris(client);
            let Some(mut url) = uris.frontchannel.and_then(|uri| Url::parse(&uri).ok()) else {
                continue;
            };
            if uris.frontchannel_needs_session {
                url.query_pairs_mut()
                    .append_pair("iss", &state.issuer)
                    .append_pair("sid", &session.sid);
            }
            frames.push(url);
        }
    }
    frames
}
