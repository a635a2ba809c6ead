//! The error of a store, as text for the log.

use tower_oidc::StoreError;
use tower_sessions_core::session::Id;
use tower_sessions_core::session_store::Error;

use crate::record;

/// The longest text in characters.
const MAX_TEXT: usize = 300;

/// The error that the layer logs when the store failed to read or write the record of this id.
pub(crate) fn of(id: Id, error: Error) -> StoreError {
    match error {
        Error::Backend(text) => StoreError::new(without_secrets(&text)),
        // Its text can repeat parts of the record.
        Error::Decode(_) => record::damaged(id),
        Error::Encode(_) => StoreError::new("the session store cannot encode a record"),
    }
}

/// The text on one line, without the words that can contain a password: URLs, `user@host` and `key=value`.
fn without_secrets(text: &str) -> String {
    let can_be_secret = |word: &str| word.contains("://") || word.contains(['@', '=']);
    let words = text
        .split_whitespace()
        .map(|word| if can_be_secret(word) { "…" } else { word });
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_TEXT).map(printable).collect()
}

/// The character, or a question mark for one that could change how the rest of a line is shown.
fn printable(character: char) -> char {
    match character {
        '"' | '\'' | '\\' => character,
        _ if character.escape_debug().len() == 1 => character,
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(error: Error) -> String {
        of(Id(0), error).to_string()
    }

    #[test]
    fn an_error_has_no_url_and_no_password() {
        let failed = Error::Backend(
            "error with configuration: \"postgres://app:canary@db.internal/app\"\n(host=db password=canary)".to_owned(),
        );

        assert_eq!(text(failed), "error with configuration: … … …");
    }

    #[test]
    fn an_error_keeps_what_an_operator_needs() {
        let said =
            "error returned from database: relation \"tower_sessions.session\" does not exist";

        assert_eq!(text(Error::Backend(said.to_owned())), said);
    }

    #[test]
    fn an_error_is_one_line_of_limited_length() {
        let hostile = format!("a\r\n\u{1b}[31mb\u{2028}\u{202e}{}", "c".repeat(1000));

        let text = text(Error::Backend(hostile));

        assert_eq!(text.chars().count(), MAX_TEXT);
        assert!(text.starts_with("a ?[31mb ?ccc"), "{text}");
    }

    #[test]
    fn a_record_that_cannot_be_decoded_is_not_repeated() {
        let text = text(Error::Decode("invalid type: string \"canary\"".to_owned()));

        assert!(
            text.starts_with("the record AAAAAAAAAAAAAAAAAAAAAA in"),
            "{text}"
        );
        assert!(!text.contains("canary"), "{text}");
    }
}
