//! How many sign-ins one browser has in progress at once.
//!
//! Their cookies come with every request, so they are few and small. A further sign-in does not end one
//! that is in progress: of eight tabs that a browser restores, each comes back to its own page, and another
//! site that starts sign-ins does not end the user's. The user gets a page instead, whose button replaces
//! the oldest, so that such a site does not keep the user out either.

use sealed_cookie::{ReceivedCookieSet, SealedCookieSet, SetCookies};

use crate::format::time::UnixMillis;
use crate::sign_in::transaction::{MAX_ALIVE, Transaction};

/// The bytes that all attempts of a browser take of its Cookie header together. Beside a session of
/// one cookie that stays below the 8 KiB that a stock nginx accepts, whatever other sites make the
/// browser start.
const MAX_BYTES: usize = 4_096;

/// The bytes of an attempt without a long page to come back to, for those that do not open here: another
/// instance with a newer secret may have begun them.
const USUAL_SIZE: usize = 300;

/// Which of the sign-ins in progress a new one may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replace {
    /// None that is still valid.
    Nothing,
    /// The one that it repeats, which its callback deletes.
    Attempt([u8; 16]),
    /// As many of the oldest as it takes.
    Oldest,
}

/// Makes room for one more attempt with a plaintext of `size` bytes, and returns the deletions of those
/// that make room: what is no longer valid goes first, and then the oldest. `None` if one would have
/// to go that must not.
pub(super) fn make_room(
    set: &SealedCookieSet,
    in_progress: &ReceivedCookieSet,
    size: usize,
    replace: Replace,
    now: UnixMillis,
) -> Option<SetCookies> {
    let mut others: Vec<_> = in_progress
        .ids()
        .filter(|id| replace != Replace::Attempt(*id))
        .map(|id| {
            let opened = set.find(in_progress, &id).and_then(Result::ok);
            let size = opened.as_ref().map_or(USUAL_SIZE, |opened| {
                cookie_size(set, opened.plaintext().len())
            });
            let transaction =
                opened.and_then(|opened| Transaction::decode(opened.into_bytes()).ok());
            let created_at = transaction
                .filter(|transaction| transaction.is_alive(now))
                .map(|transaction| transaction.created_at);
            (created_at, size, id)
        })
        .collect();
    others.sort_unstable_by(|one, other| other.cmp(one));
    let mut deletions = SetCookies::default();
    let mut taken = cookie_size(set, size);
    for (index, (created_at, size, id)) in others.iter().enumerate() {
        taken = taken.saturating_add(*size);
        if index.saturating_add(1) >= MAX_ALIVE || taken > MAX_BYTES {
            if created_at.is_some() && replace != Replace::Oldest {
                return None;
            }
            deletions.extend(set.delete(id));
        }
    }
    Some(deletions)
}

/// The bytes of a transaction's cookie in a request: name, value and what stands between cookies.
fn cookie_size(set: &SealedCookieSet, plaintext: usize) -> usize {
    const ID_AND_SEPARATORS: usize = 22 + ".=; ".len();
    const OVERHEAD_OF_A_SEAL: usize = 57;
    plaintext
        .saturating_add(OVERHEAD_OF_A_SEAL)
        .saturating_mul(4)
        .div_ceil(3)
        .saturating_add(set.name().as_str().len())
        .saturating_add(ID_AND_SEPARATORS)
}
