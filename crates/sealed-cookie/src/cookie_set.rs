//! Many cookies of one kind, each named by an id.

use std::time::Duration;

use http::header::HeaderMap;

use crate::attributes::CookieAttributes;
use crate::chunk::MAX_VALUE;
use crate::config_error::ConfigError;
use crate::encoding;
use crate::entropy::Entropy;
use crate::error::{OpenError, OpenErrorKind, SealError};
use crate::name::CookieName;
use crate::opened_value::OpenedValue;
use crate::received::{self, ReceivedCookieSet};
use crate::sealer::{self, Sealer};
use crate::set_cookie::SetCookies;

/// Cookies that are alive side by side, each with one sealed value of at most 3,500 characters
/// under a 16-byte id: sign-ins that have begun, for example, one for each tab.
///
/// The name is `{name}.{id}`, the id as 22 characters of base64url. The id is part of what is
/// sealed: a value under another id does not open.
#[derive(Debug, Clone)]
pub struct SealedCookieSet {
    name: CookieName,
    attributes: CookieAttributes,
    sealer: Sealer,
}

impl SealedCookieSet {
    /// Describes the set.
    ///
    /// # Errors
    ///
    /// When no browser would take the cookies: attributes that their prefix or one another forbid,
    /// or a name that leaves no room for the value.
    pub fn new(
        name: CookieName,
        attributes: CookieAttributes,
        sealer: Sealer,
    ) -> Result<Self, ConfigError> {
        attributes.check(&name)?;
        name.check_length(SUFFIX_LENGTH)?;
        Ok(Self {
            name,
            attributes,
            sealer,
        })
    }

    /// What the names begin with.
    #[must_use]
    pub const fn name(&self) -> &CookieName {
        &self.name
    }

    /// The longest plaintext that [`seal`](Self::seal) takes, in bytes.
    #[must_use]
    pub const fn max_plaintext(&self) -> usize {
        sealer::max_plaintext(MAX_VALUE)
    }

    /// Finds the cookies of this set in a request, undecoded, in one pass over its `Cookie` fields;
    /// [`receive`](crate::receive) finds a [`SealedCookie`](crate::SealedCookie) in the same pass.
    ///
    /// Those of 16 ids are kept, and those of `wanted` wherever they stand.
    #[must_use]
    pub fn receive(&self, headers: &HeaderMap, wanted: Option<&[u8; 16]>) -> ReceivedCookieSet {
        received::receive_set(headers, self, wanted)
    }

    /// Opens the cookie of this id; `None` if none was received.
    ///
    /// Of several with the same name the first that opens counts, among the first 4.
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
        // The length that one cookie holds, not that of nine chunks.
        if value.len() > MAX_VALUE {
            return Err(OpenError::new(OpenErrorKind::Malformed));
        }
        self.sealer.open(value, id)
    }

    /// Seals a value under an id and writes its cookie.
    ///
    /// # Errors
    ///
    /// [`SealErrorKind::TooLarge`](crate::SealErrorKind::TooLarge) above
    /// [`max_plaintext`](Self::max_plaintext), and
    /// [`SealErrorKind::Entropy`](crate::SealErrorKind::Entropy) without random bytes.
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

    /// Deletes the cookie of this id.
    pub fn delete(&self, id: &[u8; 16]) -> SetCookies {
        let mut cookies = SetCookies::default();
        cookies.delete(&self.name_of(id), &self.attributes);
        cookies
    }

    /// Deletes every cookie of the set whose id is listed in `received`: no more, because the client
    /// must not decide how large the response grows.
    pub fn delete_received(&self, received: &ReceivedCookieSet) -> SetCookies {
        let mut cookies = SetCookies::default();
        for id in received.ids() {
            cookies.delete(&self.name_of(&id), &self.attributes);
        }
        cookies
    }

    /// The id that a cookie of this name has.
    pub(crate) fn id_of(&self, name: &[u8]) -> Option<[u8; 16]> {
        let suffix = name.strip_prefix(self.name.as_str().as_bytes())?;
        encoding::decode_exact(suffix.strip_prefix(b".")?)
    }

    #[cfg(feature = "testing")]
    pub(crate) fn count_scanned(&self, bytes: usize) {
        self.sealer.count_scanned(bytes);
    }

    fn name_of(&self, id: &Id) -> String {
        format!("{}.{}", self.name, encoding::encode(id))
    }
}

pub(crate) type Id = [u8; 16];

/// A dot and an id.
const SUFFIX_LENGTH: usize = 1 + encoding::encoded_length(size_of::<Id>());
