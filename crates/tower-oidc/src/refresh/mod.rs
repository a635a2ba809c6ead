//! Refreshing sessions: one token request at a time for each refresh token. Its result is for all requests
//! that still have an older cookie.

mod attempt;
mod blocked;
mod coordinated_lock;
mod coordination;
mod coordinator;
mod drain;
mod end_of_session;
mod endpoint;
mod failed;
mod failure;
mod handle;
mod in_flight;
mod lookup;
mod pending_revocations;
mod refresher;
mod remembered_sessions;
mod request;
mod revocations;
mod revoke_at_sign_out;
mod rotated_tokens;
mod times;
mod token_circuit;

use std::time::Duration;

pub(crate) use self::coordination::Coordination;
pub use self::coordinator::{
    CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, StoredSession, UnlockRequest,
};
pub(crate) use self::endpoint::{
    EndpointError, HookRejection, RefreshHook, RevocationError, TokenEndpoint, TokenKind,
    TokenToRevoke, Verdict,
};
pub(crate) use self::failure::{Failure, Revalidation};
pub(crate) use self::handle::{REFRESHED_SESSION_TTL, SessionHandle};
pub(crate) use self::lookup::RefreshMode;
pub(crate) use self::refresher::{Refresher, RefresherParts};
pub(crate) use self::remembered_sessions::RefreshMemory;
pub use self::revoke_at_sign_out::RevokeAtSignOut;
pub(crate) use self::times::{InvalidWait, RefreshTimes};
pub(crate) use self::token_circuit::token_circuit;
use crate::runtime::Instant;

fn after(time: Instant, duration: Duration) -> Instant {
    time.checked_add(duration).unwrap_or(time)
}

#[cfg(test)]
mod tests;
