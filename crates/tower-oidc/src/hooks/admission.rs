//! Who may sign in: the application's word on a user whom the provider vouches for.

use super::HookFailed;
use super::task::call;
use crate::components::Components;
use crate::event::{AuthEventKind, AuthEventReason};
use crate::session::Session;
use crate::sign_in::error::{Denial, SignInError};

/// Whether a user whom the provider vouches for may sign in; the answer of an
/// [`admission`](crate::AuthLayerBuilder::admission) hook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// The user is signed in.
    Allow,
    /// A page says that the user may not use the application.
    Deny,
    /// The same with a sentence of the application's own, as plain text.
    DenyWith(String),
    /// The user is not signed in and goes to this page of the application, a path as users see it.
    /// Another origin or a route of the layer's counts as [`Deny`](Self::Deny).
    ///
    /// It must be a page for strangers: one that asks for a sign-in sends the user to the provider,
    /// which sends them back here, without end.
    Redirect(String),
}

impl Admission {
    /// A page with this sentence, which is shown as it is, markup and all.
    pub fn deny_with(text: impl Into<String>) -> Self {
        Self::DenyWith(text.into())
    }

    /// A page of the application, a path as users see it, such as `/waiting-list`.
    pub fn redirect(path: impl Into<String>) -> Self {
        Self::Redirect(path.into())
    }
}

const fn reason(denial: &Denial) -> AuthEventReason {
    match denial {
        Denial::Page(_) => AuthEventReason::Denied,
        Denial::Redirect(_) => AuthEventReason::Redirected,
    }
}

/// Asks the application, if it wants to be asked.
pub(super) async fn ask(shared: &Components, session: &Session) -> Result<(), SignInError> {
    let Some(hook) = shared.hooks.admission.clone() else {
        return Ok(());
    };
    let claims = session.claims().cloned().ok_or(HookFailed)?;
    let denial = match call("admission", move || hook(claims)).await? {
        Admission::Allow => return Ok(()),
        Admission::Deny => Denial::Page(None),
        Admission::DenyWith(text) => Denial::Page(Some(text.into())),
        Admission::Redirect(path) => match shared.origin.own_page(Some(&path)) {
            Some(page) => Denial::Redirect(page),
            None => {
                tracing::error!(
                    hook = "admission",
                    "a hook redirects to what is no page of this application"
                );
                Denial::Page(None)
            }
        },
    };
    let reason = reason(&denial);
    tracing::info!(reason = reason.code(), "a sign-in is not admitted");
    shared
        .events
        .emit(AuthEventKind::SignInDenied, Some(session), Some(reason));
    Err(SignInError::Denied(denial))
}
