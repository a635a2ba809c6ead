//! The provider over real sockets, as clients and browsers see it.

mod authorize;
mod client_authentication;
mod code;
mod end_session;
mod faults;
mod refresh;
mod support;
mod tokens;
