//! Who may sign in: the application's decision about a user whom the provider has signed in.

use std::sync::Arc;

use relying_party::{BoxFuture, Claims};

use crate::hook_call::{BoxError, HookCall, HookFailed};
use crate::log_limit::LogLimiter;
use crate::session::Session;

/// The decision of an [`admission`](crate::AuthLayerBuilder::admission) hook: whether a user whom the provider
/// has signed in may use the application.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// The user is signed in.
    Allow,
    /// The user is not signed in. A page with status 403 says that they may not use the application.
    Deny,
    /// The same as [`Deny`](Self::Deny), with this text of the application on the page, as plain text.
    DenyWith(String),
    /// The user is not signed in, and is redirected to this page of the application: a path as users see
    /// it. Another origin or a route of the layer counts as [`Deny`](Self::Deny).
    ///
    /// The page must not require a sign-in. Otherwise it redirects to the provider, which redirects back to
    /// the callback, in an endless loop.
    Redirect(String),
}

impl Admission {
    /// Denies with a page that shows this text unchanged, as plain text.
    pub fn deny_with(text: impl Into<String>) -> Self {
        Self::DenyWith(text.into())
    }

    /// Denies with a redirect to a page of the application: a path as users see it, such as `/waiting-list`.
    pub fn redirect(path: impl Into<String>) -> Self {
        Self::Redirect(path.into())
    }
}

/// The argument of an [`admission`](crate::AuthLayerBuilder::admission) hook: the user who wants to
/// sign in. `Debug` shows only the names of the claims.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AdmissionRequest {
    /// The claims that the session would have, after
    /// [`map_claims`](crate::AuthLayerBuilder::map_claims).
    pub claims: Claims,
    /// The id of the provider at which the user signs in: the one of
    /// [`provider_with_id`](crate::AuthLayerBuilder::provider_with_id), or the key under which the
    /// [resolver](crate::AuthLayerBuilder::provider_resolver) knows it. `None` if it has no id.
    pub provider_id: Option<String>,
}

pub(crate) type AdmissionHook =
    dyn Fn(AdmissionRequest) -> BoxFuture<Result<Admission, BoxError>> + Send + Sync;

/// Asks the application, if it has such a hook.
pub(super) async fn ask(
    hook: Option<Arc<AdmissionHook>>,
    session: &Session,
    provider_id: Option<&str>,
    log: &LogLimiter,
) -> Result<Admission, HookFailed> {
    let Some(hook) = hook else {
        return Ok(Admission::Allow);
    };
    let claims = session.claims().cloned().ok_or(HookFailed)?;
    let request = AdmissionRequest {
        claims,
        provider_id: provider_id.map(str::to_owned),
    };
    let call = HookCall {
        name: "admission",
        log,
    };
    call.run(move || hook(request)).await
}
