//! How many sign-ins one browser has in progress at once.
//!
//! The browser sends their cookies with every request, so their number and size are limited. When the limit
//! is reached, a new sign-in does not end one that is in progress: the tabs that a browser restores each
//! return to their own page, and another site cannot end the user's sign-in by starting more. Instead, the
//! user gets a page with a button that replaces the oldest sign-ins, so such a site cannot keep the user
//! out either.

use sealed_cookie::{ReceivedCookieSet, SealedCookieSet, SetCookies};

use crate::format::time::UnixMillis;
use crate::sign_in::transaction::{MAX_ALIVE, Transaction};

/// How many bytes of the Cookie header all attempts of a browser may take together. With a session of one
/// cookie, the header then stays below the 8 KiB that a stock nginx accepts, even if other sites start
/// sign-ins.
const MAX_BYTES: usize = 4_096;

/// The bytes of an attempt that returns to a short path. It is the estimate for an attempt that does not open
/// here, because another instance with a newer secret started it.
const USUAL_SIZE: usize = 300;

/// Which sign-ins in progress a new one may replace. Expired ones are always deleted if there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replace {
    /// None that is still valid.
    Nothing,
    /// The attempt that this one retries; the callback deletes its cookie.
    Attempt([u8; 16]),
    /// The oldest attempts, until the new one fits.
    Oldest,
}

/// Makes room for one more attempt with a plaintext of `size` bytes. Returns the deletions of the attempts
/// that make room: expired ones first, and then the oldest. `None` if a valid sign-in that may not be
/// replaced would have to be deleted.
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
                opened.and_then(|opened| Transaction::decode(opened.plaintext()).ok());
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

/// The bytes of a transaction's cookie in a request: name, value and separators.
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
