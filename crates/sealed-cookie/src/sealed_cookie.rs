//! One sealed value in up to nine cookies.

use std::time::Duration;

use http::header::HeaderMap;
use zeroize::Zeroizing;

use crate::attributes::CookieAttributes;
use crate::chunk::{self, Chunk, MAX_CHUNKS};
use crate::config_error::ConfigError;
use crate::entropy::Entropy;
use crate::error::{OpenError, OpenErrorKind, SealError};
use crate::group::Groups;
use crate::name::CookieName;
use crate::opened_value::OpenedValue;
use crate::received::{self, ReceivedCookie};
use crate::sealer::{self, Sealer};
use crate::set_cookie::SetCookies;

/// A cookie that holds one sealed value, split into `auth`, `auth.1`, … `auth.8` as it grows.
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
/// let name = CookieName::new(Prefix::Host, "auth")?;
/// let cookie = SealedCookie::new(name, CookieAttributes::new(true), sealer, 4)?;
///
/// // On the way in: every value that may be ours, opened only when somebody asks.
/// let received = cookie.receive(&request);
/// for opened in received.iter().flat_map(|received| cookie.open(received)).flatten() {
///     println!("{} bytes", opened.plaintext().len());
/// }
///
/// // On the way out: the new value, and deletions of what is left of an older one.
/// cookie.seal(b"plaintext", None, received.as_ref(), &OsEntropy)?.append_to(&mut response);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SealedCookie {
    name: CookieName,
    attributes: CookieAttributes,
    sealer: Sealer,
    max_chunks: usize,
}

impl SealedCookie {
    /// Describes a cookie. Values of more than `max_chunks` chunks are not sealed; those of up to
    /// nine are opened, so that a lower cap signs nobody out.
    ///
    /// Four chunks (14,000 characters) fit the 16 KiB that HTTP/2 servers commonly allow for a
    /// request's fields. A stock nginx in front needs 1.
    ///
    /// # Errors
    ///
    /// When no browser would take the cookie: attributes that its prefix or one another forbid, a
    /// name that leaves no room for the value, or a cap outside 1 to 9.
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
            name,
            attributes,
            sealer,
            max_chunks: cap,
        })
    }

    /// The name of the first chunk.
    #[must_use]
    pub const fn name(&self) -> &CookieName {
        &self.name
    }

    /// The longest plaintext that [`seal`](Self::seal) takes, in bytes.
    #[must_use]
    pub const fn max_plaintext(&self) -> usize {
        sealer::max_plaintext(chunk::max_text(self.max_chunks))
    }

    /// Finds this cookie in a request, undecoded, in one pass over its `Cookie` fields;
    /// [`receive`](crate::receive) finds a set in the same pass.
    ///
    /// `None` when there is none; this costs no allocation and no cryptography.
    #[must_use]
    pub fn receive(&self, headers: &HeaderMap) -> Option<ReceivedCookie> {
        received::receive_cookie(headers, self)
    }

    /// Opens every value whose chunks are all there, in order of appearance.
    ///
    /// There is more than one when somebody else could set the cookie too, or when two responses
    /// crossed; this crate does not know which is the better one. The first 16 cookies are looked
    /// at and the first 4 complete values opened. Without a complete value there is one error.
    #[must_use]
    pub fn open(&self, received: &ReceivedCookie) -> Vec<Result<OpenedValue, OpenError>> {
        let chunks = received
            .chunks()
            .inspect(|_| {
                #[cfg(feature = "testing")]
                self.sealer.count_looked_at();
            })
            .filter_map(|(index, value)| Chunk::parse(index, value));
        let groups: Groups<'_> = chunks.collect();
        if groups.is_empty() {
            return vec![Err(OpenError::new(OpenErrorKind::Malformed))];
        }
        let mut opened: Vec<_> = groups
            .complete()
            .take(MAX_OPENED)
            .map(|slices| {
                self.sealer
                    .open_in_place(Zeroizing::new(slices.concat()), b"")
            })
            .collect();
        if opened.is_empty() {
            opened.push(Err(OpenError::new(OpenErrorKind::Incomplete)));
        }
        opened
    }

    /// Seals a value and writes all of its chunks, and deletes every received chunk that it did not
    /// overwrite.
    ///
    /// Without a `max_age` (whole seconds) the browser forgets the cookie when it closes, or keeps
    /// it when it restores sessions.
    ///
    /// # Errors
    ///
    /// [`SealErrorKind::TooLarge`](crate::SealErrorKind::TooLarge) above
    /// [`max_plaintext`](Self::max_plaintext), and
    /// [`SealErrorKind::Entropy`](crate::SealErrorKind::Entropy) without random bytes. No cookie is
    /// written then.
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

    /// Deletes the cookie and all chunks it may ever have had, received or not.
    pub fn delete(&self) -> SetCookies {
        let mut cookies = SetCookies::default();
        for index in 0..MAX_CHUNKS {
            cookies.delete(&self.name_of(index), &self.attributes);
        }
        cookies
    }

    /// Deletes the cookie of a value that never had more than one chunk, whether or not it was received:
    /// one field, where [`delete`](Self::delete) writes nine.
    pub fn delete_first(&self) -> SetCookies {
        let mut cookies = SetCookies::default();
        cookies.delete(&self.name_of(0), &self.attributes);
        cookies
    }

    /// The place of the chunk that a cookie of this name holds.
    pub(crate) fn index_of(&self, name: &[u8]) -> Option<usize> {
        match name.strip_prefix(self.name.as_str().as_bytes())? {
            [] => Some(0),
            [b'.', digit @ b'1'..=b'8'] => Some(usize::from(digit.wrapping_sub(b'0'))),
            _ => None,
        }
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

/// The most values that are opened. Others can toss cookies next to ours, and each costs the
/// derivation of a key under every secret.
const MAX_OPENED: usize = 4;
