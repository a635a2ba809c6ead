//! A provider for each company: users say for which one they work by their email address.
//!
//! Here the companies are known at the start. An application with many customers finds them in its database
//! instead: an `async` function from a `ProviderQuery` to a `ResolvedProvider` replaces the
//! `ProviderDirectory`.

use std::env;

use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider};
use tower_oidc::provider::{DirectoryEntry, ProviderDirectory, scope};
use tower_oidc::{AuthLayer, AuthLayerBuilder, Provider};

use crate::provider;

/// Key and name of each company. Its email addresses end in `@{key}.example`.
const COMPANIES: [(&str, &str); 2] = [("acme", "Acme"), ("globex", "Globex")];

/// Whether the demo shows them.
pub(crate) fn are_wanted() -> bool {
    env::var_os("COMPANIES").is_some_and(|value| !value.is_empty())
}

/// Starts a provider for each company, the first one on this port; 0 stands for any free ones.
pub(crate) async fn start(port: u16) -> Result<Vec<DevProvider>, String> {
    let mut providers = Vec::new();
    for number in 0..COMPANIES.len() {
        let own = u16::try_from(number).unwrap_or_default();
        let port = if port == 0 {
            0
        } else {
            port.saturating_add(own)
        };
        providers.push(provider::start(port).await?);
    }
    Ok(providers)
}

/// The layer's settings: the email address decides which provider signs a user in.
pub(crate) fn settings(
    providers: &[DevProvider],
    base_url: &str,
    cookie_secret: String,
) -> AuthLayerBuilder {
    let entries = COMPANIES.iter().zip(providers);
    let directory: ProviderDirectory = entries
        .map(|((key, name), provider)| {
            let provider = Provider::new(provider.issuer(), DEV_CLIENT_ID)
                .client_secret(DEV_CLIENT_SECRET)
                .name(*name)
                .scopes([scope::PROFILE, scope::EMAIL, scope::OFFLINE_ACCESS]);
            DirectoryEntry::new(*key, provider).email_domain(format!("{key}.example"))
        })
        .collect();
    AuthLayer::builder()
        .provider_resolver(directory)
        .base_url(base_url)
        .cookie_secret(cookie_secret)
}

pub(crate) fn notice() -> &'static str {
    "Two companies have a provider each, for development only: give any name at acme.example or \
     globex.example as the email address, then sign in as alice, bob or carol, without a password."
}
