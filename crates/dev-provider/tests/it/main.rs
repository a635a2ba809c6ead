//! The provider over real sockets, as clients and browsers see it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails with a panic, and so do its helpers"
)]

mod authorize;
mod client_assertions;
mod client_authentication;
mod code;
mod control;
mod end_session;
mod faults;
mod introspection;
mod logout;
mod organizations;
mod program;
mod pushed_authorization;
mod refresh;
mod resources;
mod revocation;
mod support;
mod tokens;
mod user_info;
