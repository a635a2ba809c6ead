//! The application's word at a sign-in and at a refresh: on the claims, on who is admitted, and on
//! what is kept.

mod admission;
mod claims;
mod draft;
mod task;

use std::sync::Arc;

use bytes::Bytes;
use relying_party::{BoxFuture, Claims};

pub use self::admission::Admission;
use self::claims::User;
pub use self::draft::SessionDraft;
pub(crate) use self::task::HookFailed;
use crate::components::Components;
use crate::log_limit::limited;
use crate::session::Session;
use crate::session::shrink::{Droppable, shrink};
use crate::session::size::REMEDY;
use crate::sign_in::error::SignInResult;

/// When a hook is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Moment {
    /// A user comes back from the provider, and there is no session yet.
    SignIn,
    /// The tokens of a session were refreshed.
    Refresh,
}

/// What the application configured; each is nothing unless it did.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) kept_claims: Option<Arc<[String]>>,
    pub(crate) claims: Option<Arc<ClaimsHook>>,
    pub(crate) admission: Option<Arc<AdmissionHook>>,
    pub(crate) before_save: Option<Arc<SaveHook>>,
}

type ClaimsHook = dyn Fn(Moment, Claims) -> BoxFuture<Claims> + Send + Sync;
type AdmissionHook = dyn Fn(Claims) -> BoxFuture<Admission> + Send + Sync;
type SaveHook = dyn Fn(Moment, SessionDraft) -> BoxFuture<SessionDraft> + Send + Sync;

impl Hooks {
    const fn touch_no_session(&self) -> bool {
        self.kept_claims.is_none()
            && self.claims.is_none()
            && self.admission.is_none()
            && self.before_save.is_none()
    }
}

/// What the hooks made of a refreshed session.
#[derive(Default)]
pub(crate) struct Decided {
    user: Option<User>,
    /// Other data, if the application gave any.
    data: Option<Option<Bytes>>,
}

impl Decided {
    pub(crate) fn applied_to(&self, session: Session) -> Session {
        if self.user.is_none() && self.data.is_none() {
            return session;
        }
        let mut body = session.body.clone();
        if let Some(user) = &self.user {
            user.clone().put_into(&mut body);
        }
        if let Some(data) = &self.data {
            body.data.clone_from(data);
        }
        session.with_body(body)
    }
}

/// The session of a sign-in, if the application admits its user. What nobody keeps is revoked.
pub(crate) async fn at_sign_in(shared: &Arc<Components>, session: Session) -> SignInResult {
    if shared.hooks.touch_no_session() {
        return Ok(Arc::new(session));
    }
    let session = Arc::new(session);
    let admitted = admitted(shared, &session).await;
    if admitted.is_err() {
        shared.families.end(shared, &session).await;
    }
    admitted
}

async fn admitted(shared: &Arc<Components>, session: &Session) -> SignInResult {
    let mut decided = Decided {
        user: claims::decide(&shared.hooks, Moment::SignIn, session).await?,
        data: None,
    };
    let known = || session.with_body(session.body.clone());
    let session = decided.applied_to(known());
    admission::ask(shared, &session).await?;
    decided.data = draft::decide(shared, Moment::SignIn, session).await?;
    Ok(Arc::new(decided.applied_to(known())))
}

/// What the hooks make of the session that a refresh brings. They are asked before it is published,
/// because a response may write it at once.
pub(crate) async fn at_refresh(
    shared: &Arc<Components>,
    candidate: impl FnOnce() -> Session,
    brings_id_token: bool,
) -> Result<Decided, HookFailed> {
    let mut decided = Decided::default();
    if shared.hooks.touch_no_session() {
        return Ok(decided);
    }
    let session = candidate();
    if brings_id_token {
        decided.user = claims::decide(&shared.hooks, Moment::Refresh, &session).await?;
    }
    let session = decided.applied_to(session);
    // A session that cannot be written would take the refresh token along.
    let limit = shared.persistence.max_plaintext();
    if shrink(&session, limit, Droppable::AllButRefreshToken, shared.now()).is_none() {
        limited!(
            error,
            shared,
            ("hook", "session_too_large"),
            "with the claims of a hook a session does not fit into its cookies; {}",
            REMEDY
        );
        return Err(HookFailed);
    }
    decided.data = draft::decide(shared, Moment::Refresh, session).await?;
    Ok(decided)
}
