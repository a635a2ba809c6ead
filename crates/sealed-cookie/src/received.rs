//! What a request brought: the places of our values in its `Cookie` fields, found in one pass.
//!
//! A client chooses how long these fields are, so they are walked once and what is kept is bounded:
//! 16 chunks of a [`SealedCookie`], and 4 values each of 16 ids (and one more id that the caller asks
//! for) of a [`SealedCookieSet`].

use std::fmt;
use std::ops::Range;

use http::header::{HeaderMap, HeaderValue};

use crate::chunk::MAX_CHUNKS;
use crate::cookie_set::{Id, SealedCookieSet};
use crate::request::{self, Pair};
use crate::sealed_cookie::SealedCookie;

/// The most cookies of one [`SealedCookie`] that are looked at: a full value, and the rest of another.
const MAX_CHUNKS_KEPT: usize = 16;

/// The most ids of a set that are listed.
const MAX_IDS: usize = 16;

/// The most values of one id that are opened: others may toss cookies next to ours.
const MAX_VALUES_OF_AN_ID: usize = 4;

/// Finds a cookie and a set in a request, in one pass over its `Cookie` fields.
///
/// The values stay undecoded until [`SealedCookie::open`] or [`SealedCookieSet::find`] is called.
/// There is no `ReceivedCookie` when the request has no cookie of that name. `wanted` is an id whose
/// values are kept even if they stand behind those of 16 other ids.
#[must_use]
pub fn receive(
    headers: &HeaderMap,
    cookie: &SealedCookie,
    set: &SealedCookieSet,
    wanted: Option<&Id>,
) -> (Option<ReceivedCookie>, ReceivedCookieSet) {
    find(headers, Some(cookie), Some(set), wanted)
}

pub(crate) fn receive_cookie(headers: &HeaderMap, cookie: &SealedCookie) -> Option<ReceivedCookie> {
    find(headers, Some(cookie), None, None).0
}

pub(crate) fn receive_set(
    headers: &HeaderMap,
    set: &SealedCookieSet,
    wanted: Option<&Id>,
) -> ReceivedCookieSet {
    find(headers, None, Some(set), wanted).1
}

/// The one pass, which keeps the values of what is asked for.
fn find(
    headers: &HeaderMap,
    cookie: Option<&SealedCookie>,
    set: Option<&SealedCookieSet>,
    wanted: Option<&Id>,
) -> (Option<ReceivedCookie>, ReceivedCookieSet) {
    let mut chunks = ReceivedCookie::default();
    let mut values = ReceivedCookieSet::default();
    for (number, field) in request::cookie_fields(headers).enumerate() {
        #[cfg(feature = "testing")]
        match (cookie, set) {
            (Some(cookie), _) => cookie.count_scanned(field.len()),
            (None, Some(set)) => set.count_scanned(field.len()),
            (None, None) => {}
        }
        for pair in request::pairs(field.as_bytes()) {
            if let Some(index) = cookie.and_then(|cookie| cookie.index_of(pair.name)) {
                chunks.add(number, field, index, &pair);
            } else if let Some(id) = set.and_then(|set| set.id_of(pair.name)) {
                values.add(number, field, id, wanted, &pair);
            }
        }
    }
    (chunks.if_any(), values)
}

/// The fields of a request that hold a value of ours, as they came.
#[derive(Clone, Default)]
struct KeptFields {
    fields: Vec<HeaderValue>,
    /// Which of the request's fields was kept last.
    last: Option<usize>,
}

/// Where a value stands.
#[derive(Clone)]
struct Place {
    field: usize,
    bytes: Range<usize>,
}

impl KeptFields {
    fn keep(&mut self, number: usize, field: &HeaderValue, pair: &Pair<'_>) -> Place {
        if self.last != Some(number) {
            self.fields.push(field.clone());
            self.last = Some(number);
        }
        let end = pair.value_start.saturating_add(pair.value.len());
        Place {
            field: self.fields.len().saturating_sub(1),
            bytes: pair.value_start..end,
        }
    }

    fn value(&self, place: &Place) -> &[u8] {
        let field = self.fields.get(place.field).map(HeaderValue::as_bytes);
        let value = field.and_then(|field| field.get(place.bytes.clone()));
        value.unwrap_or_default()
    }
}

/// The chunks of a [`SealedCookie`] in a request, as they came.
#[derive(Clone, Default)]
pub struct ReceivedCookie {
    fields: KeptFields,
    /// The first of them, each with its index.
    chunks: Vec<(usize, Place)>,
    /// For each chunk, whether a cookie of its name was received.
    names: [bool; MAX_CHUNKS],
}

impl ReceivedCookie {
    fn add(&mut self, number: usize, field: &HeaderValue, index: usize, pair: &Pair<'_>) {
        if let Some(name) = self.names.get_mut(index) {
            *name = true;
        }
        if self.chunks.len() < MAX_CHUNKS_KEPT {
            let place = self.fields.keep(number, field, pair);
            self.chunks.push((index, place));
        }
    }

    fn if_any(self) -> Option<Self> {
        (!self.chunks.is_empty()).then_some(self)
    }

    /// The chunks that are looked at, each by its index and value.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.chunks
            .iter()
            .map(|(index, place)| (*index, self.fields.value(place)))
    }

    /// The indices of all chunks whose names were received.
    pub(crate) fn indices(&self) -> impl Iterator<Item = usize> {
        self.names
            .into_iter()
            .enumerate()
            .filter_map(|(index, received)| received.then_some(index))
    }
}

impl fmt::Debug for ReceivedCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCookie")
            .field("chunks", &self.indices().count())
            .finish_non_exhaustive()
    }
}

/// The cookies of a [`SealedCookieSet`] in a request, as they came.
#[derive(Clone, Default)]
pub struct ReceivedCookieSet {
    fields: KeptFields,
    ids: Vec<ReceivedId>,
}

#[derive(Clone)]
struct ReceivedId {
    id: Id,
    values: Vec<Place>,
}

impl ReceivedCookieSet {
    fn add(
        &mut self,
        number: usize,
        field: &HeaderValue,
        id: Id,
        wanted: Option<&Id>,
        pair: &Pair<'_>,
    ) {
        let room = self.ids.len() < MAX_IDS || wanted == Some(&id);
        let known = self.ids.iter_mut().find(|known| known.id == id);
        match known {
            Some(known) if known.values.len() < MAX_VALUES_OF_AN_ID => {
                known.values.push(self.fields.keep(number, field, pair));
            }
            None if room => {
                let values = vec![self.fields.keep(number, field, pair)];
                self.ids.push(ReceivedId { id, values });
            }
            Some(_) | None => {}
        }
    }

    /// Whether no cookie of the set was received.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The ids that were received, each once, in the order of their first cookies: the first 16 of
    /// them, and the one that was wanted.
    pub fn ids(&self) -> impl Iterator<Item = Id> {
        self.ids.iter().map(|received| received.id)
    }

    /// The values of an id that are looked at.
    pub(crate) fn values(&self, id: &Id) -> impl Iterator<Item = &[u8]> {
        self.ids
            .iter()
            .filter(move |received| received.id == *id)
            .flat_map(|received| &received.values)
            .map(|place| self.fields.value(place))
    }
}

impl fmt::Debug for ReceivedCookieSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCookieSet")
            .field("ids", &self.ids.len())
            .finish_non_exhaustive()
    }
}
