//! The search for newer keys, when none of the known ones verifies a signature.

use std::sync::Arc;
use std::time::Duration;

use super::ProviderDocuments;
use super::cached::{EarlyFetch, RefetchError};
use crate::jwks::KeySet;
use crate::metadata::Metadata;
use crate::runtime::{self, Instant};

/// How long a caller waits for keys that fit. A sign-in that fails has used up its code, so waiting is
/// better than an error at once.
const MAX_SEARCH_TIME: Duration = Duration::from_secs(5);
/// How many times a search fetches the keys before it fetches the metadata too, whose `jwks_uri` may
/// have changed.
const FETCHES_BEFORE_METADATA: u32 = 2;
/// Metadata that are younger than this are not fetched again by a search.
const MIN_METADATA_AGE: Duration = Duration::from_secs(10);

/// A search for newer keys, which fetches them repeatedly for some seconds: right after a rotation, an
/// edge server of the provider may return outdated keys, or an error.
pub(crate) struct KeySearch<'a> {
    documents: &'a ProviderDocuments,
    seen: Arc<KeySet>,
    metadata: Arc<Metadata>,
    deadline: Instant,
    fetches: u32,
}

impl ProviderDocuments {
    /// Starts a search for keys that are newer than `seen`, none of which fits.
    ///
    /// `None` if the keys are set, so that there are no others.
    pub(crate) fn search_newer_keys(
        &self,
        seen: &Arc<KeySet>,
        metadata: &Arc<Metadata>,
    ) -> Option<KeySearch<'_>> {
        self.settings.keys.is_none().then(|| KeySearch {
            documents: self,
            seen: Arc::clone(seen),
            metadata: Arc::clone(metadata),
            deadline: deadline(),
            fetches: 0,
        })
    }

    /// Fetches the metadata again unless that was done a moment ago: a server at the old `jwks_uri` may
    /// still respond after the keys have moved.
    async fn refetch_metadata(&self, metadata: &Arc<Metadata>) {
        if !self
            .metadata
            .is_younger_than(MIN_METADATA_AGE, self.clock.now())
        {
            let last = self.metadata.last();
            let seen = last.as_ref().unwrap_or(metadata);
            self.newer_metadata(seen, EarlyFetch::AlreadyCounted).await;
        }
    }
}

impl KeySearch<'_> {
    /// Returns keys that were fetched after the last ones that this search has seen.
    pub(crate) async fn next(&mut self) -> Result<Arc<KeySet>, RefetchError> {
        let documents = self.documents;
        let needs_metadata = self.fetches >= FETCHES_BEFORE_METADATA;
        self.fetches = self.fetches.saturating_add(1);
        let fetch = async {
            if needs_metadata {
                documents.refetch_metadata(&self.metadata).await;
            }
            documents.fetch_keys(&self.metadata, self.deadline).await
        };
        let early = EarlyFetch::Limited(&documents.limiter, self.deadline);
        let newer = documents
            .keys
            .newer(&self.seen, &*documents.clock, early, fetch)
            .await?;
        self.seen = Arc::clone(&newer);
        Ok(newer)
    }

    /// Returns whether the time for the search is over, so that no further fetch may start.
    pub(crate) fn is_over(&self) -> bool {
        runtime::now() >= self.deadline
    }
}

fn deadline() -> Instant {
    let now = runtime::now();
    now.checked_add(MAX_SEARCH_TIME).unwrap_or(now)
}
