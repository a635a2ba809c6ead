//! The settings of hooks.

use std::future::Future;
use std::sync::Arc;

use relying_party::Claims;

use super::AuthLayerBuilder;
use crate::event::AuthEvent;
use crate::hooks::{Admission, AdmissionRequest, BoxError, ClaimsToMap, SessionDraft};

impl AuthLayerBuilder {
    /// Keeps only these claims of the ID token and of UserInfo in the session, and [`Claims::PROTOCOL`],
    /// which later checks need. Default: all claims.
    ///
    /// The session gets smaller, and contains only what the application uses. The ID token is not kept then:
    /// [`id_token`](crate::AuthContext::id_token) returns `None`, and a sign-out sends `logout_hint` and
    /// `client_id` to the provider instead of `id_token_hint` (OpenID Connect RP-Initiated Logout 1.0
    /// section 2).
    ///
    /// Environment variable: `AUTH_KEEP_CLAIMS`.
    ///
    /// ```
    /// # use tower_oidc::AuthLayer;
    /// let builder = AuthLayer::builder().keep_claims(["name", "email", "roles"]);
    /// # let _ = builder;
    /// ```
    pub fn keep_claims(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hooks.kept_claims = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Lets the application add, change and remove claims: at every sign-in, and at every refresh that
    /// returns a new ID token. Default: the claims are those of the provider.
    ///
    /// The argument, [`ClaimsToMap`], has the claims and says which of the two it is.
    ///
    /// The hook returns claims made with [`Claims::with`] and [`Claims::without`]. If it only adds claims,
    /// the session keeps the ID token and the added claims; if there is no room, the added claims are
    /// dropped as UserInfo claims are, see [`set_data`](crate::AuthContext::set_data). If it changes or
    /// removes claims of the ID token, [`claims`](crate::AuthContext::claims) returns the hook's claims. The
    /// ID token is then kept, while there is room, only as the `id_token_hint` of a sign-out. To keep claims
    /// out of the session's cookies, use [`keep_claims`](Self::keep_claims). Add no secret as a claim, because claims are
    /// compressed (see [`compress`](Self::compress)): it belongs into [`set_data`](crate::AuthContext::set_data), or into
    /// a claim whose name contains `secret`.
    ///
    /// On refresh the hook gets the claims of the new ID token and those of UserInfo from the sign-in,
    /// without its own earlier changes. Otherwise a role that was taken away would persist. A refresh
    /// without an ID token leaves the claims unchanged.
    ///
    /// ```
    /// use tower_oidc::AuthLayer;
    /// use tower_oidc::hooks::Trigger;
    ///
    /// # async fn tenant_of(_: &str) -> Result<String, std::io::Error> { Ok(String::new()) }
    /// let builder = AuthLayer::builder().map_claims(|input| async move {
    ///     let tenant = tenant_of(input.claims.sub()).await?;
    ///     let claims = input.claims.with("tenant", &tenant)?;
    ///     Ok(match input.trigger {
    ///         Trigger::SignIn => claims.with("new", &true)?,
    ///         _ => claims,
    ///     })
    /// });
    /// # let _ = builder;
    /// ```
    ///
    /// # A hook that fails
    ///
    /// The hook runs in a separate task, which continues if the browser disconnects. It fails if it
    /// returns an error, panics, takes longer than five seconds, or returns other values of
    /// [`Claims::PROTOCOL`] than it was given. A sign-in then fails with 500, nobody is signed in, and the
    /// tokens of the sign-in are revoked. A refresh leaves the claims unchanged and keeps the new refresh
    /// token, and the request that needed the new access token gets "try later". The log names the hook and
    /// its error, and there is an event with the reason
    /// [`HookFailed`](crate::AuthEventReason::HookFailed). The same applies to [`admission`](Self::admission) and
    /// [`before_save`](Self::before_save). A hook that blocks its thread cannot be stopped.
    pub fn map_claims<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(ClaimsToMap) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Claims, BoxError>> + Send + 'static,
    {
        self.hooks.claims = Some(Arc::new(move |input| Box::pin(hook(input))));
        self
    }

    /// Lets the application decide at every sign-in whether this user may sign in. The hook is called once
    /// for each sign-in, with the claims after [`map_claims`](Self::map_claims). Default: every user whom
    /// the provider signs in.
    ///
    /// A user who is denied gets a 403 page or a redirect, and no session. An existing session is
    /// unaffected. The refresh token of the denied sign-in is revoked (RFC 7009); the response waits for
    /// this for at most two seconds. Some providers revoke everything that they granted this user here.
    ///
    /// The hook is not called on refresh: to check a user then, use [`map_claims`](Self::map_claims) and
    /// look at the claims.
    ///
    /// ```
    /// use tower_oidc::AuthLayer;
    /// use tower_oidc::hooks::Admission;
    ///
    /// let builder = AuthLayer::builder().admission(|request| async move {
    ///     Ok(match request.claims.email() {
    ///         Some(email) if email.ends_with("@example.com") => Admission::Allow,
    ///         Some(_) => Admission::deny_with("Only members of Example may sign in."),
    ///         None => Admission::redirect("/no-email"),
    ///     })
    /// });
    /// # let _ = builder;
    /// ```
    pub fn admission<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(AdmissionRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Admission, BoxError>> + Send + 'static,
    {
        self.hooks.admission = Some(Arc::new(move |request| Box::pin(hook(request))));
        self
    }

    /// Lets the application change a session before it is stored, after every sign-in and every refresh: for
    /// example, to add application data. Default: nothing is changed. A failure has the same effect as one
    /// of [`map_claims`](Self::map_claims).
    ///
    /// ```
    /// use tower_oidc::AuthLayer;
    /// use tower_oidc::hooks::Trigger;
    ///
    /// let builder = AuthLayer::builder().before_save(|mut draft| async move {
    ///     if draft.trigger() == Trigger::SignIn {
    ///         let theme = draft.claims().get::<String>("theme");
    ///         draft.set_data(&theme)?;
    ///     }
    ///     Ok(draft)
    /// });
    /// # let _ = builder;
    /// ```
    pub fn before_save<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(SessionDraft) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<SessionDraft, BoxError>> + Send + 'static,
    {
        self.hooks.before_save = Some(Arc::new(move |draft| Box::pin(hook(draft))));
        self
    }

    /// Reports what happens to sign-ins and sessions to the application, for example for an audit log.
    /// Default: events are not reported.
    ///
    /// The hook is called on the thread where the event happens, so it must not block: pass the event to a
    /// queue. A panic in the hook is logged and has no other effect.
    ///
    /// ```
    /// use tower_oidc::AuthLayer;
    ///
    /// let (sender, receiver) = std::sync::mpsc::sync_channel(1024);
    /// let builder = AuthLayer::builder().on_event(move |event| {
    ///     // A full queue loses the event rather than a request's time.
    ///     let _ = sender.try_send(event.clone());
    /// });
    /// # let _ = (builder, receiver);
    /// ```
    pub fn on_event(mut self, hook: impl Fn(&AuthEvent) + Send + Sync + 'static) -> Self {
        self.on_event = Some(Arc::new(hook));
        self
    }
}
