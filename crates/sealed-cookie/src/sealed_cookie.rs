//! One sealed value in up to nine cookies.

use std::time::Duration;

use crate::attributes::CookieAttributes;
use crate::chunk::{self, MAX_CHUNKS};
use crate::config_error::ConfigError;
use crate::entropy::Entropy;
use crate::error::{OpenError, OpenErrorKind, SealError};
use crate::group::{self, Group};
use crate::name::CookieName;
use crate::opened_value::OpenedValue;
use crate::received::ReceivedCookie;
use crate::request::NamePrefix;
use crate::sealer::{self, Sealer};
use crate::set_cookie::SetCookies;

/// A cookie that holds one sealed value. A long value is split into chunks: `auth`, `auth.1`, …
/// `auth.8`.
///
/// ```
/// use http::HeaderMap;
/// use sealed_cookie::{CookieAttributes, CookieName, OsEntropy, Prefix, SealedCookie};
/// # use sealed_cookie::{CookieSecret, Entropy, KeyRing, Purpose};
/// # let mut random = [0; 32];
/// # OsEntropy.fill(&mut random)?;
/// # let secret = format!("{random:x?}");
/// # let ring = KeyRing::new([CookieSecret::new(secret)?])?;
/// # let sealer = ring.sealer(Purpose::SESSION, &[]);
/// # let request = HeaderMap::new();
/// # let mut response = HeaderMap::new();
///
/// let name = CookieName::new(Prefix::HostHttp, "auth")?;
/// let cookie = SealedCookie::new(name, CookieAttributes::new(true), sealer, 4)?;
///
/// // Reading a request: find the cookie, and open it only when its value is needed.
/// let received = cookie.receive(&request);
/// for opened in received.iter().flat_map(|received| cookie.open(received)).flatten() {
///     println!("{} bytes", opened.plaintext().len());
/// }
///
/// // Writing a response: set the new value, and delete the chunks of an older, longer one.
/// cookie.seal(b"plaintext", None, received.as_ref(), &OsEntropy)?.append_to(&mut response);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SealedCookie {
    name: CookieName,
    attributes: CookieAttributes,
    sealer: Sealer,
    max_chunks: usize,
    /// Finds the names of the chunks in a request.
    prefix: NamePrefix,
}

impl SealedCookie {
    /// Describes a cookie.
    ///
    /// `max_chunks`, 1 to 9, limits the values that are sealed. Values of up to nine chunks are
    /// always opened, so that a lower limit does not lose existing cookies. Four chunks hold 14,000
    /// characters, which fit into the 16 KiB that HTTP/2 servers commonly allow for the fields of a
    /// request. Behind nginx with its default buffers, use 1.
    ///
    /// # Errors
    ///
    /// Returns an error for settings that browsers refuse: attributes that contradict each other or
    /// the prefix, or a name that leaves no room for the value. Also if `max_chunks` is not within
    /// 1 to 9.
    pub fn new(
        name: CookieName,
        attributes: CookieAttributes,
        sealer: Sealer,
        max_chunks: u8,
    ) -> Result<Self, ConfigError> {
        attributes.check(&name)?;
        name.check_length(".8".len())?;
        let cap = usize::from(max_chunks);
        if !(1..=MAX_CHUNKS).contains(&cap) {
            return Err(ConfigError::MaxChunks { max_chunks });
        }
        Ok(Self {
            prefix: NamePrefix::new(name.as_str().as_bytes()),
            name,
            attributes,
            sealer,
            max_chunks: cap,
        })
    }

    /// Returns the name of the cookie, which is also the name of its first chunk.
    #[must_use]
    pub const fn name(&self) -> &CookieName {
        &self.name
    }

    /// Returns the length of the longest plaintext that [`seal`](Self::seal) accepts, in bytes.
    #[must_use]
    pub const fn max_plaintext(&self) -> usize {
        sealer::max_plaintext(chunk::max_text(self.max_chunks))
    }

    /// Returns the length of the longest plaintext for which [`seal`](Self::seal) sets one cookie, in bytes.
    #[must_use]
    pub const fn max_plaintext_of_one(&self) -> usize {
        sealer::max_plaintext(chunk::max_text(1))
    }

    /// Opens every value whose chunks are all present, in the order of their first chunks.
    ///
    /// There can be several: another host of the domain may have set a cookie of this name, or two
    /// responses may have written the cookie at the same time. The application decides which one
    /// counts. Only the first 16 chunks are read, and the first 4 complete values opened. If no
    /// value is complete, the only item is an error. Each value is opened when the iterator reaches it.
    pub fn open<'a>(
        &'a self,
        received: &'a ReceivedCookie,
    ) -> impl Iterator<Item = Result<OpenedValue, OpenError>> + use<'a> {
        #[cfg(feature = "testing")]
        received
            .chunks()
            .for_each(|_| self.sealer.count_chunk_read());
        let mut groups = Group::all_of(received).take(MAX_OPENED).peekable();
        let failure = groups.peek().is_none().then(|| {
            let has_chunks = group::chunks(received).next().is_some();
            Err(OpenError::new(match has_chunks {
                true => OpenErrorKind::Incomplete,
                false => OpenErrorKind::Malformed,
            }))
        });
        groups
            .map(|group| self.sealer.open_in_place(group.text(), b""))
            .chain(failure)
    }

    /// Seals a value and returns the fields that set all of its chunks, and that delete the
    /// received chunks which it does not overwrite.
    ///
    /// `max_age` counts in whole seconds. Without it the cookie lasts until the browser is closed,
    /// or longer if the browser restores its tabs.
    ///
    /// # Errors
    ///
    /// Returns [`SealErrorKind::TooLarge`](crate::SealErrorKind::TooLarge) if the value is longer
    /// than [`max_plaintext`](Self::max_plaintext), and
    /// [`SealErrorKind::Entropy`](crate::SealErrorKind::Entropy) if random bytes are not available.
    pub fn seal(
        &self,
        plaintext: &[u8],
        max_age: Option<Duration>,
        received: Option<&ReceivedCookie>,
        entropy: &dyn Entropy,
    ) -> Result<SetCookies, SealError> {
        let text =
            self.sealer
                .seal_within(chunk::max_text(self.max_chunks), plaintext, b"", entropy)?;
        let values = chunk::split(&text);
        let mut cookies = SetCookies::default();
        for (index, value) in values.iter().enumerate() {
            cookies.set(&self.name_of(index), value, max_age, &self.attributes);
        }
        for index in received
            .into_iter()
            .flat_map(ReceivedCookie::indices)
            .filter(|&index| index >= values.len())
        {
            cookies.delete(&self.name_of(index), &self.attributes);
        }
        Ok(cookies)
    }

    /// Returns the nine fields that delete the cookie with all possible chunks, received or not.
    pub fn delete(&self) -> SetCookies {
        let mut cookies = SetCookies::default();
        for index in 0..MAX_CHUNKS {
            cookies.delete(&self.name_of(index), &self.attributes);
        }
        cookies
    }

    /// Returns the fields that delete the received chunks, whatever their values are.
    pub fn delete_received(&self, received: &ReceivedCookie) -> SetCookies {
        let mut cookies = SetCookies::default();
        for index in received.indices() {
            cookies.delete(&self.name_of(index), &self.attributes);
        }
        cookies
    }

    /// Returns the one field that deletes the first chunk, received or not.
    ///
    /// This is for a cookie whose values never have more than one chunk, where
    /// [`delete`](Self::delete) would write nine fields.
    pub fn delete_first(&self) -> SetCookies {
        let mut cookies = SetCookies::default();
        cookies.delete(&self.name_of(0), &self.attributes);
        cookies
    }

    /// The index of the chunk that a cookie with this name holds, if the cookie belongs to this one.
    pub(crate) fn index_of(&self, name: &[u8]) -> Option<usize> {
        match name.strip_prefix(self.name.as_str().as_bytes())? {
            [] => Some(0),
            [b'.', digit @ b'1'..=b'8'] => Some(usize::from(digit.wrapping_sub(b'0'))),
            _ => None,
        }
    }

    pub(crate) const fn prefix(&self) -> &NamePrefix {
        &self.prefix
    }

    #[cfg(feature = "testing")]
    pub(crate) fn count_scanned(&self, bytes: usize) {
        self.sealer.count_scanned(bytes);
    }

    fn name_of(&self, index: usize) -> String {
        if index == 0 {
            self.name.to_string()
        } else {
            format!("{}.{index}", self.name)
        }
    }
}

/// The most values that are opened. A sibling host can add cookies of our name, and each of them
/// costs a key derivation for every secret.
const MAX_OPENED: usize = 4;
