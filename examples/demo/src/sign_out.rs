//! Two more ways to end sessions: by the user, in all browsers, and by the provider.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use tower_oidc::{AuthError, Authenticated};

use crate::app::EmbeddedProvider;

/// Ends all sessions of the user, in every browser and on every instance, and signs this browser out.
pub(crate) async fn everywhere(user: Authenticated) -> Result<Response, AuthError> {
    let sign_out = user.context().sign_out_everywhere().await?;
    Ok(sign_out.into_response())
}

/// Lets the provider end the user's sessions, as its administrator would. It then sends a logout token for each to
/// the layer's back-channel logout path; nothing in this application ends a session.
pub(crate) async fn at_provider(
    user: Authenticated,
    State(provider): State<EmbeddedProvider>,
) -> Redirect {
    if let Some(provider) = provider.0 {
        provider.sign_out_user(user.claims().sub()).await;
    }
    Redirect::to("/")
}
