//! The integration tests: one binary, one file per concern.

mod laziness;
mod sign_in;
