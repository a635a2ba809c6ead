//! Where secrets come from: a file, or a function of the application.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::file;
use super::timed_secret::{SETTING, TimedSecret};
use crate::config_error::ConfigError;
use crate::runtime::catch_panic;

/// Where the cookie secrets come from; see
/// [`AuthLayerBuilder::cookie_secrets`](crate::AuthLayerBuilder::cookie_secrets).
#[derive(Clone)]
pub struct SecretSource(Source);

#[derive(Clone)]
enum Source {
    File {
        path: PathBuf,
        activation_delay: Duration,
    },
    Function(Arc<Load>),
}

type Load = dyn Fn() -> Result<Vec<TimedSecret>, Box<dyn Error + Send + Sync>> + Send + Sync;

/// How long instances have to notice a new secret, unless configured: ten reloads, and as long as a cluster takes to
/// bring a changed file to all of them.
const ACTIVATION_DELAY: Duration = Duration::from_secs(300);

impl SecretSource {
    /// A file with one secret per line, the newest first. Empty lines do not count.
    ///
    /// The secret of the first line seals cookies from the time of the file's modification and the
    /// [`activation_delay`](Self::activation_delay) on; until then the second line does. All lines open cookies, and a
    /// secret that is alone seals at once. To replace the secret, write a new one above it, and remove the former one
    /// when the absolute lifetime has passed since then. Write another file and rename it, so that no instance
    /// reads half of it.
    ///
    /// The file must have visible ASCII characters only, and at most 16 KiB.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::File {
            path: path.into(),
            activation_delay: ACTIVATION_DELAY,
        })
    }

    /// Sets how long after its modification the first line of a [`file`](Self::file) begins to seal. Default: 5 minutes,
    /// within which all instances must have read the file: each reads it every 30 seconds, and some platforms
    /// take minutes to bring it to all of them. It has no effect on a function, which gives the times itself.
    #[must_use]
    pub fn activation_delay(mut self, delay: Duration) -> Self {
        if let Source::File {
            activation_delay, ..
        } = &mut self.0
        {
            *activation_delay = delay;
        }
        self
    }

    /// A function that returns the secrets that are valid now, such as those that the application has fetched from a
    /// secret manager. It is called by [`build`](crate::AuthLayerBuilder::build), and every 30 seconds by a request,
    /// which waits for it: it must return at once, and must not call
    /// [`reload_secrets`](crate::AuthLayer::reload_secrets).
    ///
    /// An error, a panic and secrets that break a rule change nothing; the log has a line at ERROR. The text of the
    /// error is logged, so it must not contain a secret.
    #[must_use]
    pub fn from_fn<F>(load: F) -> Self
    where
        F: Fn() -> Result<Vec<TimedSecret>, Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
    {
        Self(Source::Function(Arc::new(load)))
    }

    /// The secrets that are valid now. They are not checked, apart from the form of a file.
    pub(crate) fn load(&self) -> Result<Vec<TimedSecret>, ConfigError> {
        match &self.0 {
            Source::File {
                path,
                activation_delay,
            } => file::read(path, *activation_delay),
            Source::Function(load) => {
                let loaded = catch_panic(|| load()).map_err(|_| {
                    ConfigError::new(
                        SETTING,
                        "panicked: let the function return an error instead",
                    )
                })?;
                loaded.map_err(|error| {
                    let rule = format!(
                        "returned an error: {:?}. Let the function return the secrets",
                        error.to_string()
                    );
                    ConfigError::new(SETTING, rule)
                })
            }
        }
    }
}

/// Shows the path of a file.
impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::File {
                path,
                activation_delay,
            } => f
                .debug_struct("SecretSource")
                .field("file", path)
                .field("activation_delay", activation_delay)
                .finish(),
            Source::Function(_) => f.debug_struct("SecretSource").finish_non_exhaustive(),
        }
    }
}
