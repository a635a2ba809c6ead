//! A callback with nothing but a `state`, to which a posted answer was redirected, and whose form is missing:
//! more than a minute has passed, or another tab's form took its cookie. The sign-in is still in progress, so
//! it starts again.

use super::received::Callback;
use super::retry::Unfinished;
use crate::web::fetch_metadata::{Initiator, initiator};
use crate::web::response::OwnResponse;

impl Callback<'_> {
    /// `None` if the browser has no such sign-in in progress at this provider, or no person navigates.
    pub(super) async fn without_form(&self, state: &str) -> Option<OwnResponse> {
        if initiator(&self.head.headers) != Initiator::Navigation {
            return None;
        }
        let transaction = self.transaction(state).ok()?;
        let mut answer = self.try_again(&transaction, Unfinished::FormMissing).await;
        self.delete_transaction(&mut answer);
        Some(answer)
    }
}
