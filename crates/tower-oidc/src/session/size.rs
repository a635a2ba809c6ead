//! How large a session is, part by part.

use super::Session;
use super::body::Identity;
use super::room::Room;
use super::token::StoredToken;
use crate::format::time::UnixMillis;

/// The parts of a session in bytes, before they are compressed and sealed; sealing adds 57 bytes, and makes four
/// characters of three bytes. The parts together are therefore longer than the total.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionSize {
    /// The ID token, or the claims of a session that keeps none; both, if the application changed the
    /// claims.
    pub identity: usize,
    /// The refresh token.
    pub refresh_token: usize,
    /// All access tokens with their scopes.
    pub access_tokens: usize,
    /// The granted scopes.
    pub scope: usize,
    /// Claims of the UserInfo response.
    pub user_info: usize,
    /// The application's own data.
    pub data: usize,
    /// All of it, compressed, with frame and padding.
    pub total: usize,
    /// What fits into the cookies that [`max_cookies`](crate::AuthLayerBuilder::max_cookies)
    /// allows; `None` if the session is not limited by cookies.
    pub allowed: Option<usize>,
}

impl SessionSize {
    /// The size of `session`, sealed at `now`, with this room.
    pub(crate) fn new(session: &Session, room: &Room, now: UnixMillis) -> Self {
        let body = &session.body;
        let length = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
        Self {
            identity: match &body.identity {
                Identity::IdToken(id_token) => id_token.stored_len(),
                Identity::Claims(claims) => {
                    let hint = body.id_token_hint.as_ref();
                    claims
                        .len()
                        .saturating_add(hint.map_or(0, StoredToken::stored_len))
                }
            },
            refresh_token: body
                .refresh_token
                .as_ref()
                .map_or(0, StoredToken::stored_len),
            access_tokens: body.access_tokens.iter().fold(0, |size, stored| {
                size.saturating_add(stored.token.stored_len())
                    .saturating_add(length(&stored.scope))
            }),
            scope: length(&body.scope),
            user_info: length(&body.user_info),
            data: length(&body.data),
            total: session.plaintext_len(now, room.compression),
            allowed: Some(room.allowed),
        }
    }
}

impl std::fmt::Display for SessionSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.allowed {
            Some(allowed) => write!(f, "{} of {allowed} bytes", self.total)?,
            None => write!(f, "{} bytes", self.total)?,
        }
        write!(
            f,
            " (identity {}, refresh token {}, access tokens {}, scope {}, userinfo \
             {}, data {})",
            self.identity,
            self.refresh_token,
            self.access_tokens,
            self.scope,
            self.user_info,
            self.data
        )
    }
}

/// What an operator can do about a session that is too large.
pub(crate) const REMEDY: &str = "ask for fewer scopes or have the provider send fewer claims, such as \
     groups; keep fewer (keep_claims, AUTH_KEEP_CLAIMS); do without user_info_at_sign_in; or allow more \
     cookies (max_cookies, AUTH_MAX_COOKIES)";
