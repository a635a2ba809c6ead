//! The tools of the integration tests.
//!
//! Everything runs in one process over real loopback sockets: [`server`] serves a Tower service on
//! a free port, [`browser`] visits it as RFC 6265bis and the Fetch standard say that a browser
//! does, and [`clock`] holds the time for the lifetimes of cookies and for the code under test. No
//! test sleeps, and none depends on another.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::return_self_not_must_use,
    reason = "a harness that meets the unexpected must fail its test, and only tests depend on it"
)]

pub mod app;
pub mod browser;
pub mod callback;
pub mod clock;
pub mod faulty_client;
pub mod faulty_session_store;
pub mod faulty_store;
pub mod gate;
pub mod instance_process;
pub mod lambda;
pub mod late_body;
pub mod oidc_provider;
pub mod oidc_provider_mock;
mod provider_process;
mod random_text;
#[cfg(feature = "interop")]
pub mod redis_server;
pub mod server;
pub mod session_store_contract;
pub mod store_contract;
pub mod tenants;
mod tokens;
pub mod two_layers;
pub mod two_providers;
pub mod upgrades;
pub mod visits;
pub mod vite;

pub use self::app::App;
pub use self::browser::Browser;
pub use self::clock::TestClock;
pub use self::faulty_client::FaultyClient;
pub use self::faulty_session_store::{FaultySessionStore, SessionStoreFault};
pub use self::faulty_store::{FaultyStore, StoreFault};
pub use self::gate::Gate;
pub use self::lambda::LambdaInstance;
pub use self::late_body::LateBody;
pub use self::oidc_provider::OidcProvider;
pub use self::oidc_provider_mock::OidcProviderMock;
pub use self::random_text::random_text;
#[cfg(feature = "interop")]
pub use self::redis_server::RedisServer;
pub use self::server::{Listener, TestServer};
pub use self::tenants::Tenants;
pub use self::two_providers::TwoProviders;
