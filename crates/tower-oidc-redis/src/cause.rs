//! Why the server did not do what it was asked, in words that reveal nothing.

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// The cause of an error, with its remedy if there is one.
///
/// A server repeats arguments of commands in some of its texts, and those could be a password or a session. So only
/// the code of its answer is shown.
pub(crate) fn describe(error: &RedisError) -> String {
    match error.kind() {
        ErrorKind::Io => error.to_string(),
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => {
            "the answer is not what Redis answers; does another program use this port?".to_owned()
        }
        ErrorKind::AuthenticationFailed => {
            "the server refused user or password; check the URL".to_owned()
        }
        ErrorKind::MasterNameNotFoundBySentinel => {
            "the Sentinels know no server of this name that is up; check the host of the URL".to_owned()
        }
        ErrorKind::Server(ServerErrorKind::NoPerm) => {
            "the user has no permission (NOPERM); see the commands and keys in the documentation of \
             tower-oidc-redis"
                .to_owned()
        }
        ErrorKind::Server(ServerErrorKind::BusyLoading) => {
            "the server still loads its data (LOADING)".to_owned()
        }
        ErrorKind::Server(ServerErrorKind::ReadOnly) => {
            "the server is a replica (READONLY); connect to the primary".to_owned()
        }
        _ => by_code(error),
    }
}

fn by_code(error: &RedisError) -> String {
    match error.code() {
        Some("OOM") => "the server's memory is full (OOM); raise maxmemory".to_owned(),
        Some("NOAUTH") => "the server wants a password (NOAUTH); write it into the URL".to_owned(),
        Some("MISCONF") => {
            "the server cannot write to its disk (MISCONF); see the server's log".to_owned()
        }
        Some("WRONGTYPE" | FOREIGN) => describe_foreign_entry().to_owned(),
        Some(code) if is_code(code) => format!("the server answered with the error {code}"),
        _ => error.category().to_owned(),
    }
}

/// The code with which our scripts report an entry that they did not write.
const FOREIGN: &str = "FOREIGN";

pub(crate) const fn describe_foreign_entry() -> &'static str {
    "an entry was not written by tower-oidc-redis; choose another prefix"
}

fn is_code(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether another connection may have more success: this one is closed, or leads to a server that was a primary
/// before.
pub(crate) fn needs_another_connection(error: &RedisError) -> bool {
    error.is_unrecoverable_error()
        || matches!(error.kind(), ErrorKind::Server(ServerErrorKind::ReadOnly))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_shows_the_code_of_an_answer_and_not_its_text() {
        for (code, expected) in [
            ("OOM", "maxmemory"),
            ("NOAUTH", "password"),
            ("WRONGTYPE", "another prefix"),
            ("FOREIGN", "another prefix"),
            ("ABC", "ABC"),
            ("canary", "extension error"),
        ] {
            let error = redis::make_extension_error(code.to_owned(), Some("canary".to_owned()));
            let cause = describe(&error);
            assert!(cause.contains(expected), "{cause}");
            assert!(!cause.contains("canary"), "{cause}");
        }
    }
}
