//! A file with one secret per line, the newest first.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use zeroize::Zeroizing;

use super::timed_secret::{SETTING, TimedSecret};
use crate::config_error::ConfigError;

/// Enough for eight secrets of 2,000 characters.
const MAX_BYTES: usize = 16 * 1024;

/// Reads the file; the secret of its first line seals `activation_delay` after the file's modification.
pub(super) fn read(
    path: &Path,
    activation_delay: Duration,
) -> Result<Vec<TimedSecret>, ConfigError> {
    // Whoever opens a pipe waits for its other end.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(refused("is no file: give the path of a file"));
    }
    let file = File::open(path).map_err(unreadable)?;
    let modified = file.metadata().and_then(|it| it.modified());
    let modified = modified.map_err(unreadable)?;
    // With room for all, so that no part is left in memory when the buffer grows.
    let limit = MAX_BYTES.saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit.saturating_add(64)));
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > MAX_BYTES {
        return Err(refused(
            "is a file of more than 16 KiB: give a file that has one secret per line and nothing else",
        ));
    }
    let mut secrets = lines(&bytes)?;
    if let Some(first) = secrets.first_mut() {
        first.seals_from = modified.checked_add(activation_delay);
    }
    Ok(secrets)
}

fn lines(bytes: &[u8]) -> Result<Vec<TimedSecret>, ConfigError> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let secrets: Option<Vec<_>> = lines
        .filter(|line| !line.is_empty())
        .map(|line| {
            let is_visible = line.iter().all(u8::is_ascii_graphic);
            is_visible.then(|| TimedSecret::new(line))
        })
        .collect();
    match secrets {
        None => Err(refused(
            "is a file with other characters than visible ASCII, such as spaces or a byte order mark: remove \
             them, or write a new secret with openssl rand -base64 48",
        )),
        Some(secrets) if secrets.is_empty() => Err(refused(
            "is an empty file: write a secret of at least 32 random bytes into it, as openssl rand -base64 48 \
             makes it",
        )),
        Some(secrets) => Ok(secrets),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unreadable(error: io::Error) -> ConfigError {
    let rule = format!(
        "cannot be read: {}. Give the path of a file that this program may read",
        error.kind()
    );
    ConfigError::new(SETTING, rule)
}

fn refused(rule: &'static str) -> ConfigError {
    ConfigError::new(SETTING, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "dK3vX9qLw2mZs8RtYb5NcF7hJ1pGu4Ea";
    const TWO: &str = "Qw7eRt2yUi9oPa4sDf6gHj1kLz8xCv3b";

    #[test]
    fn each_line_is_a_secret_whatever_ends_it() {
        let expected = [TimedSecret::new(ONE), TimedSecret::new(TWO)];
        for text in [
            format!("{ONE}\n{TWO}"),
            format!("{ONE}\n{TWO}\n"),
            format!("{ONE}\r\n{TWO}\r\n"),
            format!("\n{ONE}\n\n{TWO}\n\n"),
        ] {
            assert_eq!(lines(text.as_bytes()).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn text_that_an_editor_changed_is_refused() {
        for text in [
            format!("\u{feff}{ONE}\n"),
            format!(" {ONE}\n"),
            format!("{ONE} # the new one\n"),
            format!("{ONE}\n{TWO}\t\n"),
            format!("{ONE}\r\r\n"),
            format!("{ONE}\0"),
            String::new(),
            "\n\r\n".to_owned(),
        ] {
            let error = lines(text.as_bytes()).unwrap_err();
            assert_eq!(error.setting(), SETTING);
            assert!(!error.to_string().contains(ONE), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_huge_missing_or_no_file_is_refused() {
        let path = std::env::temp_dir().join(format!("tower-oidc-{}-huge", std::process::id()));
        fs::write(&path, format!("{ONE}\n").repeat(MAX_BYTES / 33 + 1)).unwrap();
        let read = |path: &Path| read(path, Duration::ZERO).unwrap_err().to_string();

        assert!(read(&path).contains("16 KiB"));
        fs::remove_file(&path).unwrap();
        assert!(read(&path).contains("cannot be read"));
        assert!(read(&std::env::temp_dir()).contains("is no file"));
    }
}
