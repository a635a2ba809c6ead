//! The fields of a body. A field has two parts: one in the block, which is compressed, and one outside of it, for what
//! must never be compressed.

use bytes::Bytes;

use crate::format::codec::{Malformed, Reader, Writer, is_utf8};

/// Set in a tag if the field has bytes outside of the block. Their number follows the tag, so that a reader can skip
/// or copy a field that it does not know.
pub(super) const OUTSIDE: u8 = 0x20;

/// The tag of a field that takes the rest of both parts, and has no lengths. A container that always ends with the same
/// field saves them in this way.
pub(super) const REST: u8 = 0;

/// Writes fields, or only counts the bytes of both parts.
pub(super) struct FieldWriter {
    block: Writer,
    outside: Writer,
}

/// How many bytes fields take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldsLength {
    pub(super) block: usize,
    pub(super) outside: usize,
}

impl FieldsLength {
    pub(super) const fn total(self) -> usize {
        self.block.saturating_add(self.outside)
    }
}

/// How many bytes `write` appends; none of them is kept.
pub(super) fn measure_fields(write: impl FnOnce(&mut FieldWriter)) -> FieldsLength {
    let mut writer = FieldWriter {
        block: Writer::counting(),
        outside: Writer::counting(),
    };
    write(&mut writer);
    writer.len()
}

/// What `write` appends, in buffers of exactly the length that is needed.
pub(super) fn write_fields(write: impl Fn(&mut FieldWriter)) -> FieldWriter {
    let length = measure_fields(&write);
    let mut writer = FieldWriter {
        block: Writer::with_capacity(length.block),
        outside: Writer::with_capacity(length.outside),
    };
    write(&mut writer);
    writer
}

impl FieldWriter {
    fn len(&self) -> FieldsLength {
        FieldsLength {
            block: self.block.len(),
            outside: self.outside.len(),
        }
    }

    /// The part in the block.
    pub(super) fn block(&self) -> &[u8] {
        self.block.as_ref()
    }

    /// The part outside of the block.
    pub(super) fn outside(&self) -> &[u8] {
        self.outside.as_ref()
    }

    /// Appends a byte to the block.
    pub(super) fn byte(&mut self, byte: u8) {
        self.block.byte(byte);
    }

    /// Appends a number to the block.
    pub(super) fn number(&mut self, number: u64) {
        self.block.number(number);
    }

    /// Appends the number of something in memory to the block.
    pub(super) fn count(&mut self, count: usize) {
        self.block.count(count);
    }

    /// Appends bytes to the block.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.block.bytes(bytes);
    }

    /// Appends bytes outside of the block.
    pub(super) fn bytes_outside(&mut self, bytes: &[u8]) {
        self.outside.bytes(bytes);
    }

    /// A field that is in the block alone.
    pub(super) fn field(&mut self, tag: u8, bytes: &[u8]) {
        self.block.field(tag, bytes);
    }

    /// A field that is outside of the block, but for its tag and its length.
    pub(super) fn field_outside(&mut self, tag: u8, bytes: &[u8]) {
        self.field_of(tag, |content| content.bytes_outside(bytes));
    }

    /// A field whose content is what `write` appends, and after which nothing may follow.
    pub(super) fn rest_of(&mut self, write: impl Fn(&mut Self)) {
        self.byte(REST);
        write(self);
    }

    /// A field whose content is what `write` appends.
    pub(super) fn field_of(&mut self, tag: u8, write: impl Fn(&mut Self)) {
        let length = measure_fields(&write);
        match length.outside {
            0 => self.byte(tag),
            outside => {
                self.byte(tag | OUTSIDE);
                self.count(outside);
            }
        }
        self.count(length.block);
        write(self);
    }
}

/// Takes fields from both parts, in the order in which they were written.
pub(super) struct FieldReader<'a> {
    block: Reader<'a>,
    outside: Reader<'a>,
    buffers: &'a Buffers,
}

/// The two buffers of a session, whose parts are views into them.
#[derive(Clone)]
pub(super) struct Buffers {
    pub(super) block: Bytes,
    pub(super) outside: Bytes,
}

/// The content of a field. It is borrowed, because each view of a buffer counts its users once more, and most fields are
/// only read.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) block: &'a [u8],
    pub(super) outside: &'a [u8],
    buffers: &'a Buffers,
}

impl<'a> FieldReader<'a> {
    pub(super) const fn new(content: Content<'a>) -> Self {
        Self {
            block: Reader::new(content.block),
            outside: Reader::new(content.outside),
            buffers: content.buffers,
        }
    }

    /// The next field's tag, without the bit that tells of bytes outside, and its content. None at the end, where both
    /// parts must end.
    pub(super) fn field(&mut self) -> Result<Option<(u8, Content<'a>)>, Malformed> {
        if self.block.is_empty() {
            return match self.outside.is_empty() {
                true => Ok(None),
                false => Err(Malformed),
            };
        }
        let tag = self.block.byte()?;
        if tag == REST {
            let content = Content {
                block: self.block.take_rest(),
                outside: self.outside.take_rest(),
                buffers: self.buffers,
            };
            return Ok(Some((REST, content)));
        }
        if tag & !OUTSIDE == REST {
            return Err(Malformed);
        }
        let outside = match tag & OUTSIDE {
            0 => &[],
            _ => {
                let length = self.block.count()?;
                self.outside.take(length)?
            }
        };
        let content = Content {
            block: self.block.sized()?,
            outside,
            buffers: self.buffers,
        };
        Ok(Some((tag & !OUTSIDE, content)))
    }
}

impl<'a> Content<'a> {
    /// All that the buffers hold.
    pub(super) fn all_of(buffers: &'a Buffers) -> Self {
        Self {
            block: &buffers.block,
            outside: &buffers.outside,
            buffers,
        }
    }

    /// A view of a part of [`block`](Self::block).
    pub(super) fn view_of_block(&self, part: &[u8]) -> Bytes {
        self.buffers.block.slice_ref(part)
    }

    /// A view of a part of [`outside`](Self::outside).
    pub(super) fn view_of_outside(&self, part: &[u8]) -> Bytes {
        self.buffers.outside.slice_ref(part)
    }

    /// A copy that can be kept.
    pub(super) fn to_field(self, tag: u8) -> Field {
        Field {
            tag,
            buffers: Buffers {
                block: self.view_of_block(self.block),
                outside: self.view_of_outside(self.outside),
            },
        }
    }

    /// The content of a field that has no bytes outside of the block.
    pub(super) const fn in_block(self) -> Result<&'a [u8], Malformed> {
        match self.outside.is_empty() {
            true => Ok(self.block),
            false => Err(Malformed),
        }
    }

    /// A view of the text of a field that has no bytes outside of the block.
    pub(super) fn text(self) -> Result<Bytes, Malformed> {
        let text = self.in_block()?;
        match is_utf8(text) {
            true => Ok(self.view_of_block(text)),
            false => Err(Malformed),
        }
    }

    /// A view of the content of a field that is either in the block or outside of it as a whole.
    pub(super) fn in_one_part(self) -> Result<Bytes, Malformed> {
        match (self.block.is_empty(), self.outside.is_empty()) {
            (_, true) => Ok(self.view_of_block(self.block)),
            (true, false) => Ok(self.view_of_outside(self.outside)),
            (false, false) => Err(Malformed),
        }
    }
}

/// A field that is kept as it was read.
#[derive(Clone)]
pub(super) struct Field {
    tag: u8,
    buffers: Buffers,
}

impl Field {
    /// Writes the field again.
    pub(super) fn write(&self, writer: &mut FieldWriter) {
        writer.field_of(self.tag, |content| {
            content.bytes(&self.buffers.block);
            content.bytes_outside(&self.buffers.outside);
        });
    }

    /// The bytes that [`write`](Self::write) appends to both parts.
    pub(super) fn len(&self) -> usize {
        measure_fields(|writer| self.write(writer)).total()
    }
}

#[cfg(test)]
impl Buffers {
    pub(super) fn of(block: &[u8], outside: &[u8]) -> Self {
        Self {
            block: Bytes::copy_from_slice(block),
            outside: Bytes::copy_from_slice(outside),
        }
    }

    pub(super) fn written(writer: &FieldWriter) -> Self {
        Self::of(writer.block(), writer.outside())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(buffers: &Buffers) -> FieldReader<'_> {
        FieldReader::new(Content::all_of(buffers))
    }

    #[test]
    fn nested_fields_come_back_from_both_parts() {
        let written = write_fields(|writer| {
            writer.field(1, b"one");
            writer.field_of(2, |two| {
                two.field_outside(3, b"secret");
                two.field(4, b"four");
            });
            writer.field_outside(5, b"data");
        });

        assert_eq!(written.outside(), b"secretdata");
        let buffers = Buffers::written(&written);
        let mut fields = reader(&buffers);
        let (tag, one) = fields.field().unwrap().unwrap();
        assert_eq!((tag, one.in_block().unwrap()), (1, &b"one"[..]));
        let (tag, two) = fields.field().unwrap().unwrap();
        assert_eq!((tag, two.outside), (2, &b"secret"[..]));
        let mut two = FieldReader::new(two);
        let (tag, three) = two.field().unwrap().unwrap();
        assert_eq!((tag, &*three.in_one_part().unwrap()), (3, &b"secret"[..]));
        let (tag, four) = two.field().unwrap().unwrap();
        assert_eq!((tag, &*four.in_one_part().unwrap()), (4, &b"four"[..]));
        assert!(two.field().unwrap().is_none());
        let (tag, five) = fields.field().unwrap().unwrap();
        assert_eq!((tag, five.outside), (5, &b"data"[..]));
        assert!(fields.field().unwrap().is_none());
    }

    #[test]
    fn the_last_field_takes_the_rest_of_both_parts() {
        let written = write_fields(|writer| {
            writer.field_outside(1, b"secret");
            writer.rest_of(|last| {
                last.bytes(b"in");
                last.bytes_outside(b"out");
            });
        });

        let buffers = Buffers::written(&written);
        let mut fields = reader(&buffers);
        assert!(fields.field().unwrap().is_some());
        let (tag, last) = fields.field().unwrap().unwrap();
        assert_eq!(tag, REST);
        assert_eq!((last.block, last.outside), (&b"in"[..], &b"out"[..]));
        assert!(fields.field().unwrap().is_none());
    }

    #[test]
    fn bytes_outside_that_no_field_counts_are_malformed() {
        let buffers = Buffers::of(&[1, 0], b"left");
        let mut fields = reader(&buffers);

        assert!(fields.field().unwrap().is_some());
        assert_eq!(fields.field().err(), Some(Malformed));
    }

    #[test]
    fn a_field_that_counts_more_bytes_outside_than_there_are_is_malformed() {
        let buffers = Buffers::of(&[1 | OUTSIDE, 5, 0], b"four");
        let mut fields = reader(&buffers);

        assert_eq!(fields.field().err(), Some(Malformed));
    }

    #[test]
    fn the_rest_has_no_length_outside_of_the_block() {
        let buffers = Buffers::of(&[REST | OUTSIDE, 0, 0], b"");
        let mut fields = reader(&buffers);

        assert_eq!(fields.field().err(), Some(Malformed));
    }

    #[test]
    fn a_field_that_should_be_in_one_part_is_refused_in_both() {
        let buffers = Buffers::of(b"in", b"out");
        let content = Content::all_of(&buffers);

        assert_eq!(content.in_one_part(), Err(Malformed));
        assert_eq!(content.in_block(), Err(Malformed));
    }
}
