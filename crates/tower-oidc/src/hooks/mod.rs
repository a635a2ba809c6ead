//! Decisions of the application at a sign-in and at a refresh: which claims it keeps, who is admitted, and
//! which data the session gets. They are set with the methods of
//! [`AuthLayerBuilder`](crate::AuthLayerBuilder).

mod admission;
mod claims;
mod draft;
mod task;

use std::future::ready;
use std::sync::Arc;

use relying_party::{BoxFuture, Claims, Clock};

pub use self::admission::Admission;
pub use self::draft::SessionDraft;
pub(crate) use self::task::HookFailed;
use crate::components::Components;
use crate::format::time::UnixMillis;
use crate::log_limit::{LogLimiter, limited};
use crate::refresh::{HookRejection, RefreshHook};
use crate::session::Session;
use crate::session::edits::SessionEdits;
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

/// The session of a sign-in, if the application admits its user. What nobody keeps is revoked.
pub(crate) async fn at_sign_in(shared: &Arc<Components>, session: Session) -> SignInResult {
    if shared.hooks.touch_no_session() {
        return Ok(Arc::new(session));
    }
    let session = Arc::new(session);
    let admitted = admitted(shared, &session).await;
    if admitted.is_err() {
        shared.refresher.end(&session).await;
    }
    admitted
}

async fn admitted(shared: &Arc<Components>, session: &Session) -> SignInResult {
    let mut decided = SessionEdits {
        user: claims::decide(&shared.hooks, Moment::SignIn, session).await?,
        data: None,
    };
    let known = || session.with_body(session.body.clone());
    let session = decided.applied_to(known());
    admission::ask(shared, &session).await?;
    let room = (shared.persistence.max_plaintext(), &shared.clock);
    decided.data = draft::decide(&shared.hooks, Moment::SignIn, session, room).await?;
    Ok(Arc::new(decided.applied_to(known())))
}

/// The hooks as a refresh of one origin asks them.
pub(crate) struct RefreshHooks {
    pub(crate) hooks: Hooks,
    /// How long the plaintext of a session may be.
    pub(crate) max_plaintext: usize,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
}

impl RefreshHook for RefreshHooks {
    fn accept(
        &self,
        candidate: Session,
        brings_id_token: bool,
    ) -> BoxFuture<Result<SessionEdits, HookRejection>> {
        if !self.fits(&candidate) {
            limited!(
                error,
                self,
                ("refresh", "session_too_large"),
                "a refreshed session does not fit into its cookies and keeps its old claims; {}",
                REMEDY
            );
            return Box::pin(ready(Err(HookRejection::SessionTooLarge)));
        }
        if self.hooks.touch_no_session() {
            return Box::pin(ready(Ok(SessionEdits::default())));
        }
        let asked = Self {
            hooks: self.hooks.clone(),
            max_plaintext: self.max_plaintext,
            clock: Arc::clone(&self.clock),
            log: Arc::clone(&self.log),
        };
        Box::pin(async move {
            let edits = asked.decide(candidate, brings_id_token).await;
            edits.map_err(|HookFailed| HookRejection::HookFailed)
        })
    }
}

impl RefreshHooks {
    /// A session that cannot be written would take the refresh token along.
    fn fits(&self, session: &Session) -> bool {
        let now = UnixMillis::of(self.clock.now());
        let droppable = Droppable::AllButRefreshToken;
        shrink(session, self.max_plaintext, droppable, now).is_some()
    }

    async fn decide(
        &self,
        candidate: Session,
        brings_id_token: bool,
    ) -> Result<SessionEdits, HookFailed> {
        let mut edits = SessionEdits::default();
        if brings_id_token {
            edits.user = claims::decide(&self.hooks, Moment::Refresh, &candidate).await?;
        }
        let session = edits.applied_to(candidate);
        if !self.fits(&session) {
            limited!(
                error,
                self,
                ("hook", "session_too_large"),
                "with the claims of a hook a session does not fit into its cookies; {}",
                REMEDY
            );
            return Err(HookFailed);
        }
        let room = (self.max_plaintext, &self.clock);
        edits.data = draft::decide(&self.hooks, Moment::Refresh, session, room).await?;
        Ok(edits)
    }
}
