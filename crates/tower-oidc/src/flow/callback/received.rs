//! A callback that was received.

use std::sync::Arc;

use crate::components::Components;
use crate::flow::request_head::RequestHead;
use crate::persistence::received_cookies::ReceivedCookies;

/// One callback, where everything meets: the sign-in in progress, the provider, hooks and sessions.
pub(super) struct Callback<'a> {
    pub(super) components: &'a Arc<Components>,
    pub(super) head: &'a RequestHead,
    pub(super) cookies: &'a ReceivedCookies,
    /// Names the sign-in.
    pub(super) id: [u8; 16],
}

impl Callback<'_> {
    /// Whether this browser has a valid session already.
    pub(super) fn is_signed_in(&self) -> bool {
        let received = self.cookies.session.as_ref();
        received.is_some_and(|received| self.components.persistence.open(received).is_ok())
    }
}
