//! Why a resolver found no provider, and for whom it looked.

/// Why there is no provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// There is none, or the origin may not use it.
    Unknown,
    /// The resolver gives no answer now, or one that cannot be used; the log says which.
    Unavailable,
}

/// For whom a provider is looked for. Requests that anybody can send do not hold up those of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    SignIn,
    Session,
}
