//! Sessions that have ended: those that this instance knows of, and those that a store knows of.

mod ended_sessions;
mod key;
mod pending;
mod retry;
mod seen_tokens;
mod shared;
#[cfg(test)]
mod tests;
mod unproven_limits;

pub(crate) use self::ended_sessions::RevokedSessions;
pub(crate) use self::key::RevocationKey;
pub(crate) use self::shared::{Checked, SharedParts, SharedRevocations, StoreWrite};
