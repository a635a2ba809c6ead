//! A callback that was received.

use std::sync::Arc;

use bytes::Bytes;

use crate::components::Components;
use crate::event::AuthEventReason;
use crate::flow::form_post::Posted;
use crate::flow::posted_user::name_claims;
use crate::flow::request_head::RequestHead;
use crate::origin::return_to::ReturnTo;
use crate::persistence::received_cookies::ReceivedCookies;
use crate::provider::Registration;
use crate::session::Session;
use crate::session::frame::ProviderRef;
use crate::sign_in::NoTransaction;
use crate::sign_in::transaction::{Transaction, id_of_state};
use crate::web::response::OwnResponse;

/// One callback, where everything meets: the sign-in in progress, the provider, hooks and sessions.
pub(super) struct Callback<'a> {
    pub(super) components: &'a Arc<Components>,
    /// The provider that the path is for. The answer of another one is refused.
    pub(super) registration: &'a Registration,
    pub(super) head: &'a RequestHead,
    pub(super) cookies: ReceivedCookies,
    /// Names the sign-in.
    pub(super) id: [u8; 16],
    /// Claims from the posted form. They are not signed.
    pub(super) posted_name: Option<Bytes>,
}

impl<'a> Callback<'a> {
    pub(super) fn new(
        components: &'a Arc<Components>,
        registration: &'a Registration,
        head: &'a RequestHead,
        state: &str,
    ) -> Self {
        let id = id_of_state(state);
        let transactions = &components.attempts.cookies;
        Self {
            components,
            registration,
            head,
            cookies: components
                .persistence
                .receive(&head.headers, transactions, Some(&id)),
            id,
            posted_name: None,
        }
    }

    /// With the user's name from a posted form, if there is one.
    pub(super) fn with_name_of(mut self, posted: &Posted) -> Self {
        if let Posted::Form(form) = posted {
            self.posted_name = name_claims(self.registration.settings(), form);
        }
        self
    }

    /// The transaction of this sign-in, whose state is `state`.
    pub(super) fn transaction(&self, state: &str) -> Result<Transaction, NoTransaction> {
        let provider = &self.registration.provider;
        let attempts = &self.components.attempts;
        attempts.open(&self.cookies.transactions, state, provider)
    }

    pub(super) fn delete_transaction(&self, answer: &mut OwnResponse) {
        let deleted = self.components.attempts.delete(&self.id);
        deleted.append_to(answer.headers_mut());
    }

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
    pub(super) async fn session_provider(&self) -> Option<ProviderRef> {
        let received = self.cookies.session.as_ref()?;
        let opened = self.components.persistence.open(received).await.ok()?;
        Some(opened.session.provider())
    }

    /// Whether this browser has a valid session of this provider already. One of another provider is not what
    /// the sign-in asked for: the page would ask for the same sign-in again.
    pub(super) async fn is_signed_in(&self) -> bool {
        self.session_provider().await.as_ref() == Some(&self.registration.provider)
    }
}
