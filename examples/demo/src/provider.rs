//! The provider that signs the users in.

use std::env;
use std::io::ErrorKind;

use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};
use tower_oidc::provider::scope;
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};

/// The APIs that the embedded provider knows, and the permissions of their tokens.
const EMBEDDED_RESOURCES: [&str; 2] = ["https://api.one.example", "https://api.two.example"];
const EMBEDDED_SCOPES: [&str; 10] = [
    scope::PROFILE,
    scope::EMAIL,
    scope::OFFLINE_ACCESS,
    scope::CUSTOM_DATA,
    scope::ROLES,
    scope::ORGANIZATIONS,
    scope::ORGANIZATION_ROLES,
    "read",
    "write",
    "admin",
];

/// Where the provider sends its logout tokens.
const BACKCHANNEL_LOGOUT_PATH: &str = "/auth/backchannel-logout";

/// Whether the environment names a provider, also with the name of a preset, as in `AUTH_LOGTO_ID`. A client id
/// alone is an incomplete configuration, and the error of `AuthLayer::from_env` says what is missing.
pub(crate) fn is_configured() -> bool {
    let ends = ["_ISSUER", "_ID", "_PROVIDERS"];
    settings_in_environment().any(|(name, _)| ends.iter().any(|end| name.ends_with(end)))
}

/// The `AUTH_` variables that are set.
fn settings_in_environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, value)| name.starts_with("AUTH_") && !value.is_empty())
}

/// Starts the embedded provider on 127.0.0.1, so that its cookies stay separate from those of the
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
    let provider = Provider::new(provider.issuer(), DEV_CLIENT_ID)
        .client_secret(DEV_CLIENT_SECRET)
        .scopes(EMBEDDED_SCOPES)
        .resources(EMBEDDED_RESOURCES);
    AuthLayer::builder()
        .provider(provider)
        .base_url(base_url)
        .cookie_secret(cookie_secret)
        .backchannel_logout_path(BACKCHANNEL_LOGOUT_PATH)
}

/// Tells the provider where the application takes logout tokens.
pub(crate) fn register_logout(provider: &DevProvider, base_url: &str) {
    let uri = format!("{base_url}{BACKCHANNEL_LOGOUT_PATH}");
    provider.set_backchannel_logout_uri(DEV_CLIENT_ID, uri);
}

/// The resources of [`settings`].
pub(crate) fn resources() -> Vec<String> {
    EMBEDDED_RESOURCES.map(str::to_owned).to_vec()
}

/// The resources that the environment names, as `AuthLayer::from_env` reads them.
pub(crate) fn configured_resources() -> Vec<String> {
    let listed = settings_in_environment()
        .find(|(name, _)| name.ends_with("_RESOURCES") && name != "AUTH_ACCESS_TOKEN_RESOURCES")
        .map(|(_, value)| value)
        .unwrap_or_default();
    let items = listed
        .split(|it: char| it.is_ascii_whitespace() || it == ',')
        .filter(|item| !item.is_empty());
    items.map(str::to_owned).collect()
}

pub(crate) fn notice(provider: &DevProvider) -> String {
    format!(
        "The provider at {} is for development only: sign in as alice, bob or carol, without a \
         password.\nTo use another one, set AUTH_ISSUER, AUTH_CLIENT_ID, AUTH_CLIENT_SECRET, \
         AUTH_BASE_URL and AUTH_COOKIE_SECRET.",
        provider.issuer()
    )
}
