//! The plaintext of a session: its frame, its block, what is outside of it, and the padding.

use bytes::Bytes;

use super::Session;
use super::block::{EncodedBlock, read_block};
use super::body::Body;
use super::fields::{Buffers, Content, FieldWriter};
use super::frame::{Frame, FrameError, pad};
use super::room::Compression;
use crate::format::codec::{Reader, Writer, measure};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;

impl Session {
    /// Reads what [`encode`](Self::encode) wrote; the parts are views into the plaintext and into the block, which is
    /// expanded.
    pub(crate) fn decode(plaintext: Bytes) -> Result<Self, FrameError> {
        let (frame, body) = Frame::read(plaintext)?;
        Self::decode_body(frame, body)
    }

    pub(super) fn decode_body(frame: Frame, body: Bytes) -> Result<Self, FrameError> {
        let mut reader = Reader::new(&body);
        let buffers = Buffers {
            block: read_block(&mut reader, &body, frame.created_at)?,
            outside: body.slice_ref(reader.rest()),
        };
        let (body, identity_ranges) = Body::read(Content::all_of(&buffers), frame.created_at)?;
        let mut session = Self::new(frame, body);
        session.identity_ranges = identity_ranges;
        Ok(session)
    }

    /// The plaintext to seal at `now`.
    pub(crate) fn encode(&self, now: UnixMillis, compression: Compression) -> Wiped {
        self.plaintext(now, &self.fields(), compression)
    }

    fn fields(&self) -> FieldWriter {
        self.body.fields(self.frame.created_at)
    }

    fn plaintext(&self, now: UnixMillis, fields: &FieldWriter, compression: Compression) -> Wiped {
        let block = EncodedBlock::new(fields.block(), self.frame.created_at, compression);
        let write = |writer: &mut Writer| self.write(now, &block, fields, writer);
        let mut writer = Writer::with_capacity(measure(write));
        write(&mut writer);
        writer.finish()
    }

    /// The plaintext to seal at `now`; `None` if it has more than `limit` bytes.
    pub(super) fn encode_within(
        &self,
        limit: usize,
        now: UnixMillis,
        compression: Compression,
    ) -> Option<Wiped> {
        let fields = self.fields();
        // What is outside is never shorter, so nothing has to be compressed to tell.
        if fields.outside().len() > limit {
            return None;
        }
        let plaintext = self.plaintext(now, &fields, compression);
        (plaintext.len() <= limit).then_some(plaintext)
    }

    /// Whether the plaintext to seal at `now` has at most `limit` bytes.
    pub(crate) fn fits(&self, limit: usize, now: UnixMillis, compression: Compression) -> bool {
        let fields = self.fields();
        let fits = |compression| self.length(now, &fields, compression) <= limit;
        // A block is never longer when it is compressed, so that most sessions need not be compressed to tell.
        fields.outside().len() <= limit && (fits(Compression::Off) || fits(compression))
    }

    /// The length of what [`encode`](Self::encode) returns.
    pub(crate) fn plaintext_len(&self, now: UnixMillis, compression: Compression) -> usize {
        self.length(now, &self.fields(), compression)
    }

    fn length(&self, now: UnixMillis, fields: &FieldWriter, compression: Compression) -> usize {
        let block = EncodedBlock::new(fields.block(), self.frame.created_at, compression);
        measure(|writer| self.write(now, &block, fields, writer))
    }

    fn write(
        &self,
        now: UnixMillis,
        block: &EncodedBlock<'_>,
        fields: &FieldWriter,
        writer: &mut Writer,
    ) {
        self.frame.sealed(now).write(writer);
        block.write(writer);
        writer.bytes(fields.outside());
        pad(writer);
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
