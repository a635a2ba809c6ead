//! The processor time of a thread, as the kernel counts it.

use std::fs;
use std::path::{Path, PathBuf};
#[cfg(any(feature = "scale", test))]
use std::{thread, time::Duration};

/// A thread whose processor time is counted.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    /// Where the kernel shows it.
    statistics: PathBuf,
}

impl Thread {
    /// The thread that calls this.
    pub(crate) fn current() -> Result<Self, String> {
        let thread = fs::read_link("/proc/thread-self");
        let thread = thread.map_err(|error| format!("this is not Linux: {error}"))?;
        Ok(Self {
            statistics: Path::new("/proc").join(thread).join("schedstat"),
        })
    }

    /// Nanoseconds for which the thread has run so far. The kernel counts them when the thread stops.
    pub(crate) fn time(&self) -> Result<u64, String> {
        let text = fs::read_to_string(&self.statistics).map_err(|error| error.to_string())?;
        let first = text.split_whitespace().next().unwrap_or_default();
        first
            .parse()
            .map_err(|_| format!("the kernel does not count processor time: {text}"))
    }

    /// The same for the thread that calls this, which stops for a moment, so that all is counted.
    #[cfg(any(feature = "scale", test))]
    pub(crate) fn own_time(&self) -> Result<u64, String> {
        thread::sleep(Duration::from_micros(1));
        self.time()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_counted() {
        let thread = Thread::current().unwrap();
        let before = thread.own_time().unwrap();

        let sum: u64 = (0..2_000_000).map(std::hint::black_box).sum();

        assert!(sum > 0);
        assert!(thread.own_time().unwrap() > before);
    }
}
