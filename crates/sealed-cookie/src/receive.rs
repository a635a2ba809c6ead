//! Finding our cookies in a request, in one pass over its `Cookie` fields.
//!
//! A client chooses how long these fields are, so they are searched once, whatever is looked for.

use std::borrow::Cow;

use http::header::HeaderMap;

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
    search(headers, Some(cookie), Some(set), wanted)
}

impl SealedCookie {
    /// Finds this cookie in a request without decoding it, in one pass over the `Cookie` fields.
    ///
    /// Returns `None` if the request does not have it, without an allocation or any cryptography.
    /// To find a [`SealedCookieSet`] in the same pass, use [`receive`](crate::receive).
    #[must_use]
    pub fn receive(&self, headers: &HeaderMap) -> Option<ReceivedCookie> {
        search(headers, Some(self), None, None).0
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
        search(headers, None, Some(self), wanted).1
    }
}

fn search(
    headers: &HeaderMap,
    cookie: Option<&SealedCookie>,
    set: Option<&SealedCookieSet>,
    wanted: Option<&Id>,
) -> (Option<ReceivedCookie>, ReceivedCookieSet) {
    let mut chunks = None;
    let mut values = ReceivedCookieSet::default();
    let Some(prefix) = prefix_of(cookie, set) else {
        return (None, values);
    };
    for field in request::cookie_fields(headers) {
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
fn prefix_of<'a>(
    cookie: Option<&'a SealedCookie>,
    set: Option<&'a SealedCookieSet>,
) -> Option<Cow<'a, NamePrefix>> {
    let (cookie, set) = match (cookie, set) {
        (Some(cookie), Some(set)) => (cookie, set),
        (Some(cookie), None) => return Some(Cow::Borrowed(cookie.prefix())),
        (None, set) => return set.map(|set| Cow::Borrowed(set.prefix())),
    };
    let (first, second) = (cookie.name().as_str(), set.name().as_str());
    if second.starts_with(first) {
        return Some(Cow::Borrowed(cookie.prefix()));
    }
    let both = first.bytes().zip(second.bytes());
    let equal = both.take_while(|(first, second)| first == second).count();
    let common = first.as_bytes().get(..equal).unwrap_or_default();
    Some(Cow::Owned(NamePrefix::new(common)))
}
