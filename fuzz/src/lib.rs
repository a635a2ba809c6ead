//! What attackers may send, one function for each target. Each must return for every input; a panic
//! is a finding, and so is an input that passes where none may.
//!
//! The functions are called by the coverage-guided fuzzer (`fuzz_targets/`), and with every file of
//! `corpus/` by an ordinary test. They use public interfaces only, so they take the same path as an
//! attacker's bytes.

use std::sync::{LazyLock, Mutex};

mod after_sign_in;
mod cookies;
mod layer;
mod provider;
mod seeds;

pub use self::after_sign_in::{introspection, introspects, refresh_response, refreshes, user_info};
pub use self::cookies::{cookie_header, open};
pub use self::layer::{
    begins_an_exchange, callback_query, return_to, sends_the_code, session, tokens_of, transaction,
};
pub use self::provider::{
    discovery_document, ends_sessions, id_token, id_token_claims, jwks, logout_token,
    token_response, verifies,
};
pub use self::seeds::{Seed, seeds};

/// A target: its name, which is also the name of its folder in `corpus/`, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 15] = [
    ("callback_query", callback_query),
    ("cookie_header", cookie_header),
    ("discovery_document", discovery_document),
    ("id_token", id_token),
    ("id_token_claims", id_token_claims),
    ("introspection", introspection),
    ("jwks", jwks),
    ("logout_token", logout_token),
    ("open", open),
    ("refresh_response", refresh_response),
    ("return_to", return_to),
    ("session", session),
    ("token_response", token_response),
    ("transaction", transaction),
    ("user_info", user_info),
];

/// Its clock jumps to the next timer instead of waiting.
static RUNTIME: LazyLock<Mutex<tokio::runtime::Runtime>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    Mutex::new(runtime.expect("a runtime"))
});

/// Runs a future that waits for timers only.
fn ready<F: Future>(future: F) -> F::Output {
    RUNTIME.lock().expect("no target panicked").block_on(future)
}
