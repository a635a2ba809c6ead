//! A layer in front of the application's routes that lets only signed-in users pass.

pub(crate) mod future;
pub(crate) mod require;
