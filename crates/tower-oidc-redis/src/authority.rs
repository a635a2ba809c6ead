//! Whose certificates are trusted for TLS.

use redis::ConnectionInfo;

use crate::config_error::RedisConfigError;

/// The PEM of the authority that the application trusts; `None` for Mozilla's list.
#[derive(Clone, Default)]
pub(crate) struct Authority(Option<Vec<u8>>);

impl Authority {
    #[cfg(feature = "tls")]
    pub(crate) fn from_pem(pem: Vec<u8>) -> Self {
        Self(Some(pem))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// # Errors
    ///
    /// If the certificate is not PEM.
    pub(crate) fn client(self, server: ConnectionInfo) -> Result<redis::Client, RedisConfigError> {
        #[cfg(feature = "tls")]
        if self.0.is_some() {
            return redis::Client::build_with_tls(server, self.certificates()?)
                .map_err(|_| NOT_PEM);
        }
        redis::Client::open(server).map_err(|_| RedisConfigError::Url("cannot be used"))
    }

    #[cfg(feature = "cluster")]
    pub(crate) fn trusted_by_cluster(
        self,
        builder: redis::cluster::ClusterClientBuilder,
    ) -> Result<redis::cluster::ClusterClientBuilder, RedisConfigError> {
        #[cfg(feature = "tls")]
        if self.0.is_some() {
            return Ok(builder.certs(self.certificates()?));
        }
        Ok(builder)
    }

    #[cfg(feature = "sentinel")]
    pub(crate) fn trusted_by_sentinels(
        self,
        builder: redis::sentinel::SentinelClientBuilder,
    ) -> Result<redis::sentinel::SentinelClientBuilder, RedisConfigError> {
        #[cfg(feature = "tls")]
        if self.0.is_some() {
            let certificates = self.certificates()?;
            return Ok(builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates));
        }
        Ok(builder)
    }

    /// The client takes a text without a certificate for an empty list, and then trusts no server.
    #[cfg(feature = "tls")]
    fn certificates(self) -> Result<redis::TlsCertificates, RedisConfigError> {
        use rustls::pki_types::CertificateDer;
        use rustls::pki_types::pem::PemObject;

        let pem = self.0.unwrap_or_default();
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        if all.map_or(true, |all| all.is_empty()) {
            return Err(NOT_PEM);
        }
        Ok(redis::TlsCertificates {
            client_tls: None,
            root_cert: Some(pem),
        })
    }
}

#[cfg(feature = "tls")]
const NOT_PEM: RedisConfigError = RedisConfigError::Certificate("is not one");

/// The client uses rustls' default for the process, and panics if a build has two to choose from.
#[cfg(feature = "tls")]
pub(crate) fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread has chosen in the meantime.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

#[cfg(not(feature = "tls"))]
pub(crate) fn choose_cryptography() {}
