//! A session before it is kept, for the application's last word.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use relying_party::{BoxFuture, Claims, Clock};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::task::{BoxError, HookCall, HookFailed};
use super::trigger::Trigger;
use crate::format::time::UnixMillis;
use crate::log_limit::LogLimiter;
use crate::session::Session;
use crate::session::data::{self, DataError};

/// A session that is about to be kept, after a sign-in or a refresh; for a
/// [`before_save`](crate::AuthLayerBuilder::before_save) hook. `Debug` shows only the trigger.
pub struct SessionDraft {
    trigger: Trigger,
    /// How long the plaintext of a session may be.
    max_plaintext: usize,
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

    /// The application's data; a sign-in begins without any.
    ///
    /// # Errors
    ///
    /// [`DataError::NotJson`] if they are of another form.
    pub fn data<T: DeserializeOwned>(&self) -> Result<Option<T>, DataError> {
        data::from_json(self.session.body.data.as_ref())
    }

    /// Puts data of the application's into the session, instead of what was there; see
    /// [`AuthContext::set_data`](crate::AuthContext::set_data). A request that changes them while the
    /// hook is at work loses its change to this one or wins, as the later of two requests does.
    ///
    /// # Errors
    ///
    /// [`DataError::TooLarge`] or [`DataError::NotJson`]. The data are then as they were.
    pub fn set_data<T: Serialize + ?Sized>(&mut self, data: &T) -> Result<(), DataError> {
        let now = UnixMillis::of(self.clock.now());
        let changed = self.session.with_data(data::to_json(data)?, now);
        data::shrink(&changed, self.max_plaintext, now)?;
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

/// The data that the session is kept with, if the application gave others.
pub(super) async fn decide(
    hook: Option<Arc<SaveHook>>,
    trigger: Trigger,
    session: Session,
    (max_plaintext, clock): (usize, &Arc<dyn Clock>),
    log: &LogLimiter,
) -> Result<Option<Option<Bytes>>, HookFailed> {
    let Some(hook) = hook else {
        return Ok(None);
    };
    let draft = SessionDraft {
        trigger,
        max_plaintext,
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
