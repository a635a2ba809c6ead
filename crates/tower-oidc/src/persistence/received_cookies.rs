//! Our cookies of one request, as they came.

use http::HeaderMap;
use sealed_cookie::{ReceivedCookie, ReceivedCookieSet, SealedCookieSet};

use super::SessionPersistence;

/// The session and the sign-ins in progress that a request brought.
pub(crate) struct ReceivedCookies {
    pub(crate) session: Option<ReceivedCookie>,
    pub(crate) transactions: ReceivedCookieSet,
}

impl SessionPersistence {
    /// Finds the session's cookie and those of sign-ins, in one pass over the `Cookie` fields. A client
    /// makes them as long as the server in front allows, so call this once for each request.
    ///
    /// `wanted` is the id of a sign-in that is found however many stand before it.
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
        }
    }
}
