//! Layers in front of the application's routes that let only signed-in users pass.

pub(crate) mod require;
pub(crate) mod revalidate;
