//! OpenID Connect as a client: signs users in at one provider with the authorization code flow, and
//! verifies the provider's responses.
//!
//! A sign-in has three steps. Between the first and the second, the browser visits the provider:
//!
//! 1. [`RelyingParty::authorization_url`] returns the URL to send the browser to. It contains values
//!    that [`TransactionSecrets`] derives from a new random seed. Store the seed in the browser, for
//!    example in a sealed cookie.
//! 2. [`AuthorizationResponse::parse`] reads the response that the browser brings back. Its state must
//!    be the one derived from the seed; [`RelyingParty::validate`] checks the rest.
//! 3. [`RelyingParty::exchange_code`] exchanges the code for tokens, and verifies the ID token before
//!    it returns them.
//!
//! After the sign-in, [`RelyingParty::refresh`] gets newer tokens, optionally for one resource or
//! organization; [`RelyingParty::user_info`] gets more claims; [`RelyingParty::introspect`] tells
//! whether a token is active; [`RelyingParty::revoke`] and [`RelyingParty::end_session_url`] sign the
//! user out at the provider. See [`RelyingParty`] for an example.
//!
//! This crate has neither cookies nor sessions nor routes. It sends requests to the provider through an
//! [`HttpClient`], which can be any Tower service ([`TowerClient`]), and takes the time from a
//! [`Clock`].
//!
//! # What it checks
//!
//! - The issuer of the discovery document, byte for byte; endpoints are https, and not in a private
//!   network if the issuer is not (OpenID Connect Discovery 1.0 section 4.3).
//! - The `iss` of the authorization response, error responses included (RFC 9207).
//! - The ID token: a signature by one of the provider's keys with an allowed algorithm, never `none`, and
//!   an HMAC with the client secret only if [`Provider::algorithms`] lists it; `iss`, `aud`, `azp`, `exp`, `iat`, `nbf`, `nonce`, `acr`, `auth_time`, `at_hash` (OpenID
//!   Connect Core 1.0 sections 3.1.3.7 and 3.1.3.8); `typ`, and no `crit` that the application does not
//!   process ([`Provider::critical_header`], RFC 7515 section 4.1.11).
//! - That a refreshed ID token belongs to the same user and the same sign-in (section 12.2).
//! - The logout token of a back-channel logout ([`RelyingParty::verify_logout_token`], OpenID Connect Back-Channel
//!   Logout 1.0 section 2.6).
//! - That a UserInfo response is about the same `sub`, and has the same `iss` if it has one; and its
//!   signature, if it has one (section 5.3.2).
//!
//! # What it supports, and what it does not
//!
//! | | supported | not supported |
//! |---|---|---|
//! | flow | authorization code (`response_type=code`) with PKCE by S256 | implicit and hybrid flows, PKCE by `plain` |
//! | authorization request | plain parameters, pushed requests (PAR, RFC 9126), single claims ([`ClaimsRequest`]) | request objects (JAR, RFC 9101) |
//! | authorization response | query, form ([`ResponseMode::FormPost`]) | `fragment`, JWTs (JARM) |
//! | client authentication | `private_key_jwt`, `client_secret_basic`, `client_secret_post`, `client_secret_jwt`, `none`; `tls_client_auth` and `self_signed_tls_client_auth` with your own HTTP client | attestations |
//! | signatures of ID tokens, logout tokens and UserInfo | RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA with Ed25519; if set, HS256, HS384, HS512 | none, ES512, ES256K |
//! | encryption of ID tokens, logout tokens and UserInfo | | all |
//! | access tokens | bearer tokens | tokens bound to a key (DPoP, client certificates) |
//! | profiles | OpenID Connect Core 1.0 | FAPI 1.0 and 2.0, which require several of the above |
//!
//! If the provider's metadata require what is not supported, [`RelyingParty::discover`] and
//! [`RelyingParty::authorization_url`] return the error `discovery.unsupported`, so that no user is
//! sent to the provider only to come back with an error. The error names each member of the metadata
//! and what to change at the provider, and is logged when the metadata are fetched. If the metadata are
//! wrong about this client, set them with [`Provider::metadata_json`].
//!
//! # Versions
//!
//! `tower-oidc`, which re-exports types of this crate, is released together with it under the same
//! version. Applications that depend on both need the same version of both, or the types differ.
//!
//! # Features
//!
//! - `hyper-client` (default): [`HyperClient`], an HTTPS client with hyper and rustls on ring.
//! - `private-key-jwt` (default): `ClientKey`, private keys by which the client authenticates, on ring.
//! - `ring` (default, and part of both): ring verifies signatures: those of RSA in a sixth of the time,
//!   of ES256 in a quarter, of ES384 and EdDSA in about the same.
//!   Without it the verifiers of `openidconnect` do, which are Rust alone and need no C compiler. They
//!   give the same answers.
//! - `aws-lc-rs`: AWS-LC instead of ring and Rust alone, for signatures, hashes and TLS.
//!
//! # Logs
//!
//! Events of `tracing` contain what an operator needs to find the cause, and no other values: URLs
//! without their queries, issuers, the number of seconds by which clocks differ, and the provider's
//! `error_description`. [`Error::detail`] keeps at most 200 characters of such text, on one line and
//! escaped, without any secret that was sent to the provider. `Display` of an error ends with it, so
//! show errors in a log and not on a page. Secrets have a redacted `Debug` and are wiped when they are
//! dropped.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod authorization_error;
mod authorization_request;
mod authorization_response;
mod authorization_url;
pub mod claims;
mod claims_request;
mod client_auth;
mod clock;
mod config_error;
mod credentials;
mod crypto;
mod end_session;
mod error;
mod fetch;
mod http_client;
mod id_token;
mod introspection;
mod json;
mod jwks;
mod log_text;
mod logout_token;
mod metadata;
mod oauth_error;
pub mod provider;
mod provider_documents;
mod pushed_authorization;
mod relying_party;
mod request_budget;
mod revocation;
mod runtime;
mod same;
pub mod scope;
mod secret;
mod special_addresses;
#[cfg(test)]
mod tests;
mod token;
mod transaction_secrets;
mod url_rules;
mod user_info;

pub use self::authorization_request::AuthorizationRequest;
pub use self::authorization_response::{
    AuthorizationCode, AuthorizationResponse, MalformedResponse,
};
#[doc(inline)]
pub use self::claims::Claims;
pub use self::claims_request::{ClaimsRequest, RequestedClaim};
pub use self::clock::{Clock, SystemClock};
pub use self::config_error::ConfigError;
pub use self::end_session::{EndSessionForm, EndSessionRequest};
pub use self::error::{Error, ErrorKind};
pub use self::http_client::{
    BoxFuture, HttpClient, RequestBody, TowerClient, TransportError, TransportErrorKind,
};
#[cfg(feature = "hyper-client")]
pub use self::http_client::{HyperClient, HyperClientBuilder};
pub use self::id_token::VerifiedIdToken;
pub use self::introspection::Introspection;
pub use self::logout_token::LogoutToken;
#[cfg(feature = "private-key-jwt")]
#[doc(inline)]
pub use self::provider::ClientKey;
#[doc(inline)]
pub use self::provider::{
    AssertionAudience, ClientAssertion, ClientAssertionRequest, ClientAuthMethod, ClientSecret,
    HmacAlgorithm, Prompt, Provider, ResponseMode, SigningAlgorithm, TokenTypeHint,
};
pub use self::relying_party::RelyingParty;
pub use self::request_budget::SentSignal;
pub use self::revocation::Revocation;
pub use self::token::{
    CodeExchange, RefreshError, RefreshRequest, RefreshedTokens, SignInTokens, TokenSet,
};
pub use self::transaction_secrets::TransactionSecrets;
pub use self::url_rules::is_loopback;

/// The README's example, compiled.
#[cfg(all(doctest, feature = "hyper-client"))]
#[doc = include_str!("../README.md")]
struct Readme;
