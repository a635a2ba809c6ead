//! A place at which code under test waits until the test lets it go on.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Closed at first; clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    entered: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self {
            entered: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        }
    }

    /// Says that somebody came, and waits for [`open`](Self::open).
    pub async fn pass(&self) {
        self.entered.add_permits(1);
        self.open.acquire().await.expect("never closed").forget();
    }

    /// Waits until somebody has come.
    pub async fn entered(&self) {
        self.entered.acquire().await.expect("never closed").forget();
    }

    /// Lets one pass.
    pub fn open(&self) {
        self.open.add_permits(1);
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
