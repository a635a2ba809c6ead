//! A layer in front of the application's routes that lets only signed-in users pass.

mod demands;
mod future;
mod require;
mod requirement;

pub use self::future::RequireAuthFuture;
pub use self::require::{RequireAuth, RequireAuthLayer};
pub use self::requirement::{Require, Requirement};
pub use crate::context::revalidation::RevalidationPolicy;
