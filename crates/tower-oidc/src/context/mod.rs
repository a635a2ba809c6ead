//! `AuthContext`: what a handler learns about the user, and what it can do.

pub(crate) mod authenticated;
pub(crate) mod authentication;
pub(crate) mod captured_request;
pub(crate) mod checks;
pub(crate) mod data;
pub(crate) mod demands;
pub(crate) mod drain;
pub(crate) mod end_here;
pub(crate) mod end_session;
pub(crate) mod error;
pub(crate) mod error_kind;
#[cfg(feature = "axum")]
pub(crate) mod extract;
pub(crate) mod logout_url;
pub mod logto;
pub(crate) mod missing_access;
pub(crate) mod missing_layer;
pub(crate) mod provider;
pub(crate) mod refused;
pub(crate) mod request_session;
pub(crate) mod response_head;
pub(crate) mod returned_outcome;
pub(crate) mod revalidation;
pub(crate) mod revoke;
pub(crate) mod sign_in;
pub(crate) mod sign_in_options;
pub(crate) mod sign_out;
pub(crate) mod sign_out_everywhere;
pub(crate) mod signed_out_state;
pub(crate) mod tokens;
pub(crate) mod typed_user;
pub(crate) mod user;

use std::fmt;
use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use http::Request;
use relying_party::Claims;
use sealed_cookie::ReceivedCookieSet;

use crate::components::Components;
use crate::context::captured_request::CapturedRequest;
use crate::context::request_session::RequestSession;
use crate::persistence::SessionPersistence;
use crate::session::Session;
use crate::session::access_token::Target;
use crate::session::not_signed_in::NotSignedIn;
use crate::session::public_tokens::{AccessToken, IdToken};
use crate::sign_in::step_up::StepUp;
use crate::web::network::ClientNetwork;

/// The state of a request: anonymous, authenticated or unavailable, and what a handler can do about it.
/// The layer puts one into the extensions of every request of the application.
///
/// The session cookie is opened when a handler first asks about the user. A request whose handler never
/// asks costs no cryptography, and its response stays unchanged. With a
/// [`revocation_store`](crate::AuthLayerBuilder::revocation_store) the cookie is opened before the handler runs.
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
    session: RequestSession,
    request: CapturedRequest,
    /// The rank of the outcome for which a response was built; another response may be returned. 0 is
    /// none.
    built: AtomicU8,
    /// What the guards that the request has passed, or was refused by, demand of a sign-in.
    demanded: Mutex<Option<Arc<StepUp>>>,
}

/// The state of a request; see [`AuthContext::state`].
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
    pub(crate) fn new<B>(
        shared: Arc<Components>,
        request: &Request<B>,
        client_network: Option<ClientNetwork>,
    ) -> Self {
        Self::of(shared, request, client_network, None)
    }

    fn of<B>(
        shared: Arc<Components>,
        request: &Request<B>,
        client_network: Option<ClientNetwork>,
        refused: Option<NotSignedIn>,
    ) -> Self {
        let (mut captured, cookie_fields) =
            CapturedRequest::of(request, client_network, &shared.cookie_filter);
        let former = shared.persistence.former.deletions(request.headers());
        captured.former_cookies = (!former.is_empty()).then(|| Box::new(former));
        let refused = refused.or_else(|| {
            let is_foreign = captured.is_upgrade && shared.origin.is_foreign_upgrade(request);
            is_foreign.then_some(NotSignedIn::ForeignOrigin)
        });
        let session = RequestSession::new(
            Arc::<SessionPersistence>::clone(&shared.persistence),
            cookie_fields,
            refused,
            captured.is_upgrade,
        );
        Self(Arc::new(Inner {
            session,
            request: captured,
            built: AtomicU8::new(0),
            demanded: Mutex::default(),
            shared,
        }))
    }

    /// A context without a signed-in user, whatever the cookies say.
    pub(crate) fn closed<B>(
        shared: Arc<Components>,
        request: &Request<B>,
        reason: NotSignedIn,
    ) -> Self {
        Self::of(shared, request, None, Some(reason))
    }

    /// The state of this request: anonymous, authenticated or unavailable.
    #[must_use]
    pub fn state(&self) -> AuthState {
        match self.0.session.open() {
            Ok(_) => AuthState::Authenticated,
            Err(NotSignedIn::Unavailable) => AuthState::Unavailable,
            Err(_) => AuthState::Anonymous,
        }
    }

    /// Whether a user is signed in.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.state() == AuthState::Authenticated
    }

    /// Why no user is signed in; `None` if a user is.
    #[must_use]
    pub fn not_signed_in_reason(&self) -> Option<NotSignedIn> {
        self.0.session.open().err()
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

    /// The newest ID token exactly as the provider issued it, at the sign-in or at a refresh. `None` also if
    /// it did not fit into the cookies, or [`keep_claims`](crate::AuthLayerBuilder::keep_claims) is set.
    ///
    /// It serves as `id_token_hint`. Read [`claims`](Self::claims) to decide anything: where
    /// [`map_claims`](crate::AuthLayerBuilder::map_claims) changed them, this is still what the
    /// provider said.
    #[must_use]
    pub fn id_token(&self) -> Option<IdToken> {
        self.session()?.id_token().map(IdToken::new)
    }

    /// The access token in the session, whether or not it has expired; nothing is refreshed.
    #[must_use]
    pub fn cached_access_token(&self) -> Option<AccessToken> {
        let session = self.session_with_token()?;
        session.access_token(
            &Target::DEFAULT,
            self.0.session.will_persist(&session, &Target::DEFAULT),
        )
    }

    /// The scopes that the provider granted: as it said, or else as the access token itself says if
    /// it is a JWT, or else those that the sign-in asked for, which is what the provider's silence
    /// means (RFC 6749 section 5.1). `None` if nobody is signed in; see also
    /// [`introspect_scopes`](crate::AuthLayerBuilder::introspect_scopes).
    #[must_use]
    pub fn scopes(&self) -> Option<Vec<String>> {
        self.session_with_token()?.scopes()
    }

    /// When the session ends if it is not used again: the idle or the absolute end, whichever is
    /// earlier.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        let lifetimes = &self.0.shared.persistence.lifetimes;
        self.session()?;
        let frame = self.0.session.lasting_frame()?;
        Some(lifetimes.end(&frame).to_system_time())
    }

    /// The page on which users register at the provider, for a link: that of
    /// [`Provider::sign_up_url`](crate::Provider::sign_up_url), which
    /// [`Provider::asgardeo`](crate::Provider::asgardeo) sets. `None` if it is not set. With several
    /// providers it is that of the session's provider, or else of the first one; see
    /// [`providers`](Self::providers).
    ///
    /// A user who has registered there comes back and signs in. Providers with `prompt=create` do both at
    /// once: `auth.sign_in().prompt(Prompt::Create)`.
    /// [`sign_up_path`](crate::AuthLayerBuilder::sign_up_path) is a path for both kinds.
    #[must_use]
    pub fn sign_up_url(&self) -> Option<&str> {
        let registration = self.registration();
        let registration = registration.or_else(|| self.0.shared.providers.first());
        registration?.sign_up_url()
    }

    /// The session now: as it was opened, or as this request changed it.
    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        self.0.session.current()
    }

    /// The same to look for an access token.
    pub(crate) fn session_with_token(&self) -> Option<Arc<Session>> {
        self.0.session.current_with_token()
    }

    pub(crate) fn request_session(&self) -> &RequestSession {
        &self.0.session
    }

    /// Whether no user counts as signed in, whatever the cookies say.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.session.refused().is_some()
    }

    /// Whether a page of another origin asks for an upgrade.
    pub(crate) fn is_from_foreign_page(&self) -> bool {
        self.0.session.refused() == Some(NotSignedIn::ForeignOrigin)
    }

    pub(crate) fn components(&self) -> &Arc<Components> {
        &self.0.shared
    }

    /// The cookies of the sign-ins in progress.
    pub(crate) fn signing_in(&self) -> ReceivedCookieSet {
        let cookies = &self.0.shared.attempts.cookies;
        cookies.receive_from(self.0.session.cookie_fields(), None)
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
    pub(crate) fn page_after_sign_in(&self) -> Option<String> {
        self.return_path()
            .or_else(|| self.0.request.form_page.clone())
    }
}

/// Says whether somebody is signed in, as far as anybody looked, and nothing of who it is.
impl fmt::Debug for AuthContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.0.session.if_opened() {
            None => "unopened",
            Some(Ok(_)) => "authenticated",
            Some(Err(reason)) => reason.code(),
        };
        f.debug_tuple("AuthContext").field(&state).finish()
    }
}
