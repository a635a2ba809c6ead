//! The integration tests: one binary, one file per concern.

mod bad_cookies;
mod callback_malformed;
mod callback_without_transaction;
mod chunked_sessions;
mod corpus;
#[cfg(feature = "interop")]
mod interop;
mod laziness;
mod lifetimes;
mod provider_faults;
mod randomness;
mod secret_rotation;
mod session_lifecycle;
mod sign_in;
mod sign_out;
mod size;
