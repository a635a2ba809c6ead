//! An OpenID Provider for development and tests: in-process or as a binary.
//!
//! It speaks the authorization code flow with PKCE (RFC 7636), signs ID tokens with real keys
//! (ES384 and RS256), rotates refresh tokens and notices a replay, issues access tokens for
//! resources (RFC 8707) and for organizations as Logto does, introspects (RFC 7662) and revokes
//! (RFC 7009) them, keeps a session of its own so that single sign-on works, and signs out by
//! RP-Initiated Logout 1.0. Ready-made users need no password.
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
//! `/token`, `/userinfo`, `/introspect`, `/revoke` and `/end_session`. The last one is at `/session/end`
//! too, where GenAuth has it without naming it in its metadata.
//!
//! # Tokens
//!
//! | access token for | asked for by | form |
//! |---|---|---|
//! | the userinfo endpoint | nothing | opaque |
//! | a [`Resource`] | `resource`, named at the authorization as well | JWT (RFC 9068), `aud` is the resource |
//! | an organization | `organization_id` on a refresh, with the scope `urn:logto:scope:organizations` | JWT, `aud` is `urn:logto:organization:{id}` |
//! | both | both | JWT, `aud` is the resource, claim `organization_id` |
//!
//! The `scope` of an access token is that part of the granted one which its audience knows.
//!
//! With `offline_access` there is a refresh token. Each refresh ends it and gives a new one; who
//! presents one that has ended ends the whole grant, access tokens included. A refresh that was
//! refused spends nothing. Faults whose names begin with `Refresh`, such as
//! [`Fault::RefreshUnavailable`], leave the code exchange alone, so that a session can begin
//! before its refreshes fail.
//!
//! # While a test runs
//!
//! * [`DevProvider::hold`] keeps requests waiting, so that a test can look at a flight under way;
//! * [`DevProvider::go_down`] and [`DevProvider::come_back`] are an outage that forgets nothing;
//! * [`DevProvider::disable_user`] takes a user's access away;
//! * [`DevProvider::set_access_token_lifetime`] makes the next access tokens short-lived;
//! * [`DevProvider::refreshes`], [`DevProvider::revocations`] and their like tell what was asked.
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
mod endpoint;
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
pub use self::endpoint::Endpoint;
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
