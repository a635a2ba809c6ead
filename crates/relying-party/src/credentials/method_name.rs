//! The names of the authentication methods.

use crate::provider::registered_names;

registered_names! {
    /// How the client authenticates at the token endpoint, and at all other endpoints that it sends
    /// requests to itself (OpenID Connect Core 1.0 section 9).
    ClientAuthMethod {
        /// A JWT that proves the possession of a private key ([`Provider::client_private_keys`]), or
        /// one that the application obtains elsewhere ([`Provider::client_assertion_source`],
        /// [`Provider::client_assertion_file`]).
        ///
        /// [`Provider::client_private_keys`]: crate::Provider::client_private_keys
        /// [`Provider::client_assertion_source`]: crate::Provider::client_assertion_source
        /// [`Provider::client_assertion_file`]: crate::Provider::client_assertion_file
        PrivateKeyJwt = "private_key_jwt",
        /// Client identifier and secret in the `Authorization` header (RFC 6749 section 2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// Client identifier and secret in the body of the request (RFC 6749 section 2.3.1).
        ClientSecretPost = "client_secret_post",
        /// A JWT with an HMAC under the client secret, which is not sent itself.
        ClientSecretJwt = "client_secret_jwt",
        /// The TLS certificate of the client, issued by an authority that the provider trusts (RFC 8705
        /// section 2.1). See [`Provider::client_auth_method`].
        ///
        /// [`Provider::client_auth_method`]: crate::Provider::client_auth_method
        TlsClientAuth = "tls_client_auth",
        /// The TLS certificate of the client, which is registered at the provider (RFC 8705 section
        /// 2.2). See [`Provider::client_auth_method`].
        ///
        /// [`Provider::client_auth_method`]: crate::Provider::client_auth_method
        SelfSignedTlsClientAuth = "self_signed_tls_client_auth",
        /// No authentication: the client is public.
        None = "none",
    }
}
