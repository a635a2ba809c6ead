//! The application's own data in the session.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::AuthContext;
use crate::context::request_session::ResponseStarted;
use crate::refresh::SessionHandle;
use crate::session::data::{self, DataError};
use crate::session::size::SessionSize;

impl AuthContext {
    /// Stores data of the application in the session, and replaces what was there. `None` and other
    /// values that serialize to JSON's `null` remove it.
    ///
    /// It is sealed like the tokens, and in cookies it travels with every request: keep it small. To make room, cached
    /// tokens of resources are dropped first, then UserInfo claims, then the ID token, whose claims stay. With a
    /// [`session_store`](crate::AuthLayerBuilder::session_store), a session that becomes too large moves there instead;
    /// if the store does not take the changed data, the response of the handler is replaced by 503.
    ///
    /// A user can restore an older cookie, and with it older data. Store no balances, quotas or codes that
    /// may be used once. Of two requests that change the data at the same time, the later response wins, with all of
    /// its data.
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
    /// [`DataError`] if no user is signed in, the data are too large or cannot be JSON, or no cookie can be
    /// written any more: the response has started or was given up, or the request is for a WebSocket or
    /// another upgrade. The session is then unchanged.
    pub fn set_data<T: Serialize + ?Sized>(&self, data: &T) -> Result<(), DataError> {
        let opened = self.session().ok_or(DataError::NotSignedIn)?;
        if self.request_session().cannot_be_written() {
            return Err(DataError::TooLate);
        }
        let data = data::to_json(data)?;
        let shared = self.components();
        let persistence = &shared.persistence;
        let (room, now) = (persistence.room(), shared.persistence.now());
        let full = opened.with_data(data.clone(), now);
        // Now, because a refresh drops other parts of a full session.
        let (session, dropped) = data::shrink(&full, &room, now)?;
        let session = Arc::new(session);
        let handle = shared.refresher.hold(&opened);
        self.request_session()
            .set_data(
                Arc::clone(&session),
                data.clone(),
                Arc::<SessionHandle>::clone(&handle),
            )
            .map_err(|ResponseStarted| DataError::TooLate)?;
        persistence.report_dropped(&full, &session, &dropped);
        handle.change(&opened, |newest| {
            // Mostly no other request changed it, so it is the one that was shrunk above.
            if std::ptr::eq(newest, &*opened) {
                return session.with_body(session.body.clone());
            }
            let full = newest.with_data(data.clone(), now);
            data::shrink(&full, &room, now).map_or(full, |(session, _)| session)
        });
        Ok(())
    }

    /// The application's data; `None` if there are none, or no user is signed in.
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
        data::from_json(session.as_ref().and_then(|it| it.body.data.as_ref()))
    }

    /// The size of the session, part by part; `None` if no user is signed in.
    #[must_use]
    pub fn session_size(&self) -> Option<SessionSize> {
        Some(self.components().persistence.size_of(&*self.session()?))
    }
}
