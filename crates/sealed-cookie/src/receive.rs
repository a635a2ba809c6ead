//! Finding our cookies in a request, in one pass over its `Cookie` fields.
//!
//! A client chooses how long these fields are, so they are searched once, whatever is looked for.

use http::header::HeaderMap;

use crate::cookie_set::SealedCookieSet;
use crate::received::{FoundPair, Id, ReceivedCookie, ReceivedCookieSet};
use crate::request;
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
    let cookie_name = cookie.map(|cookie| cookie.name().as_str().as_bytes());
    let set_name = set.map(|set| set.name().as_str().as_bytes());
    let prefix = match (cookie_name, set_name) {
        (Some(cookie), Some(set)) => common_prefix(cookie, set),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => return (None, values),
    };
    for field in request::cookie_fields(headers) {
        #[cfg(feature = "testing")]
        match (cookie, set) {
            (Some(cookie), _) => cookie.count_scanned(field.len()),
            (None, Some(set)) => set.count_scanned(field.len()),
            (None, None) => {}
        }
        let parts = request::parts(field.as_bytes());
        for pair in parts.filter_map(|part| request::pair_of(part, prefix)) {
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

/// What both names begin with.
fn common_prefix<'a>(first: &'a [u8], second: &[u8]) -> &'a [u8] {
    let equal = first.iter().zip(second).take_while(|(a, b)| a == b).count();
    first.get(..equal).unwrap_or_default()
}
