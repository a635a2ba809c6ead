//! Our cookies in a request: bounded copies of its `Cookie` fields, and the positions of our values
//! in them.
//!
//! A client chooses how many cookies it sends, so at most 16 chunks of a
//! [`SealedCookie`](crate::SealedCookie) are kept, and 4 values each of 16 ids of a
//! [`SealedCookieSet`](crate::SealedCookieSet) (and of one more id that the caller asks for).

use std::fmt;
use std::ops::Range;

use http::header::HeaderValue;

use crate::chunk::MAX_CHUNKS;
use crate::request::Pair;

/// The id of a cookie in a set.
pub(crate) type Id = [u8; 16];

/// The most chunks of one sealed cookie that are read: a full value, and most of a second one.
const MAX_CHUNKS_READ: usize = 16;

/// The most ids of a set that are listed.
const MAX_IDS: usize = 16;

/// The most values of one id that are opened. There can be several, because a sibling host can set
/// a cookie of the same name.
const MAX_VALUES_PER_ID: usize = 4;

/// One name and value, with the `Cookie` field that holds them.
pub(crate) struct FoundPair<'a> {
    /// The position of the field among the request's `Cookie` fields.
    pub(crate) field_number: usize,
    pub(crate) field: &'a HeaderValue,
    pub(crate) pair: Pair<'a>,
}

/// Copies of the fields that hold at least one of our values. A copy shares the field's bytes.
#[derive(Clone, Default)]
struct KeptFields {
    fields: Vec<HeaderValue>,
    /// The number of the field that was kept last.
    last: Option<usize>,
}

/// Where a value is.
#[derive(Clone)]
struct Location {
    /// An index of [`KeptFields::fields`].
    field: usize,
    bytes: Range<usize>,
}

impl KeptFields {
    fn keep(&mut self, found: &FoundPair<'_>) -> Location {
        if self.last != Some(found.field_number) {
            self.fields.push(found.field.clone());
            self.last = Some(found.field_number);
        }
        let start = found.pair.value_start;
        Location {
            field: self.fields.len().saturating_sub(1),
            bytes: start..start.saturating_add(found.pair.value.len()),
        }
    }

    fn value(&self, location: &Location) -> &[u8] {
        let field = self.fields.get(location.field).map(HeaderValue::as_bytes);
        let value = field.and_then(|field| field.get(location.bytes.clone()));
        value.unwrap_or_default()
    }
}

/// The chunks of a [`SealedCookie`](crate::SealedCookie) in a request, not decoded.
///
/// At most 16 of them are kept. `Debug` shows how many, not their values.
#[derive(Clone, Default)]
pub struct ReceivedCookie {
    fields: KeptFields,
    /// The first chunks, each with its index.
    chunks: Vec<(usize, Location)>,
    /// For each index, whether a cookie with the name of that chunk was received.
    names: [bool; MAX_CHUNKS],
}

impl ReceivedCookie {
    pub(crate) fn add(&mut self, index: usize, found: &FoundPair<'_>) {
        if let Some(name) = self.names.get_mut(index) {
            *name = true;
        }
        if self.chunks.len() < MAX_CHUNKS_READ {
            let location = self.fields.keep(found);
            self.chunks.push((index, location));
        }
    }

    pub(crate) fn into_option(self) -> Option<Self> {
        (!self.chunks.is_empty()).then_some(self)
    }

    /// The index and value of each chunk that is kept.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = (usize, &[u8])> {
        self.chunks
            .iter()
            .map(|(index, location)| (*index, self.fields.value(location)))
    }

    /// The indices of all chunks whose names were received, whether or not their values are kept.
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

/// The cookies of a [`SealedCookieSet`](crate::SealedCookieSet) in a request, not decoded.
///
/// Those of at most 17 ids are kept. `Debug` shows how many, neither ids nor values.
#[derive(Clone, Default)]
pub struct ReceivedCookieSet {
    fields: KeptFields,
    ids: Vec<ReceivedId>,
}

#[derive(Clone)]
struct ReceivedId {
    id: Id,
    values: Vec<Location>,
}

impl ReceivedCookieSet {
    /// Keeps a value if there is room for it. There always is for `wanted`.
    pub(crate) fn add(&mut self, id: Id, wanted: Option<&Id>, found: &FoundPair<'_>) {
        let has_room = self.ids.len() < MAX_IDS || wanted == Some(&id);
        let known = self.ids.iter_mut().find(|known| known.id == id);
        match known {
            Some(known) if known.values.len() < MAX_VALUES_PER_ID => {
                known.values.push(self.fields.keep(found));
            }
            None if has_room => {
                let values = vec![self.fields.keep(found)];
                self.ids.push(ReceivedId { id, values });
            }
            Some(_) | None => {}
        }
    }

    /// Whether the request has no cookie of the set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Lists the ids of the received cookies: the first 16, and the one that
    /// [`SealedCookieSet::receive`](crate::SealedCookieSet::receive) was asked for.
    ///
    /// Each id is listed once, in the order of its first cookie.
    pub fn ids(&self) -> impl Iterator<Item = Id> {
        self.ids.iter().map(|received| received.id)
    }

    /// The values of an id that are kept.
    pub(crate) fn values(&self, id: &Id) -> impl Iterator<Item = &[u8]> {
        self.ids
            .iter()
            .filter(move |received| received.id == *id)
            .flat_map(|received| &received.values)
            .map(|location| self.fields.value(location))
    }
}

impl fmt::Debug for ReceivedCookieSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCookieSet")
            .field("ids", &self.ids.len())
            .finish_non_exhaustive()
    }
}
