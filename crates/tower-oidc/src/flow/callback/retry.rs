//! A provider that could not finish the sign-in just then: it was overloaded, or its own page had
//! expired (Keycloak: `temporarily_unavailable` with the description `authentication_expired`, also
//! where another tab has signed in meanwhile). It refused nobody, so the sign-in is tried once more.

use super::received::Callback;
use super::refused;
use crate::context::sign_in_options::SignInOptions;
use crate::event::AuthEventReason;
use crate::flow::sign_in::{self, SignInFlow, SignInStart};
use crate::sign_in::Replace;
use crate::sign_in::transaction::{Attempt, Transaction};
use crate::web::fetch_metadata::{Initiator, initiator};
use crate::web::pages;
use crate::web::response::{OwnResponse, see_other};

/// Whether the provider asks, in effect, to try again.
pub(super) fn is_temporary(error: &relying_party::Error) -> bool {
    matches!(
        error.code(),
        "authorization.temporarily_unavailable" | "authorization.authentication_expired"
    )
}

/// Why a sign-in is not finished.
#[derive(Clone, Copy)]
pub(super) enum Unfinished<'a> {
    /// The provider could not finish it.
    AtProvider(&'a relying_party::Error),
    /// The form that the provider had the browser post is missing.
    FormMissing,
}

impl Unfinished<'_> {
    fn reason(self) -> AuthEventReason {
        match self {
            Self::AtProvider(error) => AuthEventReason::Error(error.code()),
            Self::FormMissing => AuthEventReason::CallbackMalformed,
        }
    }
}

impl Callback<'_> {
    /// If the browser has a session of this provider by now that satisfies the sign-in, redirects to its
    /// page. Otherwise starts the same sign-in again, once: its state is marked. Otherwise shows a page.
    ///
    /// All of that comes from the sealed transaction, and nothing from the URL.
    pub(super) async fn try_again(
        &self,
        transaction: &Transaction,
        cause: Unfinished<'_>,
    ) -> OwnResponse {
        let origin = &self.components.origin;
        let return_to = origin.return_to(transaction.return_to.as_deref());
        if self.is_signed_in().await && transaction.any_session_will_do() {
            tracing::debug!("a sign-in that was not finished has a session by now");
            return see_other(return_to.as_str());
        }
        let options = SignInOptions::repeating(transaction)
            .filter(|_| !transaction.is_restarted())
            .filter(|_| initiator(&self.head.headers) == Initiator::Navigation);
        if let Some(options) = options {
            tracing::debug!(
                reason = cause.reason().code(),
                "a sign-in that was not finished starts again"
            );
            let new = SignInStart {
                head: self.head.digest(),
                client_network: self.head.client_network,
                in_progress: &self.cookies.transactions,
                options,
                attempt: Attempt::Restarted,
                replace: Replace::Attempt(self.id),
            };
            return sign_in::start(SignInFlow::new(self.components, self.registration), new).await;
        }
        self.report_refused(None, cause.reason());
        let link = self.sign_in_link(Some(&return_to));
        match cause {
            Unfinished::AtProvider(error) => {
                refused::log(self.registration, error);
                let has_session = self.session_provider().await.is_some();
                pages::not_finished(link.as_deref(), has_session)
            }
            Unfinished::FormMissing => {
                refused::log_missing_form(origin);
                pages::unusable_callback(link.as_deref())
            }
        }
    }
}
