//! The provider's logout URL for an application that leads the browser there itself.

use std::fmt;
use std::future::IntoFuture;

use relying_party::BoxFuture;
use zeroize::Zeroizing;

use crate::context::AuthContext;
use crate::context::end_session::{self, Hint, Room, SignOutRequest};
use crate::context::error::AuthError;
use crate::context::returned_outcome::SignOutOptions;
use crate::origin::logout_request::LogoutRequest;
use crate::provider::resolver::found::NotFound;

impl AuthContext {
    /// The provider's URL that ends the user's session there (OpenID Connect RP-Initiated Logout 1.0
    /// section 2). Awaiting it makes the URL, and changes nothing here: the session's cookie stays.
    ///
    /// Prefer [`sign_out`](Self::sign_out), which also ends the session here. This is for an
    /// application that shows or sends the URL itself.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, AuthError};
    ///
    /// async fn logout_url(auth: AuthContext) -> Result<Option<String>, AuthError> {
    ///     auth.logout_url()
    ///         .post_logout_redirect_uri("https://example.com/homepage")
    ///         .state("some-random-string")
    ///         .await
    /// }
    /// ```
    pub fn logout_url(&self) -> LogoutUrl {
        LogoutUrl {
            context: self.clone(),
            post_logout_redirect_uri: None,
            state: None,
            id_token_hint: None,
            logout_hint: None,
            ui_locales: None,
        }
    }
}

/// The application gets a URL, so a form is impossible, and only the configured limit applies.
const ONLY_URLS: Room = Room {
    url: usize::MAX,
    form: 0,
};

/// The provider's logout URL, once it is awaited; made by [`AuthContext::logout_url`].
///
/// The result is `None` if the provider has no `end_session_endpoint`, or if nobody is signed in and
/// no [`id_token_hint`](Self::id_token_hint) was given, or one that none of several providers issued to
/// this application.
///
/// The URL has an ID token in it, with the user's claims: redirect the browser to it or show it as a
/// link, and write it neither into a log nor into an answer that scripts read.
///
/// # Errors
///
/// [`AuthErrorKind::Unavailable`](crate::AuthErrorKind::Unavailable) if the provider's metadata are
/// not known and cannot be fetched now;
/// [`AuthErrorKind::Misconfigured`](crate::AuthErrorKind::Misconfigured) if they cannot be used. With
/// [`Provider::end_session_endpoint`](crate::Provider::end_session_endpoint) set, none are needed.
#[derive(Clone)]
#[must_use = "no URL is made until it is awaited"]
pub struct LogoutUrl {
    context: AuthContext,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
    id_token_hint: Option<Zeroizing<String>>,
    logout_hint: Option<String>,
    ui_locales: Option<String>,
}

impl LogoutUrl {
    /// The absolute URL to come back to from the provider (`post_logout_redirect_uri`). Default is the
    /// one that a sign-out sends.
    ///
    /// It is not checked here and may have any origin; the provider compares it with those that are
    /// registered. Never pass on what a request says: users would be led to any page that is
    /// registered for this client.
    ///
    /// A provider with
    /// [`Provider::require_id_token_hint`](crate::Provider::require_id_token_hint), such as GenAuth,
    /// gets it only together with an ID token. Otherwise it is left out together with the
    /// [`state`](Self::state), the browser stays at the provider, and the log says why. If there is no
    /// room for the session's ID token and the state, the state is left out.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// A text that comes back in the query of that URL (`state`). It is sent unchanged, so the page
    /// that gets it has to compare it with what it expects: anyone can write such a URL.
    ///
    /// Set [`post_logout_redirect_uri`](Self::post_logout_redirect_uri) too: the route of
    /// [`signed_out_path`](crate::AuthLayerBuilder::signed_out_path) does not know the text and leads
    /// to the default page without it. Default is the sealed state of that route if it is on, else
    /// none.
    pub fn state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// The ID token that tells the provider whose session ends (`id_token_hint`); with one the URL can
    /// be made while nobody is signed in. It is sent however long it is, and not verified here. An
    /// empty one counts as none given.
    ///
    /// Default is the session's own, which is left out if the URL would be longer than
    /// [`max_logout_url_length`](crate::AuthLayerBuilder::max_logout_url_length), 2,400 bytes by default, or
    /// if the session has none; then the user's `sub` is sent as `logout_hint`.
    pub fn id_token_hint(mut self, id_token: impl Into<String>) -> Self {
        let id_token = Zeroizing::new(id_token.into());
        self.id_token_hint = Some(id_token).filter(|it| !it.is_empty());
        self
    }

    /// Which user signs out (`logout_hint`); see [`SignOut::logout_hint`](crate::SignOut::logout_hint). Default:
    /// the user of the session, and only if no ID token is sent.
    pub fn logout_hint(mut self, hint: impl Into<String>) -> Self {
        self.logout_hint = Some(hint.into());
        self
    }

    /// The languages of the provider's pages (`ui_locales`); see
    /// [`SignOut::ui_locales`](crate::SignOut::ui_locales). Default none.
    pub fn ui_locales(mut self, ui_locales: impl Into<String>) -> Self {
        self.ui_locales = Some(ui_locales.into());
        self
    }

    async fn make(self) -> Result<Option<String>, AuthError> {
        let shared = self.context.components();
        let session = self.context.session();
        let providers = &shared.providers;
        let (registration, hint) = match (&self.id_token_hint, &session) {
            (Some(id_token), _) => {
                let found = providers
                    .find_by_id_token(id_token, session.as_deref())
                    .await;
                (found, Hint::Given(id_token))
            }
            (None, Some(session)) => (
                providers.find(&session.provider()).await,
                Hint::OfSession(session, ONLY_URLS),
            ),
            (None, None) => return Ok(None),
        };
        let registration = match registration {
            Ok(registration) => registration,
            Err(NotFound::Unknown) => return Ok(None),
            Err(error) => return Err(self.context.unanswered(&error.into(), "a sign-out")),
        };
        let options = SignOutOptions {
            logout_hint: self.logout_hint,
            ui_locales: self.ui_locales,
            ..SignOutOptions::default()
        };
        let request = end_session::sign_out_request(&shared.origin, &options);
        let request = match self.post_logout_redirect_uri {
            Some(uri) => SignOutRequest {
                uri,
                state: self.state,
                ..request
            },
            None => SignOutRequest {
                state: self.state.or(request.state),
                ..request
            },
        };
        let request = end_session::request(&registration, &shared.origin, hint, &request).await;
        match request {
            Ok(Some(LogoutRequest::Url(url))) => Ok(Some(url)),
            Ok(Some(LogoutRequest::Form(_)) | None) => Ok(None),
            Err(error) => Err(self
                .context
                .unanswered(&error, "a request for its metadata")),
        }
    }
}

impl IntoFuture for LogoutUrl {
    type Output = Result<Option<String>, AuthError>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.make())
    }
}

impl fmt::Debug for LogoutUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutUrl").finish_non_exhaustive()
    }
}
