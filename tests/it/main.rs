//! The integration tests: one binary, one file per concern.

mod corpus;
#[cfg(feature = "interop")]
mod interop;
mod laziness;
mod sign_in;
