//! An application with a second layer, under `/admin`, for other users.

use oidc_dev_provider::Client;
use tower_oidc::{AuthLayer, Provider};

use crate::App;
use crate::app::{CLIENT_SECRET, url};

/// The application, at a provider that knows the client of the second layer too.
pub async fn start() -> App {
    let admin = Client::confidential("admin", CLIENT_SECRET)
        .redirect_uri(url("/admin/callback"))
        .post_logout_redirect_uri(url("/"));
    App::with_provider(|provider| provider.client(admin), |auth| auth).await
}

/// The second layer of this application.
///
/// # Panics
/// If its settings are refused.
#[must_use]
pub fn admin_layer(app: &App) -> AuthLayer {
    App::settings(&app.provider, &app.clock)
        .provider(Provider::new(app.provider.issuer(), "admin").client_secret(CLIENT_SECRET))
        .cookie_name("admin")
        .callback_path("/admin/callback")
        .sign_in_path("/admin/sign-in")
        .sign_out_path("/admin/sign-out")
        .session_path("/admin/session")
        .after_sign_in("/admin")
        .build()
        .expect("a layer")
}
