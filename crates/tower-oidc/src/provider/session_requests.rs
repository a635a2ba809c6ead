//! Requests with the tokens of a session. One provider's token must never reach another one, so each
//! checks first that the session belongs to this registration.

use std::fmt;

use relying_party::{
    Claims, EndSessionForm, EndSessionRequest, Error, Introspection, Revocation, TokenTypeHint,
};
use zeroize::Zeroizing;

use super::Registration;
use super::resolver::found::NotFound;
use crate::session::Session;
use crate::session::frame::ProviderRef;
use crate::session::public_tokens::AccessToken;

/// The session is of another registration, and nothing was sent to this one's provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OtherProvider;

/// The code and the text of a provider that the resolver cannot find now.
pub(super) const NOT_RESOLVED: &str = "provider.not_resolved";
pub(super) const UNAVAILABLE: &str = "the provider resolver gives no answer now";

impl OtherProvider {
    pub(super) const MESSAGE: &'static str = "the session is of another provider";
}

/// Why a request with a token of a session has no result.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The session is of another registration, so nothing was sent.
    OtherProvider,
    /// The application's resolver cannot say which provider it is, so nothing was sent.
    NotResolved,
    /// The provider is unreachable, refused the request, or sent a response that does not pass the checks.
    Provider(Error),
}

impl RequestError {
    /// A stable code for logs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::OtherProvider => "session.other_provider",
            Self::NotResolved => NOT_RESOLVED,
            Self::Provider(error) => error.code(),
        }
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherProvider => f.write_str(OtherProvider::MESSAGE),
            Self::NotResolved => f.write_str(UNAVAILABLE),
            Self::Provider(error) => error.fmt(f),
        }
    }
}

impl From<NotFound> for RequestError {
    fn from(error: NotFound) -> Self {
        match error {
            NotFound::Unknown => Self::OtherProvider,
            NotFound::Unavailable => Self::NotResolved,
        }
    }
}

impl From<OtherProvider> for RequestError {
    fn from(_: OtherProvider) -> Self {
        Self::OtherProvider
    }
}

impl From<Error> for RequestError {
    fn from(error: Error) -> Self {
        Self::Provider(error)
    }
}

/// What an end-session URL says about whose session ends.
#[derive(Clone, Copy)]
pub(crate) enum LogoutHint<'a> {
    /// The session's ID token; nothing if the session has none.
    IdTokenOf(&'a Session),
    /// The user of the session (`logout_hint`); nothing if the claims have no value for that.
    UserOf(&'a Session),
    /// An ID token that the application chose.
    Given(&'a str),
    Nothing,
}

/// What else a sign-out tells the provider.
#[derive(Clone, Copy, Default)]
pub(crate) struct LogoutParameters<'a> {
    /// Where the provider sends the browser afterwards.
    pub(crate) uri: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
    /// Replaces the user of the session.
    pub(crate) logout_hint: Option<&'a str>,
    pub(crate) ui_locales: Option<&'a str>,
}

impl Registration {
    /// Asks UserInfo about this user (OpenID Connect Core 1.0 section 5.3).
    pub(crate) async fn user_info(
        &self,
        token: &AccessToken,
        user: &Claims,
    ) -> Result<Claims, RequestError> {
        self.check_owner(token.provider())?;
        Ok(self.relying_party.user_info(token.as_str(), user).await?)
    }

    /// Asks what the provider knows of the token (RFC 7662).
    pub(crate) async fn introspect(
        &self,
        token: &AccessToken,
    ) -> Result<Introspection, RequestError> {
        self.check_owner(token.provider())?;
        let hint = TokenTypeHint::AccessToken;
        Ok(self.relying_party.introspect(token.as_str(), hint).await?)
    }

    /// Asks the provider to revoke the token (RFC 7009).
    pub(crate) async fn revoke_access_token(
        &self,
        token: &AccessToken,
    ) -> Result<Revocation, RequestError> {
        self.check_owner(token.provider())?;
        let hint = TokenTypeHint::AccessToken;
        Ok(self.relying_party.revoke(token.as_str(), hint).await?)
    }

    /// The URL that ends the provider's session, or `None` if the provider has no end-session endpoint
    /// (OpenID Connect RP-Initiated Logout 1.0 section 2).
    pub(crate) async fn end_session_url(
        &self,
        hint: LogoutHint<'_>,
        parameters: LogoutParameters<'_>,
    ) -> Result<Option<String>, RequestError> {
        let hint = self.logout_hint(hint)?;
        let request = hint.request(parameters);
        Ok(self.relying_party.end_session_url(&request).await?)
    }

    /// The same as a form, or `None` if the provider takes none.
    pub(crate) async fn end_session_form(
        &self,
        hint: LogoutHint<'_>,
        parameters: LogoutParameters<'_>,
    ) -> Result<Option<EndSessionForm>, RequestError> {
        let hint = self.logout_hint(hint)?;
        let request = hint.request(parameters);
        Ok(self.relying_party.end_session_form(&request).await?)
    }

    fn logout_hint(&self, hint: LogoutHint<'_>) -> Result<HintTexts, OtherProvider> {
        let mut texts = HintTexts::default();
        match hint {
            LogoutHint::IdTokenOf(session) => {
                self.check_owner(&session.provider())?;
                texts.id_token = session.id_token();
            }
            LogoutHint::UserOf(session) => {
                self.check_owner(&session.provider())?;
                texts.user = match self.settings().logout_hint_claim() {
                    // A session without this claim may still know it.
                    "sid" => {
                        let sid = session.body.sid.as_deref();
                        sid.and_then(|sid| str::from_utf8(sid).ok())
                            .map(str::to_owned)
                    }
                    claim => session.claims().and_then(|claims| claims.get(claim)),
                };
            }
            LogoutHint::Given(id_token) => {
                texts.id_token = Some(Zeroizing::new(id_token.to_owned()));
            }
            LogoutHint::Nothing => {}
        }
        Ok(texts)
    }

    /// Every request that sends something of a session asks this first.
    pub(super) fn check_owner(&self, provider: &ProviderRef) -> Result<(), OtherProvider> {
        if *provider != self.provider {
            return Err(OtherProvider);
        }
        Ok(())
    }
}

/// The texts of a [`LogoutHint`].
#[derive(Default)]
struct HintTexts {
    id_token: Option<Zeroizing<String>>,
    user: Option<String>,
}

impl HintTexts {
    fn request<'a>(&'a self, parameters: LogoutParameters<'a>) -> EndSessionRequest<'a> {
        let mut request = EndSessionRequest::new();
        if let Some(id_token) = &self.id_token {
            request = request.id_token_hint(id_token);
        }
        if let Some(uri) = parameters.uri {
            request = request.post_logout_redirect_uri(uri);
        }
        if let Some(hint) = parameters.logout_hint.or(self.user.as_deref()) {
            request = request.logout_hint(hint);
        }
        if let Some(state) = parameters.state {
            request = request.state(state);
        }
        if let Some(ui_locales) = parameters.ui_locales {
            request = request.ui_locales(ui_locales);
        }
        request
    }
}

#[cfg(test)]
mod tests;
