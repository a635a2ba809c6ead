//! The secret that seals the cookies while the provider is the embedded one.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::{env, io};

/// A random secret in a file beside the program, so that sessions survive a restart. In production
/// it comes from the environment: `AUTH_COOKIE_SECRET`.
pub(crate) fn of_this_machine() -> Result<String, String> {
    let program =
        env::current_exe().map_err(|error| format!("its own path is unknown: {error}"))?;
    let file = program.with_file_name("demo-cookie-secret");
    kept_in(&file).map_err(|error| format!("{} cannot be used: {error}", file.display()))
}

fn kept_in(file: &Path) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(mut created) => {
            let mut random = [0; 32];
            getrandom::fill(&mut random).map_err(io::Error::other)?;
            let secret: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
            created.write_all(secret.as_bytes())?;
            Ok(secret)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            // Editors add a line break at the end of the file.
            fs::read_to_string(file).map(|secret| secret.trim().to_owned())
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_uses_the_same_secret_and_another_folder_a_new_one() {
        let folder = env::temp_dir().join(format!("demo-cookie-secret-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (one, two) = (folder.join("one"), folder.join("two"));

        let first = kept_in(&one).unwrap();

        assert_eq!(first.len(), 64);
        assert_eq!(kept_in(&one).unwrap(), first);
        assert_ne!(kept_in(&two).unwrap(), first);
        fs::remove_dir_all(folder).unwrap();
    }
}
