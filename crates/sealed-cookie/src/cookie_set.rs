//! Many cookies of one kind, each with an id in its name.

use std::time::Duration;

use crate::attributes::CookieAttributes;
use crate::chunk::MAX_VALUE;
use crate::config_error::ConfigError;
use crate::encoding;
use crate::entropy::Entropy;
use crate::error::{OpenError, OpenErrorKind, SealError};
use crate::name::CookieName;
use crate::opened_value::OpenedValue;
use crate::received::{Id, ReceivedCookieSet};
use crate::request::NamePrefix;
use crate::sealer::{self, Sealer};
use crate::set_cookie::SetCookies;

/// Cookies that exist at the same time, each with a 16-byte id and a sealed value of at most 3,500
/// characters. An example are the unfinished sign-ins of a browser, one for each tab.
///
/// The name of a cookie is `{name}.{id}`, with the id as 22 characters of base64url. The id is
/// authenticated with the value: a value that was copied to another id does not open.
#[derive(Debug, Clone)]
pub struct SealedCookieSet {
    name: CookieName,
    attributes: CookieAttributes,
    sealer: Sealer,
    /// Finds the names of the cookies in a request.
    prefix: NamePrefix,
}

impl SealedCookieSet {
    /// Describes a set of cookies.
    ///
    /// # Errors
    ///
    /// Returns an error for settings that browsers refuse: attributes that contradict each other or
    /// the prefix, or a name that leaves no room for the value.
    pub fn new(
        name: CookieName,
        attributes: CookieAttributes,
        sealer: Sealer,
    ) -> Result<Self, ConfigError> {
        attributes.check(&name)?;
        name.check_length(SUFFIX_LENGTH)?;
        Ok(Self {
            prefix: NamePrefix::new(name.as_str().as_bytes()),
            name,
            attributes,
            sealer,
        })
    }

    /// Returns the name that all cookies of the set begin with, before the dot and the id.
    #[must_use]
    pub const fn name(&self) -> &CookieName {
        &self.name
    }

    /// Returns the length of the longest plaintext that [`seal`](Self::seal) accepts, in bytes.
    #[must_use]
    pub const fn max_plaintext(&self) -> usize {
        sealer::max_plaintext(MAX_VALUE)
    }

    /// Opens the cookie with this id. Returns `None` if there is none.
    ///
    /// If several cookies have the same name, the first 4 are tried, and the first one that opens
    /// is returned.
    #[must_use]
    pub fn find(
        &self,
        received: &ReceivedCookieSet,
        id: &[u8; 16],
    ) -> Option<Result<OpenedValue, OpenError>> {
        let mut failure = None;
        for value in received.values(id) {
            match self.open(value, id) {
                Ok(opened) => return Some(Ok(opened)),
                Err(error) => failure = Some(Err(error)),
            }
        }
        failure
    }

    fn open(&self, value: &[u8], id: &Id) -> Result<OpenedValue, OpenError> {
        // The sealer accepts text that fills nine chunks, but a value of a set has one cookie.
        if value.len() > MAX_VALUE {
            return Err(OpenError::new(OpenErrorKind::Malformed));
        }
        self.sealer.open(value, id)
    }

    /// Seals a value and returns the field that sets the cookie with this id.
    ///
    /// `max_age` counts in whole seconds.
    ///
    /// # Errors
    ///
    /// Returns [`SealErrorKind::TooLarge`](crate::SealErrorKind::TooLarge) if the value is longer
    /// than [`max_plaintext`](Self::max_plaintext), and
    /// [`SealErrorKind::Entropy`](crate::SealErrorKind::Entropy) if random bytes are not available.
    pub fn seal(
        &self,
        id: &[u8; 16],
        plaintext: &[u8],
        max_age: Duration,
        entropy: &dyn Entropy,
    ) -> Result<SetCookies, SealError> {
        let text = self.sealer.seal_within(MAX_VALUE, plaintext, id, entropy)?;
        let mut cookies = SetCookies::default();
        cookies.set(&self.name_of(id), &text, Some(max_age), &self.attributes);
        Ok(cookies)
    }

    /// Returns the field that deletes the cookie with this id.
    pub fn delete(&self, id: &[u8; 16]) -> SetCookies {
        let mut cookies = SetCookies::default();
        cookies.delete(&self.name_of(id), &self.attributes);
        cookies
    }

    /// Returns the fields that delete the cookies whose ids `received` lists.
    ///
    /// The request may have had more of them. They are not deleted at once, so that a client cannot
    /// make the response arbitrarily large.
    pub fn delete_received(&self, received: &ReceivedCookieSet) -> SetCookies {
        let mut cookies = SetCookies::default();
        for id in received.ids() {
            cookies.delete(&self.name_of(&id), &self.attributes);
        }
        cookies
    }

    /// The id of a cookie with this name, if the cookie belongs to this set.
    pub(crate) fn id_of(&self, name: &[u8]) -> Option<[u8; 16]> {
        let suffix = name.strip_prefix(self.name.as_str().as_bytes())?;
        encoding::decode_exact(suffix.strip_prefix(b".")?)
    }

    pub(crate) const fn prefix(&self) -> &NamePrefix {
        &self.prefix
    }

    #[cfg(feature = "testing")]
    pub(crate) fn count_scanned(&self, bytes: usize) {
        self.sealer.count_scanned(bytes);
    }

    fn name_of(&self, id: &Id) -> String {
        format!("{}.{}", self.name, encoding::encode(id))
    }
}

/// The length of a dot and an id.
const SUFFIX_LENGTH: usize = 1 + encoding::encoded_length(size_of::<Id>());
