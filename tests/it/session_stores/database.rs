//! A database with a table of sessions.

use base64_simd::URL_SAFE_NO_PAD;
use tower_sessions_core::session::Id;
use tower_sessions_core::{ExpiredDeletion, SessionStore};

/// A table of sessions, and a store that uses it.
pub(super) trait Database {
    type Store: SessionStore + ExpiredDeletion + Clone;

    /// What it says if there is no table `absent`.
    const NO_TABLE: &str;

    async fn start() -> Self;

    fn store(&self) -> Self::Store;

    /// The same over a table `absent`, which nobody has created.
    fn store_without_table(&self) -> Self::Store;

    /// The column `data` of the row with this key.
    async fn data(&self, key: &str) -> Vec<u8>;

    async fn set_data(&self, key: &str, data: &[u8]);

    async fn rows(&self) -> i64;
}

/// The key of a session's row.
pub(super) fn id(session: &str) -> Id {
    let hash = URL_SAFE_NO_PAD.decode_to_vec(session).expect("base64url");
    Id(i128::from_le_bytes(*hash.first_chunk().expect("32 bytes")))
}
