//! Decisions of the application at a sign-in and at a refresh: which claims it keeps, who is admitted, and
//! which data the session gets. They are set with the methods of
//! [`AuthLayerBuilder`](crate::AuthLayerBuilder).

mod admission;
mod claims;
mod draft;
mod trigger;

use std::future::ready;
use std::sync::Arc;

use bytes::Bytes;
use relying_party::{BoxFuture, Clock};

use self::admission::AdmissionHook;
pub use self::admission::{Admission, AdmissionRequest};
use self::claims::ClaimsHook;
pub use self::claims::ClaimsToMap;
use self::draft::SaveHook;
pub use self::draft::SessionDraft;
pub use self::trigger::Trigger;
use crate::format::time::UnixMillis;
pub use crate::hook_call::BoxError;
pub(crate) use crate::hook_call::HookFailed;
use crate::log_limit::{LogLimiter, limited};
use crate::refresh::{HookRejection, RefreshHook};
use crate::session::Session;
use crate::session::edits::{SessionEdits, UserParts};
use crate::session::room::Room;
use crate::session::shrink::{Droppable, shrink};
use crate::session::size::REMEDY;

/// The hooks that the application configured.
#[derive(Clone, Default)]
pub(crate) struct HookSettings {
    pub(crate) kept_claims: Option<Arc<[String]>>,
    pub(crate) claims: Option<Arc<ClaimsHook>>,
    pub(crate) admission: Option<Arc<AdmissionHook>>,
    pub(crate) before_save: Option<Arc<SaveHook>>,
}

impl HookSettings {
    const fn touch_no_session(&self) -> bool {
        self.kept_claims.is_none()
            && self.claims.is_none()
            && self.admission.is_none()
            && self.before_save.is_none()
    }
}

/// The hooks of one origin. They only decide; the caller reports, revokes and renders.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) settings: HookSettings,
    /// The maximum length of a session's plaintext.
    pub(crate) room: Room,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) log: Arc<LogLimiter>,
}

/// The decision of the hooks about a sign-in.
pub(crate) enum Decision {
    /// The user is signed in with this session.
    Admitted(Arc<Session>),
    /// The application does not admit the user, so this session must not be used.
    Denied(Arc<Session>, Admission),
}

impl Hooks {
    /// Asks the hooks about the session of a sign-in.
    pub(crate) async fn at_sign_in(
        &self,
        session: &Arc<Session>,
        provider_id: Option<&str>,
    ) -> Result<Decision, HookFailed> {
        if self.settings.touch_no_session() {
            return Ok(Decision::Admitted(Arc::clone(session)));
        }
        let mut edits = SessionEdits {
            user: self.map_claims(Trigger::SignIn, session).await?,
            data: None,
        };
        let copy = || session.with_body(session.body.clone());
        let mapped = edits.applied_to(copy());
        let admission = admission::ask(
            self.settings.admission.clone(),
            &mapped,
            provider_id,
            &self.log,
        );
        let admission = admission.await?;
        if admission != Admission::Allow {
            return Ok(Decision::Denied(Arc::new(mapped), admission));
        }
        edits.data = self.save(Trigger::SignIn, mapped).await?;
        Ok(Decision::Admitted(Arc::new(edits.applied_to(copy()))))
    }

    /// Whether the session can be written without the loss of its refresh token.
    fn fits(&self, session: &Session) -> bool {
        let now = UnixMillis::of(self.clock.now());
        let droppable = Droppable::AllButRefreshToken;
        shrink(session, &self.room, droppable, now).is_some()
    }

    async fn at_refresh(
        &self,
        candidate: Session,
        brings_id_token: bool,
    ) -> Result<SessionEdits, HookFailed> {
        let mut edits = SessionEdits::default();
        if brings_id_token {
            edits.user = self.map_claims(Trigger::Refresh, &candidate).await?;
        }
        let session = edits.applied_to(candidate);
        if !self.fits(&session) {
            limited!(
                error,
                self,
                ("hook", "session_too_large"),
                "with the claims of a hook a session does not fit into its cookies; {REMEDY}"
            );
            return Err(HookFailed);
        }
        edits.data = self.save(Trigger::Refresh, session).await?;
        Ok(edits)
    }

    /// The claims that the session keeps, if the application changes them.
    async fn map_claims(
        &self,
        trigger: Trigger,
        session: &Session,
    ) -> Result<Option<UserParts>, HookFailed> {
        let kept = self.settings.kept_claims.as_deref();
        claims::decide(
            kept,
            self.settings.claims.clone(),
            trigger,
            session,
            &self.log,
        )
        .await
    }

    /// The application's data, if `before_save` changed them.
    async fn save(
        &self,
        trigger: Trigger,
        session: Session,
    ) -> Result<Option<Option<Bytes>>, HookFailed> {
        let room = (self.room, &self.clock);
        draft::decide(
            self.settings.before_save.clone(),
            trigger,
            session,
            room,
            &self.log,
        )
        .await
    }
}

impl RefreshHook for Hooks {
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
                "a refreshed session does not fit into its cookies and keeps its old claims; {REMEDY}"
            );
            return Box::pin(ready(Err(HookRejection::SessionTooLarge)));
        }
        if self.settings.touch_no_session() {
            return Box::pin(ready(Ok(SessionEdits::default())));
        }
        let hooks = self.clone();
        Box::pin(async move {
            let edits = hooks.at_refresh(candidate, brings_id_token).await;
            edits.map_err(|HookFailed| HookRejection::HookFailed)
        })
    }
}
