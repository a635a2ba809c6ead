//! All methods, in the order in which they are chosen among those that the provider supports.

use super::method::Method;
use super::{
    client_secret_basic, client_secret_jwt, client_secret_post, none, private_key_jwt,
    tls_client_auth,
};
use crate::credentials::ClientAuthMethod;

pub(super) const METHODS: &[(ClientAuthMethod, &dyn Method)] = &[
    (
        ClientAuthMethod::PrivateKeyJwt,
        &private_key_jwt::PrivateKeyJwt,
    ),
    (
        ClientAuthMethod::ClientSecretBasic,
        &client_secret_basic::ClientSecretBasic,
    ),
    (
        ClientAuthMethod::ClientSecretPost,
        &client_secret_post::ClientSecretPost,
    ),
    (
        ClientAuthMethod::ClientSecretJwt,
        &client_secret_jwt::ClientSecretJwt,
    ),
    (
        ClientAuthMethod::TlsClientAuth,
        &tls_client_auth::TlsClientAuth,
    ),
    (
        ClientAuthMethod::SelfSignedTlsClientAuth,
        &tls_client_auth::TlsClientAuth,
    ),
    (ClientAuthMethod::None, &none::None),
];
