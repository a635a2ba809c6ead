//! Sign in with OpenID Connect in any Tower service. The session, with the user's claims and tokens, is
//! sealed into cookies, so no session store is needed. Handlers get the user and the tokens from an
//! [`AuthContext`].
//!
//! With axum 0.8:
//!
//! ```sh
//! cargo add tower-oidc --features axum
//! ```
//!
#![cfg_attr(all(feature = "axum", feature = "hyper-client"), doc = "```no_run")]
#![cfg_attr(
    not(all(feature = "axum", feature = "hyper-client")),
    doc = "```ignore"
)]
//! use axum::{Router, routing::get};
//! use tower_oidc::{AuthContext, AuthLayer, Authenticated, Provider, RequireAuth};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let auth = AuthLayer::builder()
//!     .provider(Provider::new("https://id.example.com", "client-id").client_secret("…"))
//!     .base_url("https://app.example.com")
//!     .cookie_secret(std::env::var("COOKIE_SECRET")?) // openssl rand -base64 48
//!     .build()?;
//!
//! let app: Router = Router::new()
//!     .route("/account", get(account).layer(RequireAuth::layer()))
//!     .route("/", get(home))
//!     .layer(auth); // outside of the routes that use it
//!
//! async fn home(auth: AuthContext) -> String {
//!     auth.claims().map_or("Hello stranger".into(), |claims| format!("Hello {}", claims.sub()))
//! }
//!
//! async fn account(user: Authenticated) -> String {
//!     format!("For {} only", user.claims().sub())
//! }
//! # let _ = app;
//! # Ok(())
//! # }
//! ```
//!
//! If the compiler says that the trait `Handler<_, _>` is not implemented for a handler that takes
//! [`AuthContext`] or [`Authenticated`], turn on the feature `axum`.
//!
//! With hyper, or any other Tower service, the context is an extension of the request:
//!
//! ```sh
//! cargo add tower-oidc
//! ```
//!
//! ```no_run
//! use std::convert::Infallible;
//!
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use tower::ServiceBuilder;
//! use tower_oidc::{AuthContext, AuthLayer};
//!
//! # fn example(auth: AuthLayer) {
//! let service = ServiceBuilder::new()
//!     .layer(auth)
//!     .service_fn(|request: Request<Full<Bytes>>| async move {
//!         let auth = request.extensions().get::<AuthContext>();
//!         let greeting = match auth.and_then(AuthContext::claims) {
//!             Some(claims) => format!("Hello {}", claims.sub()),
//!             None => "Hello stranger".to_owned(),
//!         };
//!         Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(greeting)))
//!     });
//! # let _ = service;
//! # }
//! ```
//!
//! At the provider, register `{base_url}/auth/callback` as the redirect URI and `{base_url}/` as the
//! post-logout redirect URI. The layer's first log line shows both.
//!
//! # Features
//!
//! - `hyper-client` (default): the HTTP client for requests to the provider, with hyper and rustls.
//! - `private-key-jwt` (default): private keys by which the client authenticates at the provider.
//! - `ring` (default, and part of both): ring verifies signatures, faster than the Rust code that does it
//!   otherwise. Turn all three off for targets without a C compiler, such as WebAssembly.
//! - `aws-lc-rs`: AWS-LC instead of ring and Rust alone, for cookies, signatures and TLS. Cookies stay valid
//!   when it is turned on or off, so instances with and without it can run side by side.
//! - `axum`: extractors for [`AuthContext`] and [`Authenticated`], and responses, for axum 0.8; and a
//!   warning when a nested router needs a [`mount_path`](AuthLayerBuilder::mount_path).
//! - `testing`: sessions without a provider, a clock that tests can move, and counters of cryptographic
//!   operations.
//!
//! # Protect a route
//!
//! - [`RequireAuth`] in front of a route or a router lets only signed-in users pass. Others are redirected
//!   to the sign-in; scripts get a 401. With
//!   [`revalidate_every`](guard::RequireAuthLayer::revalidate_every) it also asks the provider from time
//!   to time whether the user still has access.
//! - The extractor [`Authenticated`] does the same for one handler, and gives it the user.
//! - [`AuthContext`] lets everyone pass. The handler decides: [`AuthContext::claims`] is `None` for an
//!   anonymous request.
//! - A handler may return [`AuthError`]. It becomes the matching response: a redirect to the sign-in, a 401
//!   for scripts, or a 503 if the same request may succeed later, for example.
//!
//! The layer must be outside of the guard and the handlers.
//!
//! # What the layer does with a request, in order
//!
//! 1. The layer answers requests for its own paths: `/auth/sign-in`, `/auth/callback`,
//!    `/auth/sign-out`, `/auth/sign-out/continue` and `/auth/session`, compared byte by byte. Each can
//!    be renamed (the fourth with the third), and all but the callback turned off. Others are off by
//!    default: [`sign_up_path`](AuthLayerBuilder::sign_up_path),
//!    [`initiate_login_path`](AuthLayerBuilder::initiate_login_path),
//!    [`signed_out_path`](AuthLayerBuilder::signed_out_path),
//!    [`backchannel_logout_path`](AuthLayerBuilder::backchannel_logout_path),
//!    [`frontchannel_logout_path`](AuthLayerBuilder::frontchannel_logout_path),
//!    [`session_script_path`](AuthLayerBuilder::session_script_path),
//!    [`client_keys_path`](AuthLayerBuilder::client_keys_path) and
//!    [`access_token_path`](AuthLayerBuilder::access_token_path).
//! 2. Any other request goes to the inner service with an [`AuthContext`] in its extensions.
//!    Nothing is decrypted for it: the session is opened when a handler looks at the context. With a store, the layer
//!    opens it before, because a store may have to be asked.
//! 3. When the inner service answers, the layer has its last look at the response's head. If the
//!    session is due for renewal it writes the cookies, with `Cache-Control: no-store`. If the
//!    context was used, the layer adds `Vary: Cookie`, and for a signed-in user `private` to
//!    `Cache-Control`, unless the application said `public` or `s-maxage`. If nothing used the
//!    context, the response is not changed.
//! 4. [`AuthContext::sign_in`], [`AuthContext::sign_out`] and [`AuthError`] make responses that the layer
//!    replaces when the inner service returns them, so that none can forget a cookie. A response that is
//!    made and not returned changes nothing. A middleware between the handler and the layer must keep the
//!    response's extensions; a warning in the log says if a sign-in or a sign-out got lost there. A
//!    refusal that another response replaced is logged at DEBUG, because some applications want that.
//!
//! A cookie that does not open, or is not valid now, is an anonymous request. It is never an
//! error, and it is not deleted: another instance may have a newer secret. Users who are
//! signed in stay signed in while the provider is down.
//!
//! # Tokens
//!
//! [`AuthContext::access_token`] and [`AuthContext::access_token_for`] give a handler a valid token,
//! refreshed if that is due, and the response carries what changed.
//!
//! - One token request at a time for each refresh token, in a separate task: 64 requests that come
//!   with one expired token cost one, and a browser that leaves loses nothing.
//! - A request that still comes with an older cookie gets the newest tokens, for at least a minute.
//! - A failure is one of two kinds: "sign in again" (a redirect, or 401), or "try later" (503 with
//!   `Retry-After`). Neither deletes a cookie, and a token that is still valid is returned in both cases.
//!   Where signing in again did not help, the next redirect is a page that says so.
//! - Within one instance, concurrent requests never lose a session to the rotation of refresh
//!   tokens. Across instances that needs the provider's grace period for a rotated token, or a
//!   [`RefreshCoordinator`]. One loss remains: an answer that got lost on its way, after the
//!   provider had rotated, cannot be distinguished from one that was never sent.
//! - A caller waits for a refresh for 10 seconds and then gets "try later", while the request to the
//!   provider lives for 60: its result is there for the next request. See
//!   [`refresh_wait`](AuthLayerBuilder::refresh_wait), and
//!   [`freezes_between_requests`](AuthLayerBuilder::freezes_between_requests) for hosts such as AWS
//!   Lambda.
//!
//! # Which providers it works with
//!
//! With any that has the authorization code flow of OpenID Connect and PKCE; for a client with a secret, a
//! private key, or none of them. `relying-party`'s page has [a list of what is supported and what is
//! not](relying_party#what-it-supports-and-what-it-does-not): request
//! objects, encrypted ID tokens and FAPI are not, for example. A
//! provider whose metadata demand such a thing is an error of [`AuthLayer::discover`] and of the sign-in,
//! before the user leaves; the log names what to change at the provider. A member of the metadata that no
//! sign-in needs and that is malformed counts as absent, with a warning.
//!
//! # Several providers
//!
//! Give each provider an id with [`provider_with_id`](AuthLayerBuilder::provider_with_id), or list the ids in
//! `AUTH_PROVIDERS`; [`from_env`](AuthLayerBuilder::from_env) says how to name the variables of each.
//! `/auth/sign-in/{id}` starts a sign-in at a provider, and its redirect URI is `/auth/callback/{id}`.
//!
//! ```
//! use tower_oidc::{AuthContext, AuthLayer, AuthLayerBuilder, Provider, SignIn};
//!
//! fn builder() -> AuthLayerBuilder {
//!     AuthLayer::builder()
//!         .provider_with_id("logto", Provider::logto("https://tenant.logto.app", "app-id"))
//!         .provider_with_id("acme", Provider::new("https://id.acme.example", "client-id").name("Acme"))
//!         .choose_provider(true) // `/auth/sign-in` shows a page with both
//! }
//!
//! /// Starts a sign-in at one of them, without that page.
//! fn staff(auth: &AuthContext) -> SignIn {
//!     auth.sign_in().provider("acme")
//! }
//!
//! /// Where the user signed in.
//! fn account(auth: &AuthContext) -> Option<String> {
//!     Some(format!("Signed in with {}", auth.provider()?.name()?))
//! }
//! ```
//!
//! A sign-in that names no provider goes to the provider of the session if there is one, and otherwise to
//! the first provider, or to the page of [`choose_provider`](AuthLayerBuilder::choose_provider). For a page
//! of your own, [`AuthContext::providers`] has a name and a link for each. A session stays with its
//! provider: no other one gets its tokens. The same `sub` at two providers is two users, so identify users by
//! `iss` and `sub` together.
//!
//! # A provider for each customer
//!
//! [`provider_resolver`](AuthLayerBuilder::provider_resolver) finds providers at request time, by the user's email
//! domain, by host, by organization or by a key in the path, in a database or in a
//! [`ProviderDirectory`](provider::ProviderDirectory). Opening a session asks nobody.
//!
//! # Several origins, proxies, prefixes
//!
//! With one [`base_url`](AuthLayerBuilder::base_url) the layer ignores the host that a request names. With
//! an [`additional_base_url`](AuthLayerBuilder::additional_base_url) the host chooses among the origins, and
//! each has its own keys. A proxy that changes `Host` is declared with
//! [`trusted_proxy`](AuthLayerBuilder::trusted_proxy) and recognized by [`PeerAddress`], which also lets
//! sign-ins of different networks take turns under load.
//!
//! [`mount_path`](AuthLayerBuilder::mount_path) is the prefix that an outer router removes.
//! [`strip_cookies`](AuthLayerBuilder::strip_cookies) hides the layer's cookies from the service
//! behind it. With [`signed_out_path`](AuthLayerBuilder::signed_out_path) one registered URI serves
//! all sign-outs.
//!
//! # Signing out
//!
//! A POST to `/auth/sign-out`, or [`AuthContext::sign_out`] in a handler, ends the session here, revokes the
//! refresh token ([`revoke_at_sign_out`](AuthLayerBuilder::revoke_at_sign_out)), and leads the browser to the
//! provider, which ends its own session (OpenID Connect RP-Initiated Logout 1.0).
//! [`SignOut::local_only`] leaves the provider's session.
//!
//! The provider gets the session's ID token in the URL, unless it is longer than
//! [`max_logout_url_length`](AuthLayerBuilder::max_logout_url_length). Then a provider with
//! [`Provider::end_session_by_form`] gets it from a page that submits a form by itself; any other gets the
//! user's `sub` instead, and may ask the user. Behind a service worker, and without Fetch Metadata, there is no
//! form.
//! [`refresh_expired_hint`](AuthLayerBuilder::refresh_expired_hint) is for providers that refuse an expired ID
//! token, and [`clear_site_data`](AuthLayerBuilder::clear_site_data) lets the browser delete what it stored.
//!
//! # Serverless
//!
//! AWS Lambda gives an instance one request at a time and freezes it after its response. Single flight
//! never helps there, and work that a response leaves behind stops.
//!
//! - [`freezes_between_requests(true)`](AuthLayerBuilder::freezes_between_requests): handlers wait for
//!   their refreshes, and no request to the provider lives for more than 10 seconds.
//! - [`AuthLayer::drain_for`] before each response waits for the rest, such as the revocation after a
//!   sign-out. With a limit of 10 seconds, a provider that answers within that time loses nothing. What
//!   takes longer may be lost; a warning in the log and an event say so
//!   ([`AuthEventKind::RefreshFailed`] or [`AuthEventKind::DrainIncomplete`]).
//! - [`Provider::metadata_json`] (`AUTH_METADATA_FILE`): no request to the provider before the first
//!   redirect. [`Provider::jwks_json`] (`AUTH_JWKS_FILE`) saves the one for the keys, too; but when the
//!   provider replaces its keys, sign-ins and refreshes fail until this setting is replaced.
//! - [`max_cookies(2)`](AuthLayerBuilder::max_cookies) behind Amazon's API Gateway, which accepts 10,240
//!   bytes of request line and headers.
//! - Two requests of one user at the same moment run in two instances, and may send the same refresh token.
//!   That needs the provider's grace period for a rotated token, or a [`RefreshCoordinator`].
//!
//! The repository's `examples/lambda` does all of it, and runs in the tests on an emulator.
//!
//! # What stateless means
//!
//! Unless you give the layer a store, a copied cookie lives to its idle or absolute end, also after its owner
//! signed out. An older cookie can be put back by its owner. Lower the lifetimes where that
//! matters, or use a store:
//!
//! - With a [`revocation_store`](AuthLayerBuilder::revocation_store), all instances refuse a session that has ended from
//!   its next request on. [`AuthContext::sign_out_everywhere`], [`AuthLayer::revoke_sessions_of`] and the provider's
//!   reports of sign-outs need it. Each request with a session cookie then waits for the store.
//! - With a [`session_store`](AuthLayerBuilder::session_store), sessions may be larger than cookies.
//! - [`MemoryStore`] is both for one instance. The crates `tower-oidc-redis` and `tower-oidc-stores` have others.
//!
//! The repository's README compares them in one table.
//!
//! # Versions
//!
//! `relying-party` and `sealed-cookie`, whose types this crate re-exports, are released together with it
//! under the same version. Applications that also depend on one of them directly need the version of
//! this crate, or the types differ.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod circuit_breaker;
pub mod claims;
mod components;
mod config_error;
mod context;
mod event;
mod flow;
mod format;
pub mod guard;
mod hook_call;
pub mod hooks;
mod layer;
mod log_limit;
mod origin;
mod persistence;
pub mod provider;
mod random;
mod refresh;
mod revocation;
mod runtime;
mod secrets;
mod session;
mod sign_in;
mod store;
mod task_count;
#[cfg(feature = "testing")]
pub mod testing;
mod web;

pub use self::builder::AuthLayerBuilder;
pub use self::config_error::ConfigError;
pub use self::context::authenticated::{Authenticated, Refreshed};
pub use self::context::error::AuthError;
pub use self::context::error_kind::AuthErrorKind;
#[cfg(feature = "axum")]
pub use self::context::extract::{AuthRejection, MissingLayer};
pub use self::context::logout_url::LogoutUrl;
pub use self::context::logto;
pub use self::context::provider::RegisteredProvider;
pub use self::context::sign_in::SignIn;
pub use self::context::sign_out::SignOut;
pub use self::context::signed_out_state::SignedOutState;
pub use self::context::typed_user::User;
pub use self::context::{AuthContext, AuthState};
pub use self::event::{AuthEvent, AuthEventKind, AuthEventReason};
#[doc(inline)]
pub use self::guard::{Require, RequireAuth, Requirement};
pub use self::layer::AuthLayer;
pub use self::layer::future::ResponseFuture;
pub use self::layer::origins::PeerAddress;
pub use self::layer::service::Auth;
pub use self::refresh::{
    CoordinatorError, LockOutcome, LockRequest, RefreshCoordinator, RevokeAtSignOut, StoredSession,
    UnlockRequest,
};
pub use self::secrets::{SecretSource, TimedSecret};
pub use self::session::data::DataError;
pub use self::session::not_signed_in::NotSignedIn;
pub use self::session::public_tokens::{AccessToken, IdToken};
pub use self::session::size::SessionSize;
pub use self::store::{
    MemoryStore, Revocation, RevocationStore, SaveOutcome, SaveRequest, SessionStore, StoreError,
    StoredRecord,
};
pub use self::web::body::ResponseBody;
pub use self::web::site_data::SiteData;

// Named in the builder's methods, and needed by every application or by those that implement a trait.
#[doc(inline)]
pub use relying_party::{
    BoxFuture, Claims, Clock, HttpClient, Prompt, Provider, RequestBody, SystemClock, TowerClient,
    TransportError, TransportErrorKind,
};
#[doc(inline)]
pub use sealed_cookie::{Entropy, EntropyError, OsEntropy};

/// Compiles the README's example.
#[cfg(all(doctest, feature = "axum", feature = "hyper-client"))]
#[doc = include_str!("../../../README.md")]
struct Readme;
