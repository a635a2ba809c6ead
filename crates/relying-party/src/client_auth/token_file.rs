//! An assertion in a file that another program renews.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::assertion::is_jwt;
use crate::credentials::{AssertionSource, TIMEOUT};
use crate::error::{Error, ErrorKind};
use crate::log_text::{SentSecrets, quoted};
use crate::provider::Provider;
use crate::runtime;
use crate::secret::Secret;

/// Far more than any JWT that fits into a request.
const MAX_BYTES: usize = 64 * 1024;

impl Provider {
    /// Sets a file that contains the assertion by which the client authenticates, and that another
    /// program renews: a service account token of Kubernetes, or a federated credential of Microsoft
    /// Entra. It is read again for every request in which the client authenticates.
    ///
    /// The file must contain a JWT of at most 64 KiB; white space around it is removed. If it cannot be
    /// read, nothing is sent, and the request fails with a transient error that names the path
    /// (`client_auth.file`).
    ///
    /// ```
    /// # use relying_party::Provider;
    /// let provider = Provider::new("https://op.example", "client-id")
    ///     .client_assertion_file("/var/run/secrets/tokens/op.example");
    /// # let _ = provider;
    /// ```
    pub fn client_assertion_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.credentials.assertion_source = Some(AssertionSource::File(path.into().into()));
        self
    }
}

/// Reads the assertion.
pub(super) async fn read(path: &Arc<Path>) -> Result<Secret, Error> {
    let to_read = Arc::clone(path);
    let content = runtime::blocking(TIMEOUT, move || read_limited(&to_read)).await;
    let assertion = match content {
        Some(Ok(content)) => jwt(&content).ok_or(
            "does not contain a JWT; nothing was sent, and the file is read again next time",
        ),
        Some(Err(error)) => Err(match error.kind() {
            io::ErrorKind::NotFound => "does not exist; nothing was sent",
            io::ErrorKind::PermissionDenied => "must not be read by this process; nothing was sent",
            io::ErrorKind::FileTooLarge => "is larger than 64 KiB; nothing was sent",
            _ => "cannot be read; nothing was sent",
        }),
        None => Err("could not be read within five seconds; nothing was sent"),
    };
    assertion.map_err(|why| {
        let path = quoted(&path.to_string_lossy(), &SentSecrets::nothing());
        Error::transient(
            ErrorKind::Configuration,
            "client_auth.file",
            format!("the file of the setting `client_assertion_file` {why}"),
            None,
        )
        .with_detail(path)
    })
}

fn read_limited(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let limit = MAX_BYTES.saturating_add(1);
    // With its full capacity from the beginning, so that it is not moved while it grows.
    let mut content = Zeroizing::new(Vec::with_capacity(limit.saturating_add(1)));
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    File::open(path)?.take(limit).read_to_end(&mut content)?;
    if content.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(content)
}

fn jwt(content: &[u8]) -> Option<Secret> {
    let text = str::from_utf8(content).ok()?.trim();
    is_jwt(text).then(|| Secret::new(text.to_owned()))
}
