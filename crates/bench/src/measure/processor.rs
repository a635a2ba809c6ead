//! The processor time of a thread, as the kernel counts it, and the cores that the program may use.

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

/// The number of the first core on which this program may run: in a container it is not always 0.
pub(crate) fn first_allowed() -> Result<String, String> {
    let status = fs::read_to_string("/proc/self/status");
    let status = status.map_err(|error| format!("this is not Linux: {error}"))?;
    let core = first_of_list(&status);
    core.ok_or_else(|| "the kernel does not say which cores are allowed".to_owned())
}

/// The first number of a list such as `2-3,8`.
fn first_of_list(status: &str) -> Option<String> {
    let mut lines = status.lines();
    let list = lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let first = list.trim().split([',', '-']).next()?;
    first.parse::<u32>().ok().map(|core| core.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_allowed_core_need_not_be_the_first_of_the_computer() {
        let first = |list| first_of_list(&format!("Name:\tbench\nCpus_allowed_list:\t{list}\n"));

        assert_eq!(first("2-3,8").as_deref(), Some("2"));
        assert_eq!(first("5").as_deref(), Some("5"));
        assert_eq!(first(""), None);
        assert!(first_allowed().is_ok());
    }

    #[test]
    fn work_is_counted() {
        let thread = Thread::current().unwrap();
        let before = thread.own_time().unwrap();

        let sum: u64 = (0..2_000_000).map(std::hint::black_box).sum();

        assert!(sum > 0);
        assert!(thread.own_time().unwrap() > before);
    }
}
