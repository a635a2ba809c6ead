//! `Trigger`: why a hook is called.

/// Why a hook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// A user returned from the provider, and there is no session yet.
    SignIn,
    /// The tokens of a session were refreshed.
    Refresh,
}
