//! The binary encoding inside a seal: unsigned LEB128 numbers, and fields of a tag, a length and
//! that many bytes.

use std::ops::Range;

use bytes::Bytes;

use super::wiped::Wiped;

/// The bytes under an authentic seal are not what their version promises.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Appends to a buffer that is wiped when it is dropped, or only counts what would be appended.
pub(crate) struct Writer {
    buffer: Wiped,
    /// The number of bytes written so far, if they are counted and not kept.
    counted: Option<usize>,
}

#[cfg(test)]
thread_local! {
    /// How many bytes this thread has counted, for tests of what is measured too often.
    pub(crate) static MEASURED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The number of bytes that `write` appends; none of them is kept.
pub(crate) fn measure(write: impl FnOnce(&mut Writer)) -> usize {
    let mut writer = Writer::counting();
    write(&mut writer);
    writer.len()
}

impl Writer {
    /// Counts bytes and keeps none.
    pub(crate) fn counting() -> Self {
        Self {
            buffer: Wiped::default(),
            counted: Some(0),
        }
    }

    /// `capacity` should hold all that will be written: a buffer that grows leaves copies behind.
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            buffer: Wiped::with_capacity(capacity),
            counted: None,
        }
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes(&[byte]);
    }

    pub(crate) fn number(&mut self, mut number: u64) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                return self.byte(low & 0x7f);
            }
            self.byte(low | 0x80);
        }
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        match &mut self.counted {
            Some(counted) => {
                *counted = counted.saturating_add(bytes.len());
                #[cfg(test)]
                MEASURED.set(MEASURED.get().saturating_add(bytes.len()));
            }
            None => self.buffer.extend_from_slice(bytes),
        }
    }

    /// A length and that many bytes.
    pub(crate) fn sized(&mut self, bytes: &[u8]) {
        self.number(length(bytes));
        self.bytes(bytes);
    }

    pub(crate) fn field(&mut self, tag: u8, bytes: &[u8]) {
        self.byte(tag);
        self.sized(bytes);
    }

    pub(crate) fn len(&self) -> usize {
        self.counted.unwrap_or(self.buffer.len())
    }

    pub(crate) fn finish(self) -> Wiped {
        self.buffer
    }
}

impl AsRef<[u8]> for Writer {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

/// Takes from the front of a buffer. What it returns are views into that buffer; numbers are read in place, because
/// each view counts the buffer's users once more.
pub(crate) struct Reader {
    bytes: Bytes,
    position: usize,
}

impl Reader {
    pub(crate) const fn new(bytes: Bytes) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.position >= self.bytes.len()
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits << shift;
            if shifted >> shift != bits {
                return Err(Malformed);
            }
            number |= shifted;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    /// A number that counts bytes in memory.
    pub(crate) fn count(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| Malformed)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let range = self.advance(N)?;
        let taken = self.bytes.get(range).ok_or(Malformed)?;
        taken.try_into().map_err(|_| Malformed)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<Bytes, Malformed> {
        let range = self.advance(count)?;
        Ok(self.bytes.slice(range))
    }

    fn advance(&mut self, count: usize) -> Result<Range<usize>, Malformed> {
        let start = self.position;
        let end = start.checked_add(count).ok_or(Malformed)?;
        if end > self.bytes.len() {
            return Err(Malformed);
        }
        self.position = end;
        Ok(start..end)
    }

    pub(crate) fn sized(&mut self) -> Result<Bytes, Malformed> {
        let count = self.count()?;
        self.take(count)
    }

    /// The next field's tag and content; none at the end.
    pub(crate) fn field(&mut self) -> Result<Option<(u8, Bytes)>, Malformed> {
        if self.is_empty() {
            return Ok(None);
        }
        let tag = self.byte()?;
        Ok(Some((tag, self.sized()?)))
    }

    pub(crate) fn rest(self) -> Bytes {
        self.bytes.slice(self.position..)
    }
}

pub(crate) fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Sets a field that may occur once. Only a writer that is not ours lets it occur twice.
pub(crate) fn set_once<T>(place: &mut Option<T>, value: T) -> Result<(), Malformed> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Malformed),
    }
}

/// `bytes` as text; a view, not a copy.
pub(crate) fn utf8(bytes: &Bytes) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Reader {
        let mut writer = Writer::with_capacity(32);
        write(&mut writer);
        Reader::new(Bytes::copy_from_slice(writer.as_ref()))
    }

    #[test]
    fn every_number_comes_back() {
        for number in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            u64::from(u32::MAX),
            u64::MAX,
        ] {
            let mut reader = written(|w| w.number(number));

            assert_eq!(reader.number(), Ok(number));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn measuring_counts_what_writing_appends() {
        let write = |writer: &mut Writer| {
            writer.byte(7);
            writer.number(300);
            writer.field(9, &[0; 200]);
        };
        let mut writer = Writer::with_capacity(256);
        write(&mut writer);

        assert_eq!(measure(write), writer.len());
        let mut reader = Reader::new(Bytes::copy_from_slice(&writer.as_ref()[3..]));
        let (tag, content) = reader.field().unwrap().unwrap();
        assert_eq!((tag, content.len()), (9, 200));
        assert!(reader.is_empty());
    }

    #[test]
    fn a_number_beyond_64_bits_is_malformed() {
        for bytes in [&[0xff; 10][..], &[0x80; 11][..], &[0x80][..], &[][..]] {
            let mut reader = Reader::new(Bytes::copy_from_slice(bytes));

            assert_eq!(reader.number(), Err(Malformed));
        }
    }

    #[test]
    fn a_length_past_the_end_is_malformed() {
        let mut reader = written(|w| {
            w.byte(1);
            w.number(u64::MAX);
        });

        assert_eq!(reader.field(), Err(Malformed));
    }
}
