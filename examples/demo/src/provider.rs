//! Who signs the users in.

use std::env;
use std::io::ErrorKind;

use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};

/// `AuthLayer::from_env` reads these and more; a client id alone is a setup that is not finished,
/// and its error says what is missing.
const PROVIDER_VARIABLES: [&str; 5] = [
    "AUTH_ISSUER",
    "AUTH_LOGTO_ENDPOINT",
    "AUTH_ASGARDEO_ORG",
    "AUTH_GENAUTH_HOST",
    "AUTH_CLIENT_ID",
];

/// Whether the environment names a provider.
pub(crate) fn is_configured() -> bool {
    PROVIDER_VARIABLES
        .iter()
        .any(|variable| env::var_os(variable).is_some_and(|value| !value.is_empty()))
}

/// Starts the embedded provider: on 127.0.0.1, so that its cookies stay apart from those of the
/// application on localhost.
pub(crate) async fn start(port: u16) -> Result<DevProvider, String> {
    let provider = DevProvider::builder().port(port).start().await;
    provider.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port}, for the embedded provider, is taken by another program; end it, or set \
             PROVIDER_PORT to a free one"
        ),
        _ => format!("the embedded provider cannot listen on port {port}: {error}"),
    })
}

/// The layer's settings for the embedded provider.
pub(crate) fn settings(
    provider: &DevProvider,
    base_url: &str,
    cookie_secret: String,
) -> AuthLayerBuilder {
    AuthLayer::builder()
        .provider(Provider::new(provider.issuer(), DEV_CLIENT_ID).client_secret(DEV_CLIENT_SECRET))
        .base_url(base_url)
        .cookie_secret(cookie_secret)
}

pub(crate) fn notice(provider: &DevProvider) -> String {
    format!(
        "The provider at {} is for development only: sign in as alice, bob or carol, without a \
         password.\nTo use another one, set AUTH_ISSUER, AUTH_CLIENT_ID, AUTH_CLIENT_SECRET, \
         AUTH_BASE_URL and AUTH_COOKIE_SECRET.",
        provider.issuer()
    )
}
