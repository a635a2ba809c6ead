//! A resolver over a list that is known at the start.

use std::future::ready;
use std::sync::Arc;

use relying_party::{BoxFuture, Provider};

use super::{ProviderQuery, ProviderResolver, ResolvedProvider};
use crate::hook_call::BoxError;

/// A [`ProviderResolver`] over a list that is known at the start. Of several entries that fit, the first one
/// counts.
///
/// ```
/// use tower_oidc::Provider;
/// use tower_oidc::provider::{DirectoryEntry, ProviderDirectory};
///
/// let acme = Provider::new("https://id.acme.example", "client-1");
/// let globex = Provider::new("https://sso.globex.example", "client-2");
/// let directory = ProviderDirectory::from_iter([
///     DirectoryEntry::new("acme", acme).email_domain("acme.example"),
///     DirectoryEntry::new("globex", globex).host("globex.app.example"),
/// ]);
/// let builder = tower_oidc::AuthLayer::builder().provider_resolver(directory);
/// # let _ = builder;
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProviderDirectory(Arc<[DirectoryEntry]>);

/// A provider of a [`ProviderDirectory`], and which sign-ins go to it. Every entry is also found by its key.
#[derive(Clone, Debug)]
#[must_use = "an entry has no effect before it is in a directory"]
pub struct DirectoryEntry {
    provider: ResolvedProvider,
    hosts: Vec<String>,
    email_domains: Vec<String>,
    organizations: Vec<String>,
}

impl DirectoryEntry {
    /// A provider with its key; see [`ResolvedProvider::new`].
    pub fn new(key: impl Into<String>, provider: Provider) -> Self {
        Self {
            provider: ResolvedProvider::new(key, provider),
            hosts: Vec::new(),
            email_domains: Vec::new(),
            organizations: Vec::new(),
        }
    }

    /// Sign-ins at this host go to the provider, and at no other one. An entry without a host serves the
    /// configured base URLs.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into().to_ascii_lowercase());
        self
    }

    /// Sign-ins with an email address of this domain go to the provider.
    pub fn email_domain(mut self, domain: impl Into<String>) -> Self {
        self.email_domains.push(domain.into().to_lowercase());
        self
    }

    /// Sign-ins that ask for this organization go to the provider.
    pub fn organization(mut self, organization: impl Into<String>) -> Self {
        self.organizations.push(organization.into());
        self
    }

    fn may_serve(&self, query: &ProviderQuery) -> bool {
        match self.hosts.as_slice() {
            [] => query.is_configured_origin(),
            hosts => hosts.iter().any(|host| host == query.host()),
        }
    }

    fn fits(&self, query: &ProviderQuery) -> bool {
        if let Some(key) = query.key() {
            return key == self.provider.key;
        }
        if let Some(issuer) = query.issuer() {
            return issuer == self.provider.provider.issuer();
        }
        let fits_domain = query
            .email_domain()
            .is_some_and(|domain| self.email_domains.contains(&domain));
        let fits_organization = query
            .organization()
            .is_some_and(|it| self.organizations.iter().any(|known| known == it));
        fits_domain || fits_organization || !self.hosts.is_empty()
    }
}

impl FromIterator<DirectoryEntry> for ProviderDirectory {
    fn from_iter<I: IntoIterator<Item = DirectoryEntry>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

impl ProviderResolver for ProviderDirectory {
    fn resolve(
        &self,
        query: ProviderQuery,
    ) -> BoxFuture<Result<Option<ResolvedProvider>, BoxError>> {
        let found = self
            .0
            .iter()
            .find(|entry| entry.may_serve(&query) && entry.fits(&query));
        Box::pin(ready(Ok(found.map(|entry| entry.provider.clone()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> ProviderDirectory {
        let provider = |issuer| Provider::new(issuer, "app");
        ProviderDirectory::from_iter([
            DirectoryEntry::new("acme", provider("https://id.acme.example"))
                .email_domain("Acme.example")
                .organization("org_acme"),
            DirectoryEntry::new("globex", provider("https://id.globex.example"))
                .host("globex.app.example"),
        ])
    }

    async fn key(query: ProviderQuery) -> Option<String> {
        let found = directory().resolve(query).await;
        found.unwrap().map(|found| found.key)
    }

    fn at_base_url() -> ProviderQuery {
        ProviderQuery::at("https://app.example")
    }

    fn at_host(host: &str) -> ProviderQuery {
        ProviderQuery::at(format!("https://{host}")).at_request_origin()
    }

    #[tokio::test]
    async fn an_entry_is_found_by_key_issuer_email_domain_and_organization() {
        let found = Some("acme".to_owned());

        assert_eq!(key(at_base_url().with_key("acme")).await, found);
        let by_email = at_base_url().with_login_hint("alice@ACME.example");
        assert_eq!(key(by_email).await, found);
        let by_issuer = at_base_url().with_issuer("https://id.acme.example");
        assert_eq!(key(by_issuer).await, found);
        let by_organization = at_base_url().with_parameter("organization", "org_acme");
        assert_eq!(key(by_organization).await, found);
        for query in [
            at_base_url(),
            at_base_url().with_key("other"),
            at_base_url().with_login_hint("alice@other.example"),
        ] {
            assert_eq!(key(query).await, None);
        }
    }

    #[tokio::test]
    async fn a_host_has_its_own_provider_and_no_other_one() {
        assert_eq!(
            key(at_host("globex.app.example")).await.as_deref(),
            Some("globex")
        );
        assert_eq!(
            key(at_host("globex.app.example").with_key("acme")).await,
            None
        );
        assert_eq!(key(at_host("evil.example").with_key("globex")).await, None);
        assert_eq!(key(at_host("evil.example").with_key("acme")).await, None);
        assert_eq!(key(at_base_url().with_key("globex")).await, None);
    }
}
