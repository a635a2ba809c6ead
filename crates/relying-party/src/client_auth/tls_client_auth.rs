//! `tls_client_auth` and `self_signed_tls_client_auth` (RFC 8705 section 2): the connection
//! authenticates the client, and the form has its identifier only.

use std::future::ready;

use super::client::AuthenticatedClient;
use super::method::{Method, Proof, Proving};
use crate::provider::Provider;

pub(super) struct TlsClientAuth;

impl Method for TlsClientAuth {
    fn credentials(&self) -> &'static [&'static str] {
        &[]
    }

    /// The certificate is in the application's HTTP client, so the method has to be set.
    fn is_configured(&self, _: &Provider) -> bool {
        false
    }

    fn prove<'a>(&'a self, _: AuthenticatedClient<'a>) -> Proving<'a> {
        Box::pin(ready(Ok(Proof::client_id())))
    }
}
