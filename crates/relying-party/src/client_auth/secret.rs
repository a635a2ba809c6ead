//! The client secret of one request: the one that is set, one of the application, or one that is a JWT
//! and signed now.

#[cfg(feature = "private-key-jwt")]
use super::assertion::Assertion;
use super::client::AuthenticatedClient;
#[cfg(feature = "private-key-jwt")]
use crate::credentials::SignedSecret;
use crate::credentials::{ClientSecret, SecretSource, Source};
use crate::error::{Error, ErrorKind};
use crate::secret::Secret;

impl AuthenticatedClient<'_> {
    /// Returns the client secret.
    pub(super) async fn secret(self) -> Result<Secret, Error> {
        if let Some(secret) = &self.provider.client_secret {
            return Ok(secret.clone());
        }
        match &self.provider.credentials.secret_source {
            Some(SecretSource::Function(source)) => self.secret_of_application(source).await,
            #[cfg(feature = "private-key-jwt")]
            Some(SecretSource::Signed(secret)) => self.signed_secret(secret),
            None => Err(Error::new(
                ErrorKind::Configuration,
                "client_auth.secret",
                "there is no client secret",
            )),
        }
    }

    async fn secret_of_application(self, source: &Source<ClientSecret>) -> Result<Secret, Error> {
        let secret = source.call(self.request(), "client_secret_source").await?;
        let secret = secret.into_secret();
        if secret.expose().is_empty() {
            return Err(Error::transient(
                ErrorKind::Configuration,
                "client_auth.secret",
                "`client_secret_source` returned an empty secret; nothing was sent",
                None,
            ));
        }
        Ok(secret)
    }

    #[cfg(feature = "private-key-jwt")]
    fn signed_secret(self, secret: &SignedSecret) -> Result<Secret, Error> {
        let jwt = Assertion::as_secret(self, secret)?;
        let signature = secret.key.sign(secret.algorithm, jwt.signing_input());
        let signature = signature.ok_or_else(|| {
            Error::transient(
                ErrorKind::Configuration,
                "client_auth.secret",
                "the client secret could not be signed; nothing was sent",
                None,
            )
        })?;
        Ok(jwt.into_secret(&signature))
    }
}
