//! A callback whose browser sent no cookie for its state. Nothing in such a URL is trusted. A sign-in may
//! be started once more, because that can only end with the user's own account.

use relying_party::AuthorizationResponse;

use super::received::Callback;
use crate::context::sign_in_options::SignInOptions;
use crate::event::AuthEventReason;
use crate::flow::sign_in::{self, SignInFlow, SignInStart};
use crate::log_limit::limited;
use crate::sign_in::Replace;
use crate::sign_in::transaction::Attempt;
use crate::web::fetch_metadata::{Initiator, initiator};
use crate::web::pages;
use crate::web::response::{OwnResponse, see_other};

impl Callback<'_> {
    pub(super) async fn without_transaction(
        &self,
        response: &AuthorizationResponse,
    ) -> OwnResponse {
        let origin = &self.components.origin;
        if self.is_signed_in().await {
            return see_other(origin.after_sign_in.as_str());
        }
        let is_navigation = initiator(&self.head.headers) == Initiator::Navigation;
        match Attempt::from_state(response.state()) {
            Some(Attempt::First) if response.has_code() && is_navigation => {
                tracing::debug!(
                    "a callback came without its transaction: the sign-in starts again"
                );
                self.start_again().await
            }
            Some(Attempt::Restarted) => {
                limited!(
                    warn,
                    origin,
                    ("callback", "cookie_did_not_come_back"),
                    "a restarted sign-in came back without its cookie again"
                );
                self.report_refused(None, AuthEventReason::CookieDidNotComeBack);
                pages::cookie_did_not_come_back(self.sign_in_link(None).as_deref())
            }
            _ => {
                self.report_refused(None, AuthEventReason::NoTransaction);
                pages::unusable_callback(self.sign_in_link(None).as_deref())
            }
        }
    }

    async fn start_again(&self) -> OwnResponse {
        let new = SignInStart {
            head: self.head.digest(),
            client_network: self.head.client_network,
            in_progress: &self.cookies.transactions,
            options: SignInOptions::default(),
            attempt: Attempt::Restarted,
            // A person can be asked, on a page that needs the sign-in route for its button.
            replace: match self.components.origin.routes.sign_in {
                Some(_) => Replace::Nothing,
                None => Replace::Oldest,
            },
        };
        sign_in::start(SignInFlow::new(self.components, self.registration), new).await
    }
}
