//! The credentials of the client, besides a fixed secret.

mod assertion_file;
mod audience;
mod hmac;
mod method_name;
#[cfg(feature = "private-key-jwt")]
mod signing_key;
mod source;

use std::fmt;
use std::sync::Arc;

use base64_simd::URL_SAFE_NO_PAD;

pub(crate) use self::assertion_file::{AssertionFile, Unreadable};
pub use self::audience::AssertionAudience;
pub use self::hmac::HmacAlgorithm;
pub use self::method_name::ClientAuthMethod;
#[cfg(feature = "private-key-jwt")]
pub use self::signing_key::ClientKey;
#[cfg(feature = "private-key-jwt")]
pub(crate) use self::signing_key::key_set;
#[cfg(feature = "private-key-jwt")]
pub(crate) use self::source::SignedSecret;
pub(crate) use self::source::{AssertionSource, SecretSource, Source};
pub use self::source::{ClientAssertion, ClientAssertionRequest, ClientSecret};
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::runtime::BoxError;
use crate::same::are_same;

/// 128 random bits, so that no two assertions have the same identifier.
const ID_BYTES: usize = 16;

/// What the settings contain for the authentication of the client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) secret_source: Option<SecretSource>,
    pub(crate) hmac_algorithm: Option<HmacAlgorithm>,
    pub(crate) assertion_source: Option<AssertionSource>,
    /// The first one signs; the others are published only.
    #[cfg(feature = "private-key-jwt")]
    pub(crate) keys: Vec<ClientKey>,
    pub(crate) audience: AssertionAudience,
    pub(crate) random: Option<RandomSource>,
}

/// Where the identifiers of assertions come from.
#[derive(Clone)]
pub(crate) struct RandomSource(Arc<FillRandom>);

type FillRandom = dyn Fn(&mut [u8]) -> Result<(), BoxError> + Send + Sync;

impl RandomSource {
    pub(crate) fn new(
        fill: impl Fn(&mut [u8]) -> Result<(), BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(fill))
    }
}

impl Credentials {
    /// Whether the other ones authenticate the client in the same way.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let (secrets, others) = (self.secret_source.as_ref(), other.secret_source.as_ref());
        let (assertions, other_assertions) = (
            self.assertion_source.as_ref(),
            other.assertion_source.as_ref(),
        );
        are_same(secrets, others, SecretSource::is_same)
            && are_same(assertions, other_assertions, AssertionSource::is_same)
            && are_same(self.random.as_ref(), other.random.as_ref(), |one, other| {
                Arc::ptr_eq(&one.0, &other.0)
            })
            && self.has_same_keys(other)
    }

    #[cfg(feature = "private-key-jwt")]
    fn has_same_keys(&self, other: &Self) -> bool {
        let mut pairs = self.keys.iter().zip(&other.keys);
        self.keys.len() == other.keys.len() && pairs.all(|(one, other)| one.is_same_key(other))
    }

    #[cfg(not(feature = "private-key-jwt"))]
    fn has_same_keys(&self, _: &Self) -> bool {
        true
    }

    pub(crate) fn has_assertion(&self) -> bool {
        self.assertion_source.is_some() || self.has_keys()
    }

    /// Whether assertions are made for an audience. The one in a file is for whom its maker decided.
    pub(crate) fn signs_assertions(&self) -> bool {
        let is_function = |source: &_| matches!(source, AssertionSource::Function(_));
        self.has_keys() || self.assertion_source.as_ref().is_some_and(is_function)
    }

    pub(crate) fn has_keys(&self) -> bool {
        #[cfg(feature = "private-key-jwt")]
        return !self.keys.is_empty();
        #[cfg(not(feature = "private-key-jwt"))]
        false
    }

    #[cfg(feature = "private-key-jwt")]
    pub(crate) fn has_key_of(&self, other: &Self) -> bool {
        let is_there = |key: &ClientKey| other.keys.iter().any(|other| other.is_same_pair(key));
        self.keys.iter().any(is_there)
    }

    #[cfg(not(feature = "private-key-jwt"))]
    pub(crate) fn has_key_of(&self, _: &Self) -> bool {
        false
    }

    /// Returns the path of the assertion, if it is in a file and its path is text.
    pub(crate) fn assertion_file(&self) -> Option<&str> {
        match self.assertion_source.as_ref()? {
            AssertionSource::File(file) => file.path().to_str(),
            AssertionSource::Function(_) => None,
        }
    }

    pub(crate) fn check_random(&self) -> Result<(), ConfigError> {
        match self.random {
            Some(_) => Ok(()),
            None => Err(ConfigError::new(
                "random_source",
                "is required for assertions, each of which needs a new identifier",
                "give a function that fills a buffer with random bytes of the operating system",
            )),
        }
    }

    /// Returns a new identifier for an assertion.
    pub(crate) fn fresh_id(&self) -> Result<String, Error> {
        let failed = || {
            Error::transient(
                ErrorKind::Configuration,
                "client_auth.random",
                "there are no random bytes for the assertion of the client; nothing was sent",
                None,
            )
        };
        let mut bytes = [0; ID_BYTES];
        let source = self.random.as_ref().ok_or_else(failed)?;
        (source.0)(&mut bytes).map_err(|_| failed())?;
        Ok(URL_SAFE_NO_PAD.encode_to_string(bytes))
    }
}

impl fmt::Debug for RandomSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RandomSource")
    }
}
