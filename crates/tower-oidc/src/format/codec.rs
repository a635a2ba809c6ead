//! The binary encoding inside a seal: unsigned LEB128 numbers, and fields of a tag, a length and
//! that many bytes.

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

    /// A number that counts something in memory.
    pub(crate) fn count(&mut self, count: usize) {
        self.number(u64::try_from(count).unwrap_or(u64::MAX));
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
        self.count(bytes.len());
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

/// Takes from the front of some bytes.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Malformed> {
        let (byte, rest) = self.0.split_first().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*byte)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Malformed> {
        // Most numbers are lengths below 128.
        if let Some((&byte @ ..0x80, rest)) = self.0.split_first() {
            self.0 = rest;
            return Ok(u64::from(byte));
        }
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
        let (array, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn sized(&mut self) -> Result<&'a [u8], Malformed> {
        let count = self.count()?;
        self.take(count)
    }

    /// The next field's tag and content; none at the end.
    pub(crate) fn field(&mut self) -> Result<Option<(u8, &'a [u8])>, Malformed> {
        if self.is_empty() {
            return Ok(None);
        }
        let tag = self.byte()?;
        Ok(Some((tag, self.sized()?)))
    }

    pub(crate) const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// All that is left. Nothing is left after it.
    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

/// Sets a field that may occur once. Only a writer that is not ours lets it occur twice.
pub(crate) fn set_once<T>(place: &mut Option<T>, value: T) -> Result<(), Malformed> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Malformed),
    }
}

/// Whether the bytes are UTF-8. Most texts are ASCII, for which this is quicker than to convert them.
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    bytes.is_ascii() || std::str::from_utf8(bytes).is_ok()
}

/// `bytes` as text.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Writer)) -> Writer {
        let mut writer = Writer::with_capacity(32);
        write(&mut writer);
        writer
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
            let writer = written(|w| w.number(number));
            let mut reader = Reader::new(writer.as_ref());

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
        let mut reader = Reader::new(&writer.as_ref()[3..]);
        let (tag, content) = reader.field().unwrap().unwrap();
        assert_eq!((tag, content.len()), (9, 200));
        assert!(reader.is_empty());
    }

    #[test]
    fn a_number_beyond_64_bits_is_malformed() {
        for bytes in [&[0xff; 10][..], &[0x80; 11][..], &[0x80][..], &[][..]] {
            let mut reader = Reader::new(bytes);

            assert_eq!(reader.number(), Err(Malformed));
        }
    }

    #[test]
    fn a_length_past_the_end_is_malformed() {
        let writer = written(|w| {
            w.byte(1);
            w.number(u64::MAX);
        });

        assert_eq!(Reader::new(writer.as_ref()).field(), Err(Malformed));
    }
}
