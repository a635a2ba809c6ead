//! Sessions on their way to the browser and back.

pub(crate) mod opening;
pub(crate) mod received_cookies;
