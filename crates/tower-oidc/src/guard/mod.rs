//! A layer in front of the application's routes that lets only signed-in users pass.

mod future;
mod require;

pub use self::future::RequireAuthFuture;
pub use self::require::{RequireAuth, RequireAuthLayer};
pub use crate::context::revalidation::RevalidationPolicy;
