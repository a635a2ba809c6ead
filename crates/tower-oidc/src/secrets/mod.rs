//! Cookie secrets that change while the application runs: where they come from, and which of them seals.

mod file;
pub(crate) mod loaded;
mod source;
mod timed_secret;

pub use self::source::SecretSource;
pub(crate) use self::timed_secret::SETTING;
pub use self::timed_secret::TimedSecret;
