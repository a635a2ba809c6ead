//! What the code under test logs on this thread.

use std::any::Any;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::util::SubscriberInitExt;

/// A recording, which ends when it is dropped.
pub(crate) struct Log {
    record: Record,
    _guards: [Box<dyn Any>; 2],
}

/// The recorded text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Arc<Mutex<Vec<u8>>>);

impl Record {
    /// What was written after the first bytes of this number.
    pub(crate) fn since(&self, start: usize) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes[start..]).into_owned()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

pub(crate) fn record() -> Log {
    let record = Record::default();
    let writer = record.clone();
    let collector = || tracing_subscriber::fmt().with_ansi(false);
    // While there is only one subscriber, a thread of another test that reaches an event first
    // decides for good that no one listens to it.
    let another = collector().with_writer(io::sink).set_default();
    let guard = collector()
        .with_writer(move || writer.clone())
        .set_default();
    Log {
        record,
        _guards: [Box::new(guard), Box::new(another)],
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        self.record.since(0)
    }
}

impl io::Write for Record {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
