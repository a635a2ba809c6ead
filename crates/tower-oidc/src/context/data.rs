//! The application's own data in the session.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::components::Components;
use crate::context::AuthContext;
use crate::context::changes::HeadIsWritten;
use crate::session::Session;
use crate::session::shrink::{Droppable, shrink};
use crate::session::size::SessionSize;

impl AuthContext {
    /// Puts data of the application's into the session, in the place of what was there. `None` and
    /// other values that are JSON's `null` take it out.
    ///
    /// It is sealed like the tokens, and travels with every request: keep it small. To make room,
    /// cached tokens of resources go first, then UserInfo claims, then the ID token, whose claims
    /// stay.
    ///
    /// The user can put back an older cookie, and with it older data: no balances, quotas or things
    /// that may be used once. Of two requests that change the data at the same time, the later
    /// response wins.
    ///
    /// ```
    /// use serde::{Deserialize, Serialize};
    /// use tower_oidc::{AuthContext, DataError};
    ///
    /// #[derive(Default, Serialize, Deserialize)]
    /// struct Preferences {
    ///     dark: bool,
    /// }
    ///
    /// fn toggle_dark_mode(auth: &AuthContext) -> Result<(), DataError> {
    ///     let mut preferences: Preferences = auth.data()?.unwrap_or_default();
    ///     preferences.dark = !preferences.dark;
    ///     auth.set_data(&preferences)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError`] if nobody is signed in, the data are too large or no JSON, or no cookie can be
    /// written any more: the response's head is on its way or was given up, or the request is for a
    /// WebSocket or another upgrade. The session is then as it was.
    pub fn set_data<T: Serialize + ?Sized>(&self, data: &T) -> Result<(), DataError> {
        let opened = self.session().ok_or(DataError::NotSignedIn)?;
        // A browser need not keep a cookie of a response that upgrades the connection.
        if self.changes().head_is_written() || self.request().is_upgrade {
            return Err(DataError::TooLate);
        }
        let data = written(data)?;
        let shared = self.shared();
        let now = shared.now();
        let full = opened.with_data(data.clone(), now);
        // Now, because what a refresh leaves out of a full session is something else.
        let (session, dropped) = fitted(shared, &full)?;
        let session = Arc::new(session);
        let family = shared.refresher.hold(&opened);
        self.changes()
            .put_data(Arc::clone(&session), data.clone(), Arc::clone(&family))
            .map_err(|HeadIsWritten| DataError::TooLate)?;
        shared.report_dropped(&full, &session, &dropped);
        family.change(&opened, |newest| {
            let full = newest.with_data(data.clone(), now);
            fitted(shared, &full).map_or(full, |(session, _)| session)
        });
        Ok(())
    }

    /// The application's data, or `None` if there are none or nobody is signed in.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, DataError};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Preferences {
    ///     dark: bool,
    /// }
    ///
    /// fn is_dark(auth: &AuthContext) -> Result<bool, DataError> {
    ///     Ok(auth.data::<Preferences>()?.is_some_and(|preferences| preferences.dark))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`DataError::NotJson`] if they are of another form, as an older version of the application
    /// may have written them.
    pub fn data<T: DeserializeOwned>(&self) -> Result<Option<T>, DataError> {
        let session = self.session();
        read(session.as_ref().and_then(|it| it.body.data.as_ref()))
    }

    /// What the session costs, part by part; `None` if nobody is signed in.
    #[must_use]
    pub fn session_size(&self) -> Option<SessionSize> {
        Some(self.shared().session_size(&*self.session()?))
    }
}

/// What fits of a session with new data, and what is dropped.
pub(crate) fn fitted(
    shared: &Components,
    full: &Session,
) -> Result<(Session, Vec<&'static str>), DataError> {
    let limit = shared.persistence.max_plaintext();
    shrink(full, limit, Droppable::Replaceable, shared.now())
        .ok_or_else(|| DataError::TooLarge(Box::new(shared.session_size(full))))
}

/// Data as the session keeps them; `None` for what takes them out.
pub(crate) fn written<T: Serialize + ?Sized>(data: &T) -> Result<Option<Bytes>, DataError> {
    let json = serde_json::to_vec(data).map_err(|_| DataError::NotJson)?;
    Ok((json != b"null").then(|| Bytes::from_owner(zeroize::Zeroizing::new(json))))
}

pub(crate) fn read<T: DeserializeOwned>(data: Option<&Bytes>) -> Result<Option<T>, DataError> {
    data.map(|data| serde_json::from_slice(data))
        .transpose()
        .map_err(|_| DataError::NotJson)
}

/// Why the application's data cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataError {
    /// Nobody is signed in, so there is no session.
    NotSignedIn,
    /// With the data the session does not fit into its cookies; this is what its parts would have
    /// cost.
    TooLarge(Box<SessionSize>),
    /// The data are not of the form that was asked for, or cannot be JSON.
    NotJson,
    /// No cookie can be written any more: the response's head is on its way or was given up, or the
    /// request is for a WebSocket or another upgrade, whose response sets none.
    TooLate,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSignedIn => f.write_str("nobody is signed in, so there is no session"),
            Self::TooLarge(size) => write!(
                f,
                "the session would not fit into its cookies: {size}; store less, raise \
                 max_cookies, or keep fewer claims"
            ),
            Self::NotJson => f.write_str("the session's data are not of this form"),
            Self::TooLate => f.write_str(
                "the response's head is written, or is that of an upgrade, so no cookie can be set: \
                 change the data before, in an ordinary request",
            ),
        }
    }
}

impl std::error::Error for DataError {}
