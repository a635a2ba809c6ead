//! Our cookies of one request, as they came.

use http::HeaderMap;
use sealed_cookie::{ReceivedCookie, ReceivedCookieSet};

use crate::components::Components;

/// The session and the sign-ins that a request brought. Finding them is one pass over the `Cookie`
/// fields, which a client makes as long as the server in front allows: find them once for a request.
pub(crate) struct ReceivedCookies {
    pub(crate) session: Option<ReceivedCookie>,
    pub(crate) transactions: ReceivedCookieSet,
}

impl ReceivedCookies {
    /// `wanted` is the id of a sign-in that is looked for whatever stands before it.
    pub(crate) fn find(
        shared: &Components,
        headers: &HeaderMap,
        wanted: Option<&[u8; 16]>,
    ) -> Self {
        let (session, transactions) = sealed_cookie::receive(
            headers,
            &shared.persistence.cookie,
            &shared.attempts.cookies,
            wanted,
        );
        Self {
            session,
            transactions,
        }
    }
}
