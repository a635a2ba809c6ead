//! The room that a session has.

/// How many bytes the plaintext of a session may have, and whether it is compressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// What fits into one cookie. To reach it, parts are dropped that can be obtained again.
    pub(crate) preferred: usize,
    /// What fits at all.
    pub(crate) allowed: usize,
    pub(crate) compression: Compression,
}

impl Room {
    /// Room without a preference for less.
    pub(crate) const fn of(allowed: usize, compression: Compression) -> Self {
        Self {
            preferred: allowed,
            allowed,
            compression,
        }
    }
}

/// Whether sessions are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Compression {
    #[default]
    On,
    Off,
}
