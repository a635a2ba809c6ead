//! An assertion in a file that another program renews.

use std::path::PathBuf;

use super::assertion::is_jwt;
use crate::credentials::{AssertionFile, AssertionSource, Unreadable};
use crate::error::{Error, ErrorKind};
use crate::log_text::{SentSecrets, quoted};
use crate::provider::Provider;
use crate::secret::Secret;

impl Provider {
    /// Sets a file that contains the assertion by which the client authenticates, and that another
    /// program renews: a service account token of Kubernetes, or a federated credential of Microsoft
    /// Entra. It is read again for every request in which the client authenticates.
    ///
    /// It must be a regular file that contains a JWT of at most 64 KiB; white space around it is removed.
    /// If it cannot be read within five seconds, nothing is sent, and the request fails with a transient
    /// error that names the path (`client_auth.file`). Requests at the same time share one read. While a
    /// read hangs, for example on a network file system, requests fail at once and no other read begins.
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .client_assertion_file("/var/run/secrets/tokens/op.example");
    /// # let _ = provider;
    /// ```
    pub fn client_assertion_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.credentials.assertion_source =
            Some(AssertionSource::File(AssertionFile::new(path.into())));
        self
    }
}

/// Reads the assertion.
pub(super) async fn read(file: &AssertionFile) -> Result<Secret, Error> {
    let assertion = match file.read().await {
        Ok(content) => jwt(&content).ok_or(
            "does not contain a JWT; nothing was sent, and the file is read again next time",
        ),
        Err(why) => Err(match why {
            Unreadable::NotFound => "does not exist; nothing was sent",
            Unreadable::Denied => "must not be read by this process; nothing was sent",
            Unreadable::NotRegular => {
                "is not a regular file but a folder, a pipe or a device; name a regular file; nothing \
                 was sent"
            }
            Unreadable::TooLarge => "is larger than 64 KiB; nothing was sent",
            Unreadable::Hangs => {
                "could not be read within five seconds; check the file system that it is on; nothing \
                 was sent"
            }
            Unreadable::Other => "cannot be read; nothing was sent",
        }),
    };
    assertion.map_err(|why| {
        let path = quoted(&file.path().to_string_lossy(), &SentSecrets::nothing());
        Error::transient(
            ErrorKind::Configuration,
            "client_auth.file",
            format!("the file of the setting `client_assertion_file` {why}"),
            None,
        )
        .with_detail(path)
    })
}

fn jwt(content: &[u8]) -> Option<Secret> {
    let text = str::from_utf8(content).ok()?.trim();
    is_jwt(text).then(|| Secret::new(text.to_owned()))
}
