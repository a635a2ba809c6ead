//! Revocations of a session at a host that a request named, and that is evicted before the provider answers.

use super::*;
use crate::provider::{ProviderQuery, ResolvedProvider};

/// More than are kept.
const INVENTED_HOSTS: usize = 600;

fn layer(revoker: &Revoker) -> AuthLayer {
    let resolve = |query: ProviderQuery| async move {
        let is_there = query.host() == "acme.app.example";
        Ok(is_there.then(|| ResolvedProvider::new("acme", provider("https://id.example"))))
    };
    let builder = AuthLayer::builder()
        .provider_resolver(resolve)
        .origins_from_requests(true)
        .base_url("https://app.example")
        .cookie_secret("q7Zx2LmV9cKdR4tYw8BnHs3JfGpUeA6Q")
        .http_client(revoker.clone());
    builder.build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_revocation_that_waits_is_sent_although_its_host_was_evicted() {
    let revoker = Revoker::default();
    let layer = layer(&revoker);
    let at = |host: &str| layer.origins.from_requests.as_ref().unwrap().at(host);
    let tenant = at("acme.app.example").unwrap();
    let known = Arc::downgrade(&tenant);
    let registration = tenant.providers.named("acme").await.unwrap();
    let session = sample::session("token", 0, tenant.persistence.now());
    let session = sample::at_provider(&session, &registration.provider);
    tenant.refresher.end(&session).await;
    drop(tenant);

    for number in 0..INVENTED_HOSTS {
        at(&format!("{number}.evil.example")).unwrap();
    }
    assert!(known.upgrade().is_none(), "the host was evicted");
    revoker.answer(200);
    tokio::time::sleep(FIRST_PAUSE * 2).await;

    assert_eq!(revoker.revoked(), 1);
    assert_eq!(layer.origins.first.refresher.waiting_revocations(), 0);
}
