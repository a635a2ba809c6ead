//! The provider that signs the users in.

use std::env;
use std::io::ErrorKind;

use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};
use tower_oidc::provider::scope;
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};

/// `AuthLayer::from_env` reads these and more, each also with the name of a preset. A client id
/// alone is an incomplete configuration, and the error says what is missing.
const PROVIDER_VARIABLES: [&str; 3] = ["AUTH_ISSUER", "AUTH_CLIENT_ID", "AUTH_PROVIDERS"];
const PRESETS: [[&str; 4]; 3] = [
    [
        "AUTH_LOGTO_ENDPOINT",
        "AUTH_LOGTO_ISSUER",
        "AUTH_LOGTO_ID",
        "AUTH_LOGTO_RESOURCES",
    ],
    [
        "AUTH_ASGARDEO_ORG",
        "AUTH_ASGARDEO_ISSUER",
        "AUTH_ASGARDEO_ID",
        "AUTH_ASGARDEO_RESOURCES",
    ],
    [
        "AUTH_GENAUTH_HOST",
        "AUTH_GENAUTH_ISSUER",
        "AUTH_GENAUTH_ID",
        "AUTH_GENAUTH_RESOURCES",
    ],
];

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

/// Whether the environment names a provider.
pub(crate) fn is_configured() -> bool {
    let of_presets = PRESETS.into_iter().flatten();
    PROVIDER_VARIABLES
        .into_iter()
        .chain(of_presets)
        .any(|variable| env::var_os(variable).is_some_and(|value| !value.is_empty()))
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
}

/// The resources of [`settings`].
pub(crate) fn resources() -> Vec<String> {
    EMBEDDED_RESOURCES.map(str::to_owned).to_vec()
}

/// The resources that the environment names, as `AuthLayer::from_env` reads them.
pub(crate) fn configured_resources() -> Vec<String> {
    let of_presets = PRESETS.into_iter().map(|[.., resources]| resources);
    let listed = std::iter::once("AUTH_RESOURCES")
        .chain(of_presets)
        .find_map(|variable| env::var(variable).ok().filter(|value| !value.is_empty()))
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
