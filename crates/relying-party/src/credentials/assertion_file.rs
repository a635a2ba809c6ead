//! A file with an assertion that another program renews, of which one read is in flight at a time.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use zeroize::Zeroizing;

use super::source::TIMEOUT;
use crate::runtime::{self, Instant};

/// Far more than any JWT that fits into a request.
const MAX_BYTES: usize = 64 * 1024;

/// The path, and the read that is in flight. Clones share both.
#[derive(Clone)]
pub(crate) struct AssertionFile(Arc<FileState>);

struct FileState {
    path: PathBuf,
    /// At most one: a read that hangs blocks its thread for as long as it hangs, and the runtime's
    /// threads for such work also look up host names.
    reading: Mutex<Option<Reading>>,
}

/// What all callers that wait for one read get.
type Content = Result<Arc<Zeroizing<Vec<u8>>>, Unreadable>;

#[derive(Clone)]
struct Reading {
    began: Instant,
    content: watch::Receiver<Option<Content>>,
}

/// Why there is no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotFound,
    Denied,
    NotRegular,
    TooLarge,
    /// Its read began more than five seconds ago.
    Hangs,
    Other,
}

impl AssertionFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(Arc::new(FileState {
            path,
            reading: Mutex::new(None),
        }))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Reads the file, or waits for the read that is in flight. After five seconds it fails, and so does
    /// every later call, at once, until that read ends.
    pub(crate) async fn read(&self) -> Content {
        self.read_by(read_limited).await
    }

    async fn read_by(&self, read: impl FnOnce(&Path) -> Content + Send + 'static) -> Content {
        let mut reading = self.join_or_start(read);
        let deadline = reading.began.checked_add(TIMEOUT).unwrap_or(reading.began);
        let content = async {
            let content = reading.content.wait_for(Option::is_some).await;
            content.ok()?.clone()
        };
        match runtime::timeout_at(deadline, content).await {
            Some(content) => content.unwrap_or(Err(Unreadable::Other)),
            None => Err(Unreadable::Hangs),
        }
    }

    fn join_or_start(&self, read: impl FnOnce(&Path) -> Content + Send + 'static) -> Reading {
        let mut in_flight = self.reading();
        // Without a sender its work has panicked, or the runtime that it belonged to has ended.
        let has_sender = |it: &&Reading| it.content.has_changed().is_ok();
        if let Some(reading) = in_flight.as_ref().filter(has_sender) {
            return reading.clone();
        }
        let (sender, content) = watch::channel(None);
        let began = runtime::now();
        let reading = Reading { began, content };
        *in_flight = Some(reading.clone());
        drop(in_flight);
        let file = self.clone();
        runtime::spawn_blocking(move || {
            let content = read(file.path());
            // First, so that a caller that has this content reads the file again the next time.
            *file.reading() = None;
            sender.send_replace(Some(content));
        });
        reading
    }

    fn reading(&self) -> MutexGuard<'_, Option<Reading>> {
        self.0
            .reading
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for AssertionFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AssertionFile").field(&self.path()).finish()
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Other,
        }
    }
}

fn read_limited(path: &Path) -> Content {
    // Before it is opened: to open a named pipe waits for a writer, which may never come.
    if !fs::metadata(path)?.is_file() {
        return Err(Unreadable::NotRegular);
    }
    let limit = MAX_BYTES.saturating_add(1);
    // With its full capacity from the beginning, so that it is not moved while it grows.
    let mut content = Zeroizing::new(Vec::with_capacity(limit.saturating_add(1)));
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    File::open(path)?.take(limit).read_to_end(&mut content)?;
    if content.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge);
    }
    Ok(Arc::new(content))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn text(content: &Content) -> Result<&str, Unreadable> {
        let content = content.as_ref().map_err(|why| *why)?;
        Ok(str::from_utf8(content).unwrap_or("not UTF-8"))
    }

    fn content(text: &str) -> Content {
        Ok(Arc::new(Zeroizing::new(text.into())))
    }

    #[tokio::test(start_paused = true)]
    async fn callers_share_the_read_that_is_in_flight_and_the_next_one_reads_again() {
        let file = AssertionFile::new("token".into());
        let (release, waits) = mpsc::channel::<()>();
        let first = file.read_by(move |_| {
            let _ = waits.recv();
            content("first")
        });
        let second = file.read_by(|_| content("second"));
        let released = async { drop(release) };
        let (first, second, ()) = tokio::join!(first, second, released);

        assert_eq!(text(&first), Ok("first"));
        assert_eq!(text(&second), Ok("first"));
        let third = file.read_by(|_| content("third")).await;
        assert_eq!(text(&third), Ok("third"));
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_read_hangs_no_other_one_begins_and_callers_do_not_wait() {
        let file = AssertionFile::new("token".into());
        let (release, waits) = mpsc::channel::<()>();
        let reads = Arc::new(AtomicUsize::new(0));
        let hanging = {
            let reads = Arc::clone(&reads);
            file.read_by(move |_| {
                reads.fetch_add(1, Ordering::SeqCst);
                let _ = waits.recv();
                Err(Unreadable::Other)
            })
        };
        // The clock does not advance by itself while a thread is blocked.
        let (hanging, ()) = tokio::join!(hanging, tokio::time::advance(TIMEOUT));
        assert_eq!(text(&hanging), Err(Unreadable::Hangs));
        for _ in 0..1_000 {
            let reads = Arc::clone(&reads);
            let read = file.read_by(move |_| {
                reads.fetch_add(1, Ordering::SeqCst);
                content("another")
            });
            assert_eq!(text(&read.await), Err(Unreadable::Hangs));
        }

        drop(release);
        while file.reading().is_some() {
            std::thread::yield_now();
        }
        assert_eq!(reads.load(Ordering::SeqCst), 1);
        let read = file.read_by(|_| content("at last")).await;
        assert_eq!(text(&read), Ok("at last"));
    }

    #[tokio::test]
    async fn a_read_that_panicked_is_followed_by_another_one() {
        let file = AssertionFile::new("token".into());
        let panicked = file.read_by(|_| panic!("expected by this test")).await;
        assert_eq!(text(&panicked), Err(Unreadable::Other));
        let read = file.read_by(|_| content("later")).await;
        assert_eq!(text(&read), Ok("later"));
    }

    #[cfg(unix)]
    #[test]
    fn a_named_pipe_is_refused_without_waiting_for_a_writer() {
        let name = format!("relying-party-{}-pipe", std::process::id());
        let path = std::env::temp_dir().join(name);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let (sender, result) = mpsc::channel();
        let pipe = path.clone();
        // A thread without a handle, so that the test ends even if it waits for a writer.
        std::thread::spawn(move || sender.send(read_limited(&pipe).map(drop)));
        let result = result.recv_timeout(Duration::from_secs(10));
        fs::remove_file(&path).unwrap();

        assert_eq!(result, Ok(Err(Unreadable::NotRegular)));
    }
}
