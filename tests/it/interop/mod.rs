//! Third-party providers: npm's `oidc-provider`, which the OpenID Foundation certified, and PyPI's
//! `oidc-provider-mock`. They need node and Python, so they are behind the feature `interop`.

mod acr;
mod authorization_response;
mod backchannel_logout;
mod certificate;
mod claims_request;
mod client_authentication;
mod demands;
mod issuers;
mod keys;
mod many_users;
mod oidc_provider_mock;
mod outages;
mod refresh;
mod requirements;
mod session_size;
mod signatures;
mod site;
