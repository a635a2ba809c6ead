//! Our cookies of one request, before they are opened.

use http::HeaderMap;
use sealed_cookie::{ReceivedCookie, ReceivedCookieSet, SealedCookieSet};

use super::SessionPersistence;
use super::former_cookies::FormerDeletions;

/// The cookies of the session and of the sign-ins in progress.
pub(crate) struct ReceivedCookies {
    pub(crate) session: Option<ReceivedCookie>,
    pub(crate) transactions: ReceivedCookieSet,
    /// The deletions of session cookies of a former name.
    pub(crate) former: FormerDeletions,
}

impl SessionPersistence {
    /// Finds the session's cookie and those of sign-ins, in one pass over the `Cookie` fields. A client
    /// can make these as long as the server in front allows, so call this only once per request.
    ///
    /// `wanted` is the id of a sign-in whose cookie is found even if many others precede it.
    pub(crate) fn receive(
        &self,
        headers: &HeaderMap,
        transactions: &SealedCookieSet,
        wanted: Option<&[u8; 16]>,
    ) -> ReceivedCookies {
        let (session, transactions) =
            sealed_cookie::receive(headers, &self.cookie, transactions, wanted);
        ReceivedCookies {
            session,
            transactions,
            former: self.former.deletions(headers),
        }
    }
}
