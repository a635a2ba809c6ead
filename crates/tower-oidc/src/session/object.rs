//! JSON objects of claims, whose members keep the text in which they were written.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::value::RawValue;

pub(crate) type Object<'a> = BTreeMap<String, &'a RawValue>;

pub(crate) fn read(json: &[u8]) -> Option<Object<'_>> {
    serde_json::from_slice(json).ok()
}

pub(crate) fn written(object: &Object<'_>) -> Option<Bytes> {
    serde_json::to_vec(object).ok().map(Bytes::from)
}

/// The same; `None` also for an object without members.
pub(crate) fn written_unless_empty(object: &Object<'_>) -> Option<Bytes> {
    (!object.is_empty()).then(|| written(object)).flatten()
}
