//! What the layer keeps outside of cookies, if the application gives it a store: small traits over bytes.

pub(crate) mod call;
mod error;
mod memory_records;
mod memory_store;
pub(crate) mod questions;
mod revocation_store;
mod session_store;

pub use self::error::StoreError;
pub use self::memory_store::MemoryStore;
pub use self::revocation_store::{Revocation, RevocationStore};
pub use self::session_store::{SaveOutcome, SaveRequest, SessionStore, StoredRecord};
