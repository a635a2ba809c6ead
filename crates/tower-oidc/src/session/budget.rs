//! What a session costs, and what it gives up when its cookies are full.

use super::Session;
use super::access_token::Target;
use super::body::Identity;
use super::token::StoredToken;
use crate::components::Components;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::log_limit::limited;

/// The parts of a session in bytes, before they are sealed; sealing adds 57 bytes, and makes four
/// characters of three bytes.
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
    /// All of it, with frame and padding.
    pub total: usize,
    /// What fits into the cookies that [`max_cookies`](crate::AuthLayerBuilder::max_cookies)
    /// allows.
    pub allowed: usize,
}

impl SessionSize {
    pub(crate) fn of(shared: &Components, session: &Session) -> Self {
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
            total: session.encoded_len(shared.now()),
            allowed: shared.persistence.cookie.max_plaintext(),
        }
    }
}

impl std::fmt::Display for SessionSize {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} of {} bytes (identity {}, refresh token {}, access tokens {}, scope {}, userinfo \
             {}, data {})",
            self.total,
            self.allowed,
            self.identity,
            self.refresh_token,
            self.access_tokens,
            self.scope,
            self.user_info,
            self.data
        )
    }
}

/// How far a session that is too large may shrink.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shedding {
    /// What can be had again, and the ID token, of which the claims stay. Without room for the rest
    /// a sign-in fails: it would come back without what the application asks for.
    Replaceable,
    /// After a refresh also all access tokens but the newest, and then that one: the refresh token
    /// is used up and must not be lost.
    AllButRefreshToken,
}

/// A session that fits into its cookies.
pub(crate) struct Fitted {
    pub(crate) session: Session,
    /// The parts that there was no room for.
    pub(crate) left_out: Vec<&'static str>,
}

/// What an operator can do about a session that is too large.
pub(crate) const REMEDY: &str = "ask for fewer scopes or have the provider send fewer claims, such as \
     groups; keep fewer (keep_claims, AUTH_KEEP_CLAIMS); do without user_info_at_sign_in; or allow more \
     cookies (max_cookies, AUTH_MAX_COOKIES)";

/// Writes the parts of a session that there was no room for to the log, and tells the application.
/// Where a session is written, and not each time that it is measured.
pub(crate) fn report(
    shared: &Components,
    full: &Session,
    kept: &Session,
    left_out: &[&'static str],
) {
    for part in left_out {
        limited!(
            warn,
            shared,
            ("session.left_out", part),
            part,
            size = %SessionSize::of(shared, full),
            "the session is too large for its cookies: a part of it is left out; {REMEDY}"
        );
        shared.events.emit(
            AuthEventKind::SessionTruncated,
            Some(kept),
            Some(AuthEventReason::Dropped(part)),
        );
    }
}

/// Whether the cookies will carry the token for this target, when the session is written.
pub(crate) fn keeps(shared: &Components, session: &Session, target: &Target) -> bool {
    fitted(shared, session, Shedding::AllButRefreshToken)
        .is_some_and(|fitted| fitted.session.body.access_token(target).is_some())
}

/// What fits of a session, all of it if that does; `None` if even what must stay is too large.
pub(crate) fn fitted(shared: &Components, session: &Session, shedding: Shedding) -> Option<Fitted> {
    let allowed = shared.persistence.cookie.max_plaintext();
    let mut smaller = session.with_body(session.body.clone());
    let mut left_out = Vec::new();
    while smaller.encoded_len(shared.now()) > allowed {
        left_out.push(shed(&mut smaller, shedding)?);
    }
    Some(Fitted {
        session: smaller,
        left_out,
    })
}

/// Leaves out the next part, and says which.
fn shed(session: &mut Session, shedding: Shedding) -> Option<&'static str> {
    let mut body = session.body.clone();
    // After a refresh the last one is what somebody waits for.
    let kept = usize::from(shedding == Shedding::AllButRefreshToken);
    let candidates = body.access_tokens.len().saturating_sub(kept);
    let part = if let Some(index) = body
        .access_tokens
        .iter()
        .take(candidates)
        .position(|stored| !stored.target.is_default())
    {
        body.access_tokens.remove(index);
        "access_token_of_a_resource"
    } else if body.id_token_hint.take().is_some() {
        "id_token"
    } else if body.user_info.take().is_some() {
        "user_info"
    } else if let Some(claims) = body.identity.without_token() {
        body.identity = claims;
        "id_token"
    } else if shedding == Shedding::AllButRefreshToken && !body.access_tokens.is_empty() {
        body.access_tokens.remove(0);
        "access_token"
    } else {
        return None;
    };
    *session = session.with_body(body);
    Some(part)
}
