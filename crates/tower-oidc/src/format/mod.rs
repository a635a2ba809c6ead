//! Reading and writing the stored forms: a codec for tagged fields, and times. Also a
//! bounded map whose entries expire, and a buffer that is wiped.

pub(crate) mod bounded_memory;
pub(crate) mod codec;
pub(crate) mod expiring_map;
#[cfg(test)]
pub(crate) mod manual_clock;
pub(crate) mod time;
pub(crate) mod wiped;
