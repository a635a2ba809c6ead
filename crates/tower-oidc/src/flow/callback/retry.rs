//! A provider that could not finish the sign-in just then: it was overloaded, or its own page had
//! expired (Keycloak: `temporarily_unavailable` with the description `authentication_expired`, also
//! where another tab has signed in meanwhile). It refused nobody, so the sign-in is tried once more.

use super::super::Head;
use super::super::sign_in::{self, Replace};
use super::is_signed_in;
use super::refused::{self, emit_refused};
use crate::components::Components;
use crate::context::sign_in::SignInOptions;
use crate::event::AuthEventReason;
use crate::persistence::received_cookies::ReceivedCookies;
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

/// The page of a session that this browser has by now, if any would do; or else the same sign-in again,
/// marked in its state, so that it is repeated once; or else a page.
///
/// Only the transaction says what to do: its seal, not the URL, has the page and the demands.
pub(super) async fn answer(
    shared: &Components,
    head: &Head,
    cookies: &ReceivedCookies,
    id: [u8; 16],
    transaction: &Transaction,
    error: &relying_party::Error,
) -> OwnResponse {
    let return_to = shared.origin.return_to(transaction.return_to.as_deref());
    let is_signed_in = is_signed_in(shared, cookies.session.as_ref());
    if is_signed_in && transaction.any_session_will_do() {
        tracing::debug!("a sign-in that the provider did not finish has a session by now");
        return see_other(return_to.as_str());
    }
    let options = SignInOptions::repeating(transaction)
        .filter(|_| !transaction.is_restarted())
        .filter(|_| initiator(&head.headers) == Initiator::Navigation);
    if let Some(options) = options {
        tracing::debug!(
            code = error.code(),
            "a sign-in that the provider did not finish starts again"
        );
        return sign_in::start(
            shared,
            head.digest(),
            &cookies.transactions,
            options,
            Attempt::Restarted,
            Replace::Attempt(id),
        )
        .await;
    }
    refused::log(shared, error);
    emit_refused(shared, None, AuthEventReason::Error(error.code()));
    let link = shared.origin.sign_in_link(Some(&return_to));
    pages::not_finished(link.as_deref(), is_signed_in)
}
