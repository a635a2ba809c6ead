//! Fields that a newer version of this crate wrote: two bits of a tag say what an older one does with them.

use super::fields::{Content, Field, FieldWriter};

/// Without this field, what contains it cannot be understood.
pub(super) const CRITICAL: u8 = 0x80;

/// The field is copied unchanged when the session is written again.
pub(crate) const COPIED: u8 = 0x40;

/// More than one cookie holds. A newer version has no reason to write more, and this bounds what an older one
/// carries from request to request.
const MAX_COPIED: usize = 4096;

/// A field is critical and its tag is unknown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownCritical;

/// The unknown fields that are copied, in the order in which they were read.
#[derive(Clone, Default)]
pub(crate) struct UnknownFields {
    fields: Vec<Field>,
    /// The bytes that they take.
    size: usize,
}

impl UnknownFields {
    /// Takes a field with an unknown tag. It is kept if its tag asks for it and there is room, and dropped
    /// otherwise.
    pub(super) fn read(&mut self, tag: u8, content: Content<'_>) -> Result<(), UnknownCritical> {
        if tag & CRITICAL != 0 {
            return Err(UnknownCritical);
        }
        if tag & COPIED != 0 {
            let field = content.to_field(tag);
            let size = self.size.saturating_add(field.len());
            if size <= MAX_COPIED {
                self.fields.push(field);
                self.size = size;
            }
        }
        Ok(())
    }

    pub(super) fn write(&self, writer: &mut FieldWriter) {
        for field in &self.fields {
            field.write(writer);
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
