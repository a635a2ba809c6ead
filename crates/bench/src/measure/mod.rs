//! How the cost of an operation is measured: time, instructions, allocations.

pub(crate) mod allocations;
pub(crate) mod callgrind;
pub(crate) mod instructions;
pub(crate) mod processor;
pub(crate) mod processor_features;
pub(crate) mod time;

use std::fmt;

/// An operation that is measured by repeating it.
pub(crate) struct Operation {
    pub(crate) name: String,
    run: Box<dyn FnMut()>,
}

impl Operation {
    pub(crate) fn new(name: impl Into<String>, run: impl FnMut() + 'static) -> Self {
        Self {
            name: name.into(),
            run: Box::new(run),
        }
    }

    pub(crate) fn run(&mut self) {
        (self.run)();
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Operation").field(&self.name).finish()
    }
}
