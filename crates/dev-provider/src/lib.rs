//! An OpenID Provider for development and tests: in-process or as a binary.
//!
//! It speaks the authorization code flow with PKCE (RFC 7636), signs ID tokens with real keys
//! (ES384 and RS256), rotates refresh tokens, keeps a session of its own so that single sign-on
//! works, and signs out by RP-Initiated Logout 1.0. Ready-made users need no password.
//! Every [`Fault`] is a named switch for one misbehaviour, so that a test of a relying party reads
//! as a sentence.
//!
//! **For development and tests only.** Anyone who reaches its port signs in as any user, and its
//! RSA keys are public.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use oidc_dev_provider::{DEV_CLIENT_ID, DevProvider, Fault};
//!
//! let provider = DevProvider::start().await?;
//! assert!(provider.issuer().starts_with("http://127.0.0.1:"));
//!
//! // Point the relying party at `provider.issuer()` with the client `DEV_CLIENT_ID`,
//! // let it sign "alice" in, then see what it does with an ID token that has expired.
//! # let _ = DEV_CLIENT_ID;
//! provider.add_fault(Fault::IdTokenExpired);
//! # Ok(())
//! # }
//! ```
//!
//! # Endpoints
//!
//! Below [`DevProvider::issuer`]: `/.well-known/openid-configuration`, `/jwks`, `/authorize`,
//! `/token`, `/userinfo` and `/end_session`.
//!
//! # Signing in without a person
//!
//! `GET /authorize?…` answers a page with one form and no script. Its hidden fields repeat the
//! authorization request; post them to `/authorize` together with `user=alice` (or `cancel=yes`),
//! and the answer is the redirect to the client. With [`DevProviderBuilder::consent`] a second
//! page of the same kind asks for `consent=allow`.
//!
//! The session at the provider is the cookie `dev_provider_session`: as long as it lives,
//! `/authorize` redirects without a page.

mod builder;
mod clients;
mod clock;
mod endpoints;
mod faults;
mod held;
mod jwt;
mod keys;
mod observed;
mod pages;
mod parameters;
mod provider;
mod random;
mod resources;
mod server;
mod state;
mod store;
mod users;

pub use self::builder::DevProviderBuilder;
pub use self::clients::{Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET};
pub use self::endpoints::Endpoint;
pub use self::faults::{Fault, UnknownFault};
pub use self::held::Held;
pub use self::keys::SigningAlgorithm;
pub use self::observed::{Counters, RecordedRequest};
pub use self::provider::DevProvider;
pub use self::resources::Resource;
pub use self::users::User;

/// Compiles and runs the README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
