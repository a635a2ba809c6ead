//! The settings of hooks.

use std::future::Future;
use std::sync::Arc;

use relying_party::Claims;

use super::AuthLayerBuilder;
use crate::event::AuthEvent;
use crate::hooks::{Admission, Moment, SessionDraft};

impl AuthLayerBuilder {
    /// Keeps these claims of the ID token and of UserInfo in the session, and no others but
    /// [`Claims::PROTOCOL`], which later checks need. Default is all of them.
    ///
    /// The session gets smaller, and what the application has no use for is not with it. The ID token
    /// is not kept then: [`id_token`](crate::AuthContext::id_token) is `None`, and a sign-out at the
    /// provider carries `logout_hint` and `client_id` in the place of `id_token_hint` (OpenID Connect
    /// RP-Initiated Logout 1.0 section 2).
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

    /// Lets the application add claims, change them and take them out: at every sign-in, and at every
    /// refresh that brings a new ID token. Default is as the provider says.
    ///
    /// [`Claims::with`] and [`Claims::without`] make the answer. If it only adds claims, the session
    /// keeps the ID token and the additions beside it; if there is no room, they go as UserInfo claims
    /// do, see [`set_data`](crate::AuthContext::set_data). If it changes the ID token's claims or
    /// leaves some out, [`claims`](crate::AuthContext::claims) are those that it returned, and the ID
    /// token is kept beside them while there is room, for the `id_token_hint` of a sign-out alone. To
    /// keep claims out of the session's cookies, use [`keep_claims`](Self::keep_claims).
    ///
    /// At a refresh the hook gets the new ID token's claims and what UserInfo said at the sign-in,
    /// never what it added or changed itself: who lost a role would keep it. A refresh without an ID
    /// token leaves the claims as they are.
    ///
    /// ```
    /// use tower_oidc::{AuthLayer, Moment};
    ///
    /// # async fn tenant_of(_: &str) -> Option<String> { None }
    /// let builder = AuthLayer::builder().map_claims(|moment, claims| async move {
    ///     let tenant = tenant_of(claims.sub()).await;
    ///     let claims = claims.with("tenant", &tenant).unwrap_or(claims);
    ///     match moment {
    ///         Moment::SignIn => claims.with("new", &true).unwrap_or(claims),
    ///         _ => claims,
    ///     }
    /// });
    /// # let _ = builder;
    /// ```
    ///
    /// # A hook that fails
    ///
    /// It runs in a task of its own, which a browser that leaves does not end. One that panics, that
    /// takes longer than five seconds, or that answers with other [`Claims::PROTOCOL`] than it was
    /// given makes a sign-in fail with 500; after a refresh the claims stay as they were, and who asked
    /// for the new token is told to try later. The same goes for [`admission`](Self::admission) and
    /// [`before_save`](Self::before_save). A hook that blocks its thread cannot be ended.
    pub fn map_claims<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Moment, Claims) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Claims> + Send + 'static,
    {
        self.hooks.claims = Some(Arc::new(move |moment, claims| {
            Box::pin(hook(moment, claims))
        }));
        self
    }

    /// Asks the application at every sign-in whether it admits this user, once for each, with the
    /// claims as [`map_claims`](Self::map_claims) made them. Default is everybody whom the provider
    /// signs in.
    ///
    /// Who is not admitted gets a page with 403, or a redirect, and no session; who was signed in
    /// before stays so. The refresh token that the sign-in brought is revoked (RFC 7009), for which the
    /// answer waits two seconds at most; some providers end with it all that they granted this user
    /// here. A refresh does not ask: use [`map_claims`](Self::map_claims) and look at the claims.
    ///
    /// ```
    /// use tower_oidc::{Admission, AuthLayer};
    ///
    /// let builder = AuthLayer::builder().admission(|claims| async move {
    ///     match claims.email() {
    ///         Some(email) if email.ends_with("@example.com") => Admission::Allow,
    ///         Some(_) => Admission::deny_with("This is for members of Example alone."),
    ///         None => Admission::redirect("/no-email"),
    ///     }
    /// });
    /// # let _ = builder;
    /// ```
    pub fn admission<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Claims) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Admission> + Send + 'static,
    {
        self.hooks.admission = Some(Arc::new(move |claims| Box::pin(hook(claims))));
        self
    }

    /// Gives the application the last word before a session is kept, after every sign-in and every
    /// refresh: its data may be put in. Default is none.
    ///
    /// ```
    /// use tower_oidc::{AuthLayer, Moment};
    ///
    /// let builder = AuthLayer::builder().before_save(|moment, mut draft| async move {
    ///     if moment == Moment::SignIn {
    ///         let theme = draft.claims().get::<String>("theme");
    ///         if let Err(error) = draft.set_data(&theme) {
    ///             eprintln!("{error}");
    ///         }
    ///     }
    ///     draft
    /// });
    /// # let _ = builder;
    /// ```
    pub fn before_save<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Moment, SessionDraft) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = SessionDraft> + Send + 'static,
    {
        self.hooks.before_save = Some(Arc::new(move |moment, draft| Box::pin(hook(moment, draft))));
        self
    }

    /// Tells the application what becomes of sign-ins and sessions, for an audit log. Default is
    /// nobody.
    ///
    /// It is called where the event happens, so it must not block: pass the event on. A panic in it is
    /// logged and changes nothing.
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
