//! What values are sealed for.

/// What a value is sealed for. A value that is sealed for one purpose does not open for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purpose(&'static str);

impl Purpose {
    /// A signed-in session.
    pub const SESSION: Self = Self::new("session");

    /// A sign-in that is not finished.
    pub const TRANSACTION: Self = Self::new("txn");

    /// The state with which the browser returns from a sign-out at the provider.
    pub const LOGOUT: Self = Self::new("logout");

    /// The URL that ends the session at the provider, from the response to a script until the
    /// browser navigates there.
    pub const LOGOUT_URL: Self = Self::new("logout-url");

    /// Random values, such as ids; see [`KeyRing::hedged_random`](crate::KeyRing::hedged_random).
    pub const RANDOM: Self = Self::new("random");

    /// A record that is kept outside of cookies; see [`RecordKey`](crate::RecordKey).
    pub const RECORD: Self = Self::new("record");

    pub(crate) const fn name(self) -> &'static str {
        self.0
    }

    /// Makes another purpose.
    ///
    /// The name is part of the format: if you change it, values that were sealed before do not open
    /// any more.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}
