//! Our cookies in a request: its `Cookie` fields, whose bytes are shared, and the positions of our
//! values in them.
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
    pub(crate) field: &'a HeaderValue,
    pub(crate) pair: Pair<'a>,
}

/// A value, kept together with the field that holds it. The copy of the field shares its bytes with
/// the request, so most requests need no memory for it.
#[derive(Clone)]
struct KeptValue {
    field: HeaderValue,
    bytes: Range<usize>,
}

impl KeptValue {
    fn of(found: &FoundPair<'_>) -> Self {
        let start = found.pair.value_start;
        Self {
            field: found.field.clone(),
            bytes: start..start.saturating_add(found.pair.value.len()),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        let value = self.field.as_bytes().get(self.bytes.clone());
        value.unwrap_or_default()
    }
}

/// A chunk with its index, not decoded.
#[derive(Clone)]
struct KeptChunk {
    index: usize,
    value: KeptValue,
}

/// The chunks of a [`SealedCookie`](crate::SealedCookie) in a request, not decoded.
///
/// At most 16 of them are kept. `Debug` shows how many, not their values.
#[derive(Clone)]
pub struct ReceivedCookie {
    first: KeptChunk,
    /// Empty for most requests, because most values fit into one chunk.
    others: Vec<KeptChunk>,
    /// For each index, whether a cookie with the name of that chunk was received.
    names: [bool; MAX_CHUNKS],
}

impl ReceivedCookie {
    /// Adds a chunk to those that were found so far.
    pub(crate) fn add(chunks: &mut Option<Self>, index: usize, found: &FoundPair<'_>) {
        let chunk = || KeptChunk {
            index,
            value: KeptValue::of(found),
        };
        let received = match chunks {
            Some(received) => {
                // The first one is not among them.
                if received.others.len() < MAX_CHUNKS_READ - 1 {
                    received.others.push(chunk());
                }
                received
            }
            None => chunks.insert(Self {
                first: chunk(),
                others: Vec::new(),
                names: [false; MAX_CHUNKS],
            }),
        };
        if let Some(name) = received.names.get_mut(index) {
            *name = true;
        }
    }

    /// The index and value of each chunk that is kept.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = (usize, &[u8])> + Clone {
        std::iter::once(&self.first)
            .chain(&self.others)
            .map(|chunk| (chunk.index, chunk.value.as_bytes()))
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
    ids: Vec<ReceivedId>,
}

#[derive(Clone)]
struct ReceivedId {
    id: Id,
    values: Vec<KeptValue>,
}

impl ReceivedCookieSet {
    /// Keeps a value if there is room for it. There always is for `wanted`.
    pub(crate) fn add(&mut self, id: Id, wanted: Option<&Id>, found: &FoundPair<'_>) {
        let has_room = self.ids.len() < MAX_IDS || wanted == Some(&id);
        let known = self.ids.iter_mut().find(|known| known.id == id);
        match known {
            Some(known) if known.values.len() < MAX_VALUES_PER_ID => {
                known.values.push(KeptValue::of(found));
            }
            None if has_room => {
                let values = vec![KeptValue::of(found)];
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
            .map(KeptValue::as_bytes)
    }
}

impl fmt::Debug for ReceivedCookieSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCookieSet")
            .field("ids", &self.ids.len())
            .finish_non_exhaustive()
    }
}
