//! What is made of one set of cookie secrets, for all origins.

use std::sync::Arc;

use sealed_cookie::KeyRing;

use super::AuthLayerBuilder;
use super::stores;
use crate::persistence::fingerprints::Fingerprints;
use crate::persistence::records::SessionRecords;
use crate::store::questions::Questions;

#[derive(Clone)]
pub(super) struct Keys {
    pub(super) key_ring: KeyRing,
    pub(super) fingerprints: Arc<Fingerprints>,
    pub(super) records: Option<Arc<SessionRecords>>,
}

impl Keys {
    pub(super) fn new(
        builder: &AuthLayerBuilder,
        key_ring: KeyRing,
        questions: &Arc<Questions>,
    ) -> Self {
        Self {
            fingerprints: Arc::new(Fingerprints::of(&key_ring)),
            records: stores::records(builder, &key_ring, questions),
            key_ring,
        }
    }
}
