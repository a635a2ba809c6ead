//! The text that a sign-out gave its page.

use std::fmt;

use crate::context::AuthContext;

/// The text that the application gave its sign-out ([`SignOut::state`](crate::SignOut::state)), which
/// came back with the browser; returned by [`AuthContext::signed_out_state`].
///
/// Only a `state` that this application sealed within the last ten minutes, for this origin, makes one.
/// It does not prove which browser signed out: a URL can be copied, and opened again until then.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedOutState(String);

impl SignedOutState {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignedOutState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedOutState([redacted])")
    }
}

impl AuthContext {
    /// The text of [`SignOut::state`](crate::SignOut::state), for the page that the sign-out led to. It
    /// comes sealed in the parameter `state` of this request's query.
    ///
    /// `None` if there is no such parameter or more than one, if it was made up, made for another
    /// origin, or more than ten minutes ago, and if the request is neither GET nor HEAD.
    ///
    /// ```
    /// use tower_oidc::{AuthContext, SignOut};
    ///
    /// async fn close_account(auth: AuthContext) -> SignOut {
    ///     auth.sign_out().return_to("/bye").state("account-closed")
    /// }
    ///
    /// async fn bye(auth: AuthContext) -> &'static str {
    ///     match auth.signed_out_state() {
    ///         Some(state) if state.as_str() == "account-closed" => "Your account is closed.",
    ///         _ => "You are signed out.",
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn signed_out_state(&self) -> Option<SignedOutState> {
        // A request for an unknown host has another origin's keys.
        if self.is_closed() {
            return None;
        }
        let query = self.request().path_and_query.as_ref()?.query()?;
        let content = self.components().origin.signed_out_states.open(query)?;
        content.text.map(SignedOutState)
    }
}
