//! `SessionDraft`: a session before it is stored, which the application may change.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use relying_party::{BoxFuture, Claims, Clock};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::trigger::Trigger;
use crate::format::time::UnixMillis;
use crate::hook_call::{BoxError, HookCall, HookFailed};
use crate::log_limit::LogLimiter;
use crate::session::Session;
use crate::session::data::{self, DataError};
use crate::session::room::Room;

/// A session that is about to be stored, after a sign-in or a refresh: the argument of a
/// [`before_save`](crate::AuthLayerBuilder::before_save) hook. `Debug` shows only the trigger.
pub struct SessionDraft {
    trigger: Trigger,
    /// The maximum length of a session's plaintext.
    room: Room,
    clock: Arc<dyn Clock>,
    session: Session,
    claims: Claims,
    is_changed: bool,
}

impl SessionDraft {
    /// Why the hook is called: a sign-in or a refresh.
    #[must_use]
    pub const fn trigger(&self) -> Trigger {
        self.trigger
    }

    /// The claims that the session will have.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Returns the application's data in the session. They are `None` at a sign-in.
    ///
    /// # Errors
    ///
    /// [`DataError::NotJson`] if the data do not have the form of `T`.
    pub fn data<T: DeserializeOwned>(&self) -> Result<Option<T>, DataError> {
        data::from_json(self.session.body.data.as_ref())
    }

    /// Replaces the application's data in the session; see
    /// [`AuthContext::set_data`](crate::AuthContext::set_data). If a request changes the data while the hook
    /// runs, the later of the two changes wins, as for two requests.
    ///
    /// # Errors
    ///
    /// [`DataError::TooLarge`] or [`DataError::NotJson`]. The data are then unchanged.
    pub fn set_data<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<(), DataError> {
        let now = UnixMillis::of(self.clock.now());
        let changed = self.session.with_data(data::to_json(data)?, now);
        data::shrink(&changed, &self.room, now)?;
        self.session = changed;
        self.is_changed = true;
        Ok(())
    }
}

impl fmt::Debug for SessionDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionDraft")
            .field("trigger", &self.trigger)
            .finish_non_exhaustive()
    }
}

pub(crate) type SaveHook =
    dyn Fn(SessionDraft) -> BoxFuture<Result<SessionDraft, BoxError>> + Send + Sync;

/// The data for the session, if the application changed them.
pub(super) async fn decide(
    hook: Option<Arc<SaveHook>>,
    trigger: Trigger,
    session: Session,
    (room, clock): (Room, &Arc<dyn Clock>),
    log: &LogLimiter,
) -> Result<Option<Option<Bytes>>, HookFailed> {
    let Some(hook) = hook else {
        return Ok(None);
    };
    let draft = SessionDraft {
        trigger,
        room,
        clock: Arc::clone(clock),
        claims: session.claims().cloned().ok_or(HookFailed)?,
        session,
        is_changed: false,
    };
    let call = HookCall {
        name: "before_save",
        log,
    };
    let mut draft = call.run(move || hook(draft)).await?;
    Ok(draft.is_changed.then(|| draft.session.body.data.take()))
}
