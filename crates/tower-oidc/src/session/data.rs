//! The application's own data in a session.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::Session;
use super::room::Room;
use super::shrink::{self, Droppable};
use super::size::SessionSize;
use crate::format::time::UnixMillis;

/// Data as a session stores them; `None` for JSON's `null`, which removes them.
pub(crate) fn to_json<T: Serialize + ?Sized>(data: &T) -> Result<Option<Bytes>, DataError> {
    let json = serde_json::to_vec(data).map_err(|_| DataError::NotJson)?;
    Ok((json != b"null").then(|| Bytes::from_owner(Zeroizing::new(json))))
}

/// The data of a session, or `None` if it has none.
pub(crate) fn from_json<T: DeserializeOwned>(data: Option<&Bytes>) -> Result<Option<T>, DataError> {
    data.map(|data| serde_json::from_slice(data))
        .transpose()
        .map_err(|_| DataError::NotJson)
}

/// A session with new data, without the parts that were dropped to make room, and the names of these parts.
pub(crate) fn shrink(
    full: &Session,
    room: &Room,
    now: UnixMillis,
) -> Result<(Session, Vec<&'static str>), DataError> {
    shrink::shrink(full, room, Droppable::Replaceable, now)
        .ok_or_else(|| DataError::TooLarge(Box::new(SessionSize::new(full, room, now))))
}

/// Why the application's data cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataError {
    /// Nobody is signed in, so there is no session.
    NotSignedIn,
    /// With the data the session does not fit into its cookies. This is the size that its parts would have.
    TooLarge(Box<SessionSize>),
    /// The data do not have the requested form, or cannot be written as JSON.
    NotJson,
    /// No cookie can be written any more, because the response's head was sent, or the response was dropped. Or
    /// the request is for a WebSocket or another upgrade, whose response sets no cookie.
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
