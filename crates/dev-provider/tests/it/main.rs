//! The provider over real sockets, as clients and browsers see it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails, in its helpers as well"
)]

mod authorize;
mod client_authentication;
mod code;
mod end_session;
mod faults;
mod refresh;
mod support;
mod tokens;
