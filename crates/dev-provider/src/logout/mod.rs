//! What clients learn when a session ends: OpenID Connect Back-Channel and Front-Channel Logout 1.0.

pub(crate) mod back_channel;
pub(crate) mod front_channel;
mod logout_token;
mod uris;

pub(crate) use self::logout_token::{LogoutSubject, issue};
pub(crate) use self::uris::LogoutUris;
