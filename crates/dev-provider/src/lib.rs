//! An OpenID Provider for development and tests, which runs inside a test or as a program.
//!
//! - It implements the authorization code flow with PKCE (RFC 7636).
//! - It signs ID tokens with ES384 or RS256.
//! - It rotates refresh tokens and detects their reuse.
//! - It issues access tokens for resources (RFC 8707), and for organizations as Logto does. They
//!   can be introspected (RFC 7662) and revoked (RFC 7009).
//! - It verifies the secrets of its clients, or the JWTs that they sign (`client_secret_jwt`,
//!   `private_key_jwt`); see [`Client`].
//! - It has sessions, so that single sign-on works, and OpenID Connect RP-Initiated Logout 1.0, which tells clients
//!   by Back-Channel and Front-Channel Logout 1.0.
//! - Predefined users sign in without a password.
//! - Each [`Fault`] makes it misbehave in one way, so that a test can show how a relying party
//!   reacts.
//!
//! **Use it for development and tests only.** Everyone who can connect to its port can sign in as
//! any user. Its RSA keys and its first ES384 key are public.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use oidc_dev_provider::{DEV_CLIENT_ID, DevProvider, Fault};
//!
//! let provider = DevProvider::start().await?;
//! assert!(provider.issuer().starts_with("http://127.0.0.1:"));
//!
//! // Configure the relying party with `provider.issuer()` and the client `DEV_CLIENT_ID`. Sign in as
//! // "alice". The relying party must refuse the ID token, because it has expired:
//! # let _ = DEV_CLIENT_ID;
//! provider.add_fault(Fault::IdTokenExpired);
//! # Ok(())
//! # }
//! ```
//!
//! # Endpoints
//!
//! [`DevProvider::issuer`] is followed by `/.well-known/openid-configuration`, `/jwks`,
//! `/authorize`, `/par`, `/token`, `/userinfo`, `/introspect`, `/revoke` or `/end_session`. The
//! last endpoint is also available at `/session/end`, where GenAuth has it although its metadata does
//! not mention it.
//!
//! # Tokens
//!
//! | access token for | requested with | format |
//! |---|---|---|
//! | the userinfo endpoint | no parameter | opaque |
//! | a [`Resource`] | `resource`, also in the authorization request | JWT (RFC 9068), `aud` is the resource |
//! | an organization | `organization_id` on a refresh, with the scope `urn:logto:scope:organizations` | JWT, `aud` is `urn:logto:organization:{id}` |
//! | both | both | JWT, `aud` is the resource, claim `organization_id` |
//!
//! The `scope` of an access token contains those granted scopes that its audience supports.
//!
//! With the scope `offline_access`, the response contains a refresh token. Each refresh invalidates
//! it and returns a new one. Using an invalidated refresh token again ends the whole grant, with
//! all access tokens. A refresh that is refused does not invalidate the refresh token. Faults whose
//! names begin with `Refresh`, such as [`Fault::RefreshUnavailable`], do not affect the code
//! exchange, so that a session can start before its refreshes fail.
//!
//! # While a test runs
//!
//! * [`DevProvider::hold`] keeps requests waiting, so that a test can act while they are in flight.
//! * [`DevProvider::go_down`] and [`DevProvider::come_back`] make an outage that loses no data.
//! * [`DevProvider::disable_user`] revokes a user's access.
//! * [`DevProvider::sign_out_user`] ends a user's sessions and tells the clients;
//!   [`DevProvider::logout_token`] returns a logout token for a test.
//! * [`DevProvider::set_access_token_lifetime`] changes the lifetime of the next access tokens.
//! * [`DevProvider::refreshes`], [`DevProvider::revocations`] and similar methods return the
//!   requests that the provider received.
//!
//! # Signing in without a person
//!
//! `GET /authorize?…` returns a page with one form and no script. Its hidden fields repeat the
//! authorization request. Post them to `/authorize` together with `user=alice` (or `cancel=yes`):
//! the response redirects to the client. With [`DevProviderBuilder::consent`], a second page of
//! this kind asks for `consent=allow`.
//!
//! The session at the provider is in the cookie `dev_provider_session`. While it exists,
//! `/authorize` redirects without a page.

mod builder;
mod client_keys;
mod clients;
mod clock;
mod endpoint;
mod endpoints;
mod faults;
mod held_requests;
mod jwt;
mod keys;
mod logout;
mod pages;
mod parameters;
mod provider;
mod random;
mod request_log;
mod resources;
mod runtime;
mod secret;
mod server;
mod state;
mod store;
mod token_draft;
mod used_assertions;
mod users;

pub use self::builder::DevProviderBuilder;
pub use self::client_keys::InvalidJwkSet;
pub use self::clients::{Client, DEV_CLIENT_ID, DEV_CLIENT_SECRET};
pub use self::endpoint::Endpoint;
pub use self::faults::{Fault, UnknownFault};
pub use self::held_requests::HeldRequests;
pub use self::keys::SigningAlgorithm;
pub use self::provider::DevProvider;
pub use self::request_log::{BackchannelLogout, RecordedRequest, RequestCounters};
pub use self::resources::Resource;
pub use self::users::User;

/// Tests the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
