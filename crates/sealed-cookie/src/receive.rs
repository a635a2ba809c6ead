//! Finding our cookies in a request, in one pass over its `Cookie` fields.
//!
//! A client chooses how long these fields are, so they are searched once, whatever is looked for.

use std::borrow::Cow;
use std::fmt;

use http::header::{HeaderMap, HeaderValue};

use crate::cookie_set::SealedCookieSet;
use crate::received::{FoundPair, Id, ReceivedCookie, ReceivedCookieSet};
use crate::request::{self, NamePrefix};
use crate::sealed_cookie::SealedCookie;

/// Finds a cookie and a set of cookies in a request, in one pass over its `Cookie` fields.
///
/// Nothing is decoded before [`SealedCookie::open`] or [`SealedCookieSet::find`] is called. There
/// is no `ReceivedCookie` when the request has no cookie of that name. `wanted` is an id whose
/// values are kept even if 16 other ids come first.
#[must_use]
pub fn receive(
    headers: &HeaderMap,
    cookie: &SealedCookie,
    set: &SealedCookieSet,
    wanted: Option<&[u8; 16]>,
) -> (Option<ReceivedCookie>, ReceivedCookieSet) {
    search(
        request::cookie_fields(headers),
        Some(cookie),
        Some(set),
        wanted,
    )
}

/// Tells which `Cookie` fields of a request can have one of our cookies.
///
/// It only looks for what our names begin with, so it is quicker than [`receive`]: for requests whose cookies are
/// mostly not opened.
#[derive(Debug, Clone)]
pub struct CookieFilter {
    prefix: NamePrefix,
    #[cfg(feature = "testing")]
    cookie: SealedCookie,
}

impl CookieFilter {
    /// Returns the filter for a cookie and a set of cookies.
    #[must_use]
    pub fn new(cookie: &SealedCookie, set: &SealedCookieSet) -> Self {
        Self {
            prefix: prefix_of(cookie, set).into_owned(),
            #[cfg(feature = "testing")]
            cookie: cookie.clone(),
        }
    }

    /// Whether the field can have one of the cookies.
    #[must_use]
    pub fn matches(&self, field: &HeaderValue) -> bool {
        #[cfg(feature = "testing")]
        self.cookie.count_scanned(field.len());
        self.prefix.is_in(field.as_bytes())
    }
}

/// `Cookie` fields of a request, kept to be searched later. Their bytes are shared with the request.
///
/// ```
/// use http::{HeaderMap, header::COOKIE};
/// use sealed_cookie::{CookieFields, CookieFilter, SealedCookie, SealedCookieSet};
///
/// /// Keeps what is needed to find the cookies after the request was consumed.
/// fn kept(headers: &HeaderMap, filter: &CookieFilter) -> CookieFields {
///     let mut kept = CookieFields::default();
///     for field in headers.get_all(COOKIE) {
///         if filter.matches(field) {
///             kept.push(field.clone());
///         }
///     }
///     kept
/// }
///
/// fn has_session(kept: &CookieFields, cookie: &SealedCookie) -> bool {
///     cookie.receive_from(kept).is_some()
/// }
/// ```
#[derive(Clone, Default)]
pub struct CookieFields {
    first: Option<HeaderValue>,
    /// Empty for most requests: browsers send one field over HTTP/1, and one for each cookie over HTTP/2.
    others: Vec<HeaderValue>,
}

impl CookieFields {
    /// Keeps another field, after those that are kept.
    pub fn push(&mut self, field: HeaderValue) {
        if self.first.is_none() {
            self.first = Some(field);
        } else {
            self.others.push(field);
        }
    }

    fn iter(&self) -> impl Iterator<Item = &HeaderValue> {
        self.first.iter().chain(&self.others)
    }
}

/// Shows how many fields there are, and nothing of them.
impl fmt::Debug for CookieFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieFields")
            .field("count", &self.iter().count())
            .finish()
    }
}

impl SealedCookie {
    /// Finds this cookie in a request without decoding it, in one pass over the `Cookie` fields.
    ///
    /// Returns `None` if the request does not have it, without an allocation or any cryptography.
    /// To find a [`SealedCookieSet`] in the same pass, use [`receive`](crate::receive).
    #[must_use]
    pub fn receive(&self, headers: &HeaderMap) -> Option<ReceivedCookie> {
        search(request::cookie_fields(headers), Some(self), None, None).0
    }

    /// Does the same as [`receive`](Self::receive), with fields that were kept.
    #[must_use]
    pub fn receive_from(&self, fields: &CookieFields) -> Option<ReceivedCookie> {
        search(fields.iter(), Some(self), None, None).0
    }
}

impl SealedCookieSet {
    /// Finds the cookies of this set in a request without decoding them, in one pass over the
    /// `Cookie` fields.
    ///
    /// The cookies of the first 16 ids are kept, and those of the id `wanted` wherever they are.
    /// To find a [`SealedCookie`] in the same pass, use [`receive`](crate::receive).
    #[must_use]
    pub fn receive(&self, headers: &HeaderMap, wanted: Option<&[u8; 16]>) -> ReceivedCookieSet {
        search(request::cookie_fields(headers), None, Some(self), wanted).1
    }

    /// Does the same as [`receive`](Self::receive), with fields that were kept.
    #[must_use]
    pub fn receive_from(
        &self,
        fields: &CookieFields,
        wanted: Option<&[u8; 16]>,
    ) -> ReceivedCookieSet {
        search(fields.iter(), None, Some(self), wanted).1
    }
}

fn search<'a>(
    fields: impl Iterator<Item = &'a HeaderValue>,
    cookie: Option<&SealedCookie>,
    set: Option<&SealedCookieSet>,
    wanted: Option<&Id>,
) -> (Option<ReceivedCookie>, ReceivedCookieSet) {
    let mut chunks = None;
    let mut values = ReceivedCookieSet::default();
    let prefix = match (cookie, set) {
        (Some(cookie), Some(set)) => prefix_of(cookie, set),
        (Some(cookie), None) => Cow::Borrowed(cookie.prefix()),
        (None, Some(set)) => Cow::Borrowed(set.prefix()),
        (None, None) => return (None, values),
    };
    for field in fields {
        #[cfg(feature = "testing")]
        match (cookie, set) {
            (Some(cookie), _) => cookie.count_scanned(field.len()),
            (None, Some(set)) => set.count_scanned(field.len()),
            (None, None) => {}
        }
        for pair in prefix.pairs(field.as_bytes()) {
            let found = FoundPair { field, pair };
            let name = found.pair.name;
            if let Some(index) = cookie.and_then(|cookie| cookie.index_of(name)) {
                ReceivedCookie::add(&mut chunks, index, &found);
            } else if let Some(id) = set.and_then(|set| set.id_of(name)) {
                values.add(id, wanted, &found);
            }
        }
    }
    (chunks, values)
}

/// What the names of a cookie and of a set begin with. Mostly the name of the set continues that of the
/// cookie.
fn prefix_of<'a>(cookie: &'a SealedCookie, set: &SealedCookieSet) -> Cow<'a, NamePrefix> {
    let (first, second) = (cookie.name().as_str(), set.name().as_str());
    if second.starts_with(first) {
        return Cow::Borrowed(cookie.prefix());
    }
    let both = first.bytes().zip(second.bytes());
    let equal = both.take_while(|(first, second)| first == second).count();
    let common = first.as_bytes().get(..equal).unwrap_or_default();
    Cow::Owned(NamePrefix::new(common))
}
