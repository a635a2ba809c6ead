//! A callback that was received.

use std::sync::Arc;

use crate::components::Components;
use crate::event::AuthEventReason;
use crate::flow::request_head::RequestHead;
use crate::origin::return_to::ReturnTo;
use crate::persistence::received_cookies::ReceivedCookies;
use crate::provider::Registration;
use crate::session::Session;
use crate::session::frame::ProviderId;

/// One callback, where everything meets: the sign-in in progress, the provider, hooks and sessions.
pub(super) struct Callback<'a> {
    pub(super) components: &'a Arc<Components>,
    /// The provider that the path is for. The answer of another one is refused.
    pub(super) registration: &'a Registration,
    pub(super) head: &'a RequestHead,
    pub(super) cookies: &'a ReceivedCookies,
    /// Names the sign-in.
    pub(super) id: [u8; 16],
}

impl Callback<'_> {
    /// A link to the sign-in at this provider.
    pub(super) fn sign_in_link(&self, return_to: Option<&ReturnTo>) -> Option<String> {
        let id = self.registration.id.as_deref();
        self.components.origin.sign_in_link(id, return_to)
    }

    /// Tells the application that the sign-in was refused.
    pub(super) fn report_refused(&self, session: Option<&Session>, reason: AuthEventReason) {
        let issuer = Some(self.registration.issuer());
        self.components
            .events
            .sign_in_refused(issuer, session, reason);
    }

    /// The provider of the valid session that this browser has already.
    pub(super) fn session_provider(&self) -> Option<ProviderId> {
        let received = self.cookies.session.as_ref()?;
        let opened = self.components.persistence.open(received).ok()?;
        Some(opened.session.frame.provider)
    }

    /// Whether this browser has a valid session of this provider already. One of another provider is not what
    /// the sign-in asked for: the page would ask for the same sign-in again.
    pub(super) fn is_signed_in(&self) -> bool {
        self.session_provider() == Some(self.registration.provider)
    }
}
