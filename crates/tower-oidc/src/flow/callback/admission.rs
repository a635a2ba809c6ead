//! What the hooks decide about a sign-in, and what follows from it.

use std::sync::Arc;

use crate::event::{AuthEventKind, AuthEventReason, Events};
use crate::hooks::{Admission, Decision, HookFailed, Hooks};
use crate::origin::Origin;
use crate::refresh::Refresher;
use crate::session::Session;
use crate::sign_in::error::{Denial, SignInError, SignInResult};

/// The session of a sign-in, if the application admits its user. Otherwise what the provider issued is
/// revoked.
pub(super) async fn admit(
    hooks: &Hooks,
    origin: &Origin,
    events: &Events,
    refresher: &Arc<Refresher>,
    session: Session,
    provider_id: Option<&str>,
) -> SignInResult {
    let session = Arc::new(session);
    let error = match hooks.at_sign_in(&session, provider_id).await {
        Ok(Decision::Admitted(session)) => return Ok(session),
        Ok(Decision::Denied(mapped, admission)) => {
            let denial = denial(origin, admission);
            let reason = reason(&denial);
            tracing::info!(reason = reason.code(), "a sign-in is not admitted");
            events.emit(AuthEventKind::SignInDenied, Some(&mapped), Some(reason));
            SignInError::Denied(denial)
        }
        Err(HookFailed) => SignInError::HookFailed,
    };
    refresher.end(&session).await;
    Err(error)
}

fn denial(origin: &Origin, admission: Admission) -> Denial {
    match admission {
        Admission::DenyWith(text) => Denial::Page(Some(text.into())),
        Admission::Redirect(path) => match origin.own_page(Some(&path)) {
            Some(page) => Denial::Redirect(page),
            None => {
                tracing::error!(
                    hook = "admission",
                    "a hook redirects to what is no page of this application"
                );
                Denial::Page(None)
            }
        },
        Admission::Allow | Admission::Deny => Denial::Page(None),
    }
}

const fn reason(denial: &Denial) -> AuthEventReason {
    match denial {
        Denial::Page(_) => AuthEventReason::Denied,
        Denial::Redirect(_) => AuthEventReason::Redirected,
    }
}
