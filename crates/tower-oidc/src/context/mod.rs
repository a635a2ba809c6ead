//! `AuthContext`: what a handler learns of who asks, and what it may do about it.

pub(crate) mod authenticated;
pub(crate) mod authentication;
pub(crate) mod captured_request;
pub(crate) mod changes;
pub(crate) mod data;
pub(crate) mod drain;
pub(crate) mod end_session;
pub(crate) mod error;
#[cfg(feature = "axum")]
pub(crate) mod extract;
pub(crate) mod logout_url;
pub mod logto;
pub(crate) mod missing_layer;
pub(crate) mod outcome;
pub(crate) mod revalidation;
pub(crate) mod revoke;
pub(crate) mod sign_in;
pub(crate) mod signed_out_state;
pub(crate) mod tokens;
pub(crate) mod user;

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use http::Request;
use relying_party::Claims;
use sealed_cookie::ReceivedCookie;

use crate::components::Components;
use crate::context::authenticated::{AccessToken, Authenticated, IdToken};
use crate::context::captured_request::CapturedRequest;
use crate::context::changes::Changes;
use crate::context::error::{AuthError, AuthErrorKind};
use crate::context::outcome::SignOut;
use crate::context::sign_in::SignIn;
use crate::format::time::UnixMillis;
use crate::persistence::opening;
use crate::persistence::received_cookies::ReceivedCookies;
use crate::refresh::REFRESHED_SESSION_TTL;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::not_signed_in::NotSignedIn;

/// Who asks: nobody known, a signed-in user, or "cannot say". The layer puts one into the
/// extensions of every request of the application.
///
/// The session cookie is opened at the first look. A request whose handler never looks costs no
/// cryptography, and its response is left as it is.
///
/// Cloning is cheap; all clones see the same session.
///
/// ```
/// use http::Request;
/// use tower_oidc::AuthContext;
///
/// fn greeting<B>(request: &Request<B>) -> String {
///     match request.extensions().get::<AuthContext>().and_then(AuthContext::claims) {
///         Some(claims) => format!("Hello {}", claims.sub()),
///         None => "Hello stranger".to_owned(),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct AuthContext(Arc<Inner>);

struct Inner {
    shared: Arc<Components>,
    /// Why nobody is signed in whatever the cookies say.
    closed: Option<NotSignedIn>,
    received: Option<ReceivedCookie>,
    request: CapturedRequest,
    opening: OnceLock<Opening>,
    changes: Changes,
    /// Whether a handler made a response that signs out; it may have returned another one.
    sign_out_was_built: AtomicBool,
}

pub(crate) enum Opening {
    SignedIn {
        session: Arc<Session>,
        /// An older secret opened it, or this process knows a newer generation of it.
        is_outdated: bool,
        at: UnixMillis,
    },
    NotSignedIn(NotSignedIn),
}

/// The three answers to "who is it?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthState {
    /// Nobody is signed in.
    Anonymous,
    /// A user is signed in.
    Authenticated,
    /// The layer cannot say. Guards and extractors refuse with 503.
    Unavailable,
}

impl AuthContext {
    pub(crate) fn new<B>(shared: Arc<Components>, request: &Request<B>) -> Self {
        Self::of(shared, request, None)
    }

    fn of<B>(shared: Arc<Components>, request: &Request<B>, closed: Option<NotSignedIn>) -> Self {
        let cookies = ReceivedCookies::find(&shared, request.headers(), None);
        Self(Arc::new(Inner {
            closed,
            received: cookies.session,
            request: CapturedRequest::of(request, cookies.transactions),
            opening: OnceLock::new(),
            changes: Changes::default(),
            sign_out_was_built: AtomicBool::new(false),
            shared,
        }))
    }

    /// A context in which nobody is signed in whatever the cookies say.
    pub(crate) fn closed<B>(
        shared: Arc<Components>,
        request: &Request<B>,
        reason: NotSignedIn,
    ) -> Self {
        Self::of(shared, request, Some(reason))
    }

    /// Whether nobody, a user, or "cannot say".
    #[must_use]
    pub fn state(&self) -> AuthState {
        match self.opening() {
            Opening::SignedIn { .. } => AuthState::Authenticated,
            Opening::NotSignedIn(NotSignedIn::Unavailable) => AuthState::Unavailable,
            Opening::NotSignedIn(_) => AuthState::Anonymous,
        }
    }

    /// Whether a user is signed in.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.state() == AuthState::Authenticated
    }

    /// Why nobody is signed in; `None` if somebody is.
    #[must_use]
    pub fn explain(&self) -> Option<NotSignedIn> {
        match self.opening() {
            Opening::SignedIn { .. } => None,
            Opening::NotSignedIn(reason) => Some(*reason),
        }
    }

    /// The signed-in user, whose claims and tokens are there without another question.
    ///
    /// # Errors
    ///
    /// [`AuthErrorKind::SignInRequired`] if nobody is signed in, [`AuthErrorKind::ForeignOrigin`]
    /// if a page of another origin asks for a WebSocket, [`AuthErrorKind::Unavailable`] if the
    /// layer cannot say. The error becomes a redirect to the sign-in, a 401, 403 or 503 by itself.
    pub fn authenticated(&self) -> Result<Authenticated, AuthError> {
        match self.claims() {
            Some(claims) => Ok(Authenticated::new(self.clone(), claims)),
            None => Err(self.refused()),
        }
    }

    /// The verified claims of the signed-in user.
    ///
    /// ```
    /// use tower_oidc::AuthContext;
    ///
    /// fn greeting(auth: &AuthContext) -> String {
    ///     match auth.claims() {
    ///         Some(claims) => format!("Hello {}", claims.sub()),
    ///         None => "Hello stranger".to_owned(),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn claims(&self) -> Option<Claims> {
        self.session()?.claims().cloned()
    }

    /// The newest ID token as the provider issued it, at the sign-in or at a refresh. `None` also if
    /// there was no room for it, or [`keep_claims`](crate::AuthLayerBuilder::keep_claims) is set.
    ///
    /// It serves as `id_token_hint`. Read [`claims`](Self::claims) to decide anything: where
    /// [`map_claims`](crate::AuthLayerBuilder::map_claims) changed them, this is still what the
    /// provider said.
    #[must_use]
    pub fn id_token(&self) -> Option<IdToken> {
        self.session()?.id_token().map(IdToken::new)
    }

    /// The access token as it was received, expired or not; nothing is refreshed.
    #[must_use]
    pub fn peek_access_token(&self) -> Option<AccessToken> {
        let session = self.session()?;
        session.access_token(&Target::DEFAULT, self.will_keep(&session, &Target::DEFAULT))
    }

    /// The scopes that the provider granted: as it said, or else as the access token itself says if
    /// it is a JWT, or else those that the sign-in asked for, which is what the provider's silence
    /// means (RFC 6749 section 5.1). `None` if nobody is signed in; see also
    /// [`introspect_scopes`](crate::AuthLayerBuilder::introspect_scopes).
    #[must_use]
    pub fn scopes(&self) -> Option<Vec<String>> {
        self.session()?.scopes()
    }

    /// When the session ends if nobody looks at it again: the idle or the absolute end, whichever
    /// comes first.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        let end = self
            .0
            .shared
            .persistence
            .lifetimes
            .end(&self.session()?.frame);
        Some(end.to_system_time())
    }

    /// A response that starts a sign-in and comes back to this page.
    ///
    /// ```
    /// use http::Response;
    /// use tower_oidc::AuthContext;
    ///
    /// fn checkout(auth: &AuthContext) -> Response<String> {
    ///     auth.sign_in().return_to("/checkout").respond()
    /// }
    /// ```
    pub fn sign_in(&self) -> SignIn {
        SignIn::new(self.clone())
    }

    /// The page on which users register at the provider, for a link: that of
    /// [`Provider::sign_up_url`](crate::Provider::sign_up_url), which
    /// [`Provider::asgardeo`](crate::Provider::asgardeo) sets. `None` if it is not set.
    ///
    /// A user who has registered there comes back and signs in. Providers with `prompt=create` do both at
    /// once: `auth.sign_in().prompt(Prompt::Create)`.
    #[must_use]
    pub fn sign_up_url(&self) -> Option<&str> {
        self.0.shared.registration.relying_party.sign_up_url()
    }

    /// A response that signs the user out, here and at the provider.
    ///
    /// The layer does not check where the request came from, as it does on its own sign-out
    /// route: call this in handlers that refuse cross-site requests.
    ///
    /// ```
    /// use http::Response;
    /// use tower_oidc::AuthContext;
    ///
    /// fn leave(auth: &AuthContext) -> Response<String> {
    ///     auth.sign_out().respond()
    /// }
    /// ```
    pub fn sign_out(&self) -> SignOut {
        SignOut::new(self.clone())
    }

    /// How a guard refuses when nobody is signed in.
    pub(crate) fn refusal(&self) -> AuthErrorKind {
        match self.state() {
            AuthState::Anonymous if self.is_from_foreign_page() => AuthErrorKind::ForeignOrigin,
            AuthState::Anonymous => AuthErrorKind::SignInRequired,
            // Signed in, but with claims that this version cannot read: signing in would not help.
            AuthState::Unavailable | AuthState::Authenticated => AuthErrorKind::Unavailable,
        }
    }

    /// The session as it is now: as it was opened, or as this request changed it.
    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        match self.opening() {
            Opening::SignedIn { session, .. } => Some(
                self.changes()
                    .session()
                    .unwrap_or_else(|| Arc::clone(session)),
            ),
            Opening::NotSignedIn(_) => None,
        }
    }

    /// The session at the response's head, and whether it must be written. Nothing can be written
    /// later.
    pub(crate) fn session_at_head(&self) -> Option<(Arc<Session>, bool)> {
        let Some(Opening::SignedIn {
            session,
            is_outdated,
            at,
        }) = self.looked_at()
        else {
            return None;
        };
        // Another request may have refreshed since: an older refresh token is worth nothing.
        let shared = self.shared();
        let now = shared.now();
        if let Some(changed) = self.changes().close() {
            let newest = self.changes().newest_for(&changed, now);
            return Some((newest.unwrap_or(changed), true));
        }
        // By now another request may have refreshed and be forgotten: what was opened is then older
        // than what the browser has.
        let is_late = now.since(*at) >= REFRESHED_SESSION_TTL;
        let newest = self
            .changes()
            .newest_for(session, now)
            .or_else(|| shared.refresher.newest_for(session));
        match newest {
            Some(newest) => {
                let is_newer = newest.frame.generation > session.frame.generation;
                Some((newest, is_newer || (*is_outdated && !is_late)))
            }
            None => Some((Arc::clone(session), *is_outdated && !is_late)),
        }
    }

    /// Whether the session is the one that the browser brought.
    pub(crate) fn is_as_received(&self) -> bool {
        let is_outdated = match self.opening() {
            Opening::SignedIn { is_outdated, .. } => *is_outdated,
            Opening::NotSignedIn(_) => false,
        };
        !is_outdated && self.changes().session().is_none()
    }

    pub(crate) fn changes(&self) -> &Changes {
        &self.0.changes
    }

    fn opening(&self) -> &Opening {
        let inner = &*self.0;
        inner.opening.get_or_init(|| {
            if let Some(reason) = inner.closed {
                return Opening::NotSignedIn(reason);
            }
            let Some(received) = &inner.received else {
                return Opening::NotSignedIn(NotSignedIn::NoCookie);
            };
            let now = inner.shared.now();
            match opening::open(&inner.shared, received, now) {
                Ok(found) => {
                    let newer = inner.shared.refresher.newer_than(&found.session);
                    Opening::SignedIn {
                        is_outdated: found.needs_reseal || newer.is_some(),
                        session: newer.unwrap_or_else(|| Arc::new(found.session)),
                        at: now,
                    }
                }
                Err(reason) => Opening::NotSignedIn(reason),
            }
        })
    }

    /// What was found, if anybody looked.
    pub(crate) fn looked_at(&self) -> Option<&Opening> {
        self.0.opening.get()
    }

    /// Whether nobody counts as signed in whatever the cookies say.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.closed.is_some()
    }

    /// Whether a page of another origin asks for an upgrade.
    pub(crate) fn is_from_foreign_page(&self) -> bool {
        self.0.closed == Some(NotSignedIn::ForeignOrigin)
    }

    /// Whether it is clear, without opening anything, that nothing can be said.
    #[cfg(feature = "axum")]
    pub(crate) fn is_known_unavailable(&self) -> bool {
        self.0.closed == Some(NotSignedIn::Unavailable)
    }

    pub(crate) fn shared(&self) -> &Arc<Components> {
        &self.0.shared
    }

    pub(crate) fn received(&self) -> Option<&ReceivedCookie> {
        self.0.received.as_ref()
    }

    pub(crate) fn request(&self) -> &CapturedRequest {
        &self.0.request
    }

    /// This page's path and query, as users see them.
    pub(crate) fn return_path(&self) -> Option<String> {
        let path_and_query = self.0.request.path_and_query.as_ref()?;
        Some(self.0.shared.origin.routes.public(path_and_query.as_str()))
    }

    /// Where a user comes back to who has to sign in first: this page, or the one whose form was sent.
    /// Not checked.
    pub(crate) fn way_back(&self) -> Option<String> {
        self.return_path()
            .or_else(|| self.0.request.form_page.clone())
    }
}

/// Says whether somebody is signed in, as far as anybody looked, and nothing of who it is.
impl fmt::Debug for AuthContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.looked_at() {
            None => "unopened",
            Some(Opening::SignedIn { .. }) => "authenticated",
            Some(Opening::NotSignedIn(reason)) => reason.code(),
        };
        f.debug_tuple("AuthContext").field(&state).finish()
    }
}
