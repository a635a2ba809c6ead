//! Reading and writing the stored forms: a codec for tagged fields, and times.

pub(crate) mod codec;
pub(crate) mod time;
