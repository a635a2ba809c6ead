//! Text from the network or the configuration, in a form that is safe in a log.

use std::collections::HashMap;

use base64_simd::STANDARD;
use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The largest number of characters of one text in a log line, counted after escaping.
const MAX_CHARACTERS: usize = 200;
/// How many characters of a text are read. They are more than are shown, because secrets are removed.
const MAX_READ: usize = 1_000;
/// A repeated secret is recognized by this many consecutive bytes of it.
const WINDOW: usize = 8;
/// Shorter texts are not secret, and removing them would remove half of every sentence.
const SHORTEST_SECRET: usize = 3;
/// Replaces a secret.
const REMOVED: &str = "[removed]";

/// The secrets of a request, which must not be logged if the response repeats them.
pub(crate) struct SentSecrets(Vec<Secret>);

impl SentSecrets {
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter();
        Self(secrets.map(|it| Secret::new(it.to_owned())).collect())
    }

    /// Nothing secret was sent, or the text cannot repeat it.
    pub(crate) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// Returns each secret as it was sent, and in the encodings of forms and of HTTP basic
    /// authentication.
    fn forms(&self) -> impl Iterator<Item = Zeroizing<String>> {
        self.0.iter().map(Secret::expose).flat_map(|secret| {
            let as_form = byte_serialize(secret.as_bytes()).collect::<String>();
            [
                Zeroizing::new(secret.to_owned()),
                Zeroizing::new(STANDARD.encode_to_string(secret.as_bytes())),
                Zeroizing::new(as_form),
            ]
        })
    }
}

/// Returns `text` in quotes for a log: without the secrets that were `sent`, on one line, without
/// characters that could end the quotation, control a terminal or reorder the line, and cut to 200
/// characters.
pub(crate) fn quoted(text: &str, sent: &SentSecrets) -> String {
    format!("\"{}\"", escaped(&without(text, sent)))
}

/// Returns text without secrets in the same form, without quotes.
#[cfg(any(feature = "hyper-client", test))]
pub(crate) fn plain(text: &str) -> String {
    escaped(text)
}

/// Describes two issuers that differ: the configured one, and the one that `whose` names.
pub(crate) fn issuers(configured: &str, whose: &str, named: &str, sent: &SentSecrets) -> String {
    one_of("configured", [configured], whose, named, sent)
}

/// Describes an issuer that is not one of the expected ones, which are `of` this origin.
pub(crate) fn one_of<'a>(
    of: &str,
    issuers: impl IntoIterator<Item = &'a str>,
    whose: &str,
    named: &str,
    sent: &SentSecrets,
) -> String {
    let nothing = SentSecrets::nothing();
    let issuers = issuers.into_iter().map(|issuer| quoted(issuer, &nothing));
    let issuers = issuers.collect::<Vec<_>>().join(" or ");
    format!("{of} {issuers}, {whose} {}", quoted(named, sent))
}

/// Returns a URL for a log, without user name, password, query and fragment, which may contain secrets.
pub(crate) fn url(text: &str) -> String {
    let Ok(url) = Url::parse(text) else {
        return "a URL that cannot be read".to_owned();
    };
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    escaped(&format!("{}://{host}{port}{}", url.scheme(), url.path()))
}

/// Keeps letters and digits of any script, and the visible ASCII characters except quotes and the
/// backslash. Everything else is escaped like in Rust: line breaks, terminal escapes, marks that change
/// the direction of text, invisible characters.
fn escaped(text: &str) -> String {
    const CUT: &str = "...";
    let mut shown = String::new();
    let mut length = 0_usize;
    let mut fits_with_cut = 0;
    for character in text.chars().take(MAX_READ.saturating_add(1)) {
        let stays = match character {
            '"' | '\'' | '\\' => false,
            ' ' => true,
            other => other.is_ascii_graphic() || is_visible_letter(other),
        };
        let added = if stays {
            shown.push(character);
            1
        } else {
            let escape = character.escape_default();
            let added = escape.len();
            shown.extend(escape);
            added
        };
        length = length.saturating_add(added);
        if length > MAX_CHARACTERS {
            shown.truncate(fits_with_cut);
            shown.push_str(CUT);
            break;
        }
        if length <= MAX_CHARACTERS.saturating_sub(CUT.len()) {
            fits_with_cut = shown.len();
        }
    }
    shown
}

/// The Hangul fillers are letters, but invisible.
fn is_visible_letter(character: char) -> bool {
    const INVISIBLE: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];
    character.is_alphanumeric() && !INVISIBLE.contains(&character)
}

/// Removes secrets that were sent, parts of them included, and what looks like a JWT.
fn without(text: &str, sent: &SentSecrets) -> String {
    let mut characters = text.chars();
    let mut text: String = characters.by_ref().take(MAX_READ).collect();
    if characters.next().is_some() {
        // If the limit cuts a secret, its beginning may be too short to be recognized.
        for _ in 0..WINDOW {
            text.pop();
        }
    }
    let hidden = bytes_to_hide(&text, sent);

    let mut shown = String::with_capacity(text.len());
    let mut hides = false;
    for (start, character) in text.char_indices() {
        let is_hidden = hidden
            .iter()
            .skip(start)
            .take(character.len_utf8())
            .any(|it| *it);
        if !is_hidden {
            shown.push(character);
        } else if !hides {
            shown.push_str(REMOVED);
        }
        hides = is_hidden;
    }
    shown
}

/// Returns for each byte of the text whether it belongs to a secret that was sent, or to what looks
/// like a JWT.
fn bytes_to_hide(text: &str, sent: &SentSecrets) -> Vec<bool> {
    let bytes = text.as_bytes();
    let lower = text.to_ascii_lowercase();
    let mut hidden = vec![false; bytes.len()];
    let mut hide = |start: usize, length: usize| {
        let end = start.saturating_add(length);
        hidden
            .iter_mut()
            .take(end)
            .skip(start)
            .for_each(|it| *it = true);
    };

    // Maps each window of the text to whether a secret contains it. The windows of the secrets are
    // looked up once, so the work is linear in the text and in the secrets.
    let mut windows: HashMap<&[u8], bool> = lower
        .as_bytes()
        .windows(WINDOW)
        .map(|it| (it, false))
        .collect();
    for secret in sent.forms() {
        let secret = Zeroizing::new(secret.to_ascii_lowercase());
        for window in secret.as_bytes().windows(WINDOW) {
            if let Some(found) = windows.get_mut(window) {
                *found = true;
            }
        }
        if (SHORTEST_SECRET..WINDOW).contains(&secret.len()) {
            for (start, _) in lower.match_indices(secret.as_str()) {
                hide(start, secret.len());
            }
        }
    }
    for (start, window) in lower.as_bytes().windows(WINDOW).enumerate() {
        if windows.get(window).is_some_and(|found| *found) {
            hide(start, WINDOW);
        }
    }
    for (start, _) in text.match_indices("eyJ") {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(byte);
        let length = bytes.iter().skip(start).take_while(is_part).count();
        if length >= WINDOW {
            hide(start, length);
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_secrets(text: &str, secrets: &[&str]) -> String {
        quoted(text, &SentSecrets::new(secrets.iter().copied()))
    }

    #[test]
    fn characters_that_could_forge_log_lines_or_control_a_terminal_are_escaped() {
        for (text, expected) in [
            (
                "The scope 'x' (of 2) is wrong.",
                r#""The scope \'x\' (of 2) is wrong.""#,
            ),
            ("a\r\nb\tc\0", r#""a\r\nb\tc\u{0}""#),
            ("\u{1b}[31m\u{9b}1m\u{7f}", r#""\u{1b}[31m\u{9b}1m\u{7f}""#),
            (r#"" level=ERROR \ "#, r#""\" level=ERROR \\ ""#),
            (
                "\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{85}\u{a0}",
                r#""\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{85}\u{a0}""#,
            ),
            ("Ungültig: пароль 密码", "\"Ungültig: пароль 密码\""),
            ("\u{3164}e\u{301}", r#""\u{3164}e\u{301}""#),
        ] {
            assert_eq!(without_secrets(text, &[]), expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_is_cut_to_two_hundred_characters_between_escapes() {
        let shown = |text: &str| plain(text).chars().count();
        assert_eq!(shown(&"x".repeat(200)), 200);
        for text in [
            "x".repeat(201),
            "ü".repeat(100_000),
            format!("{}\n", "x".repeat(199)),
        ] {
            let cut = plain(&text);
            assert!(cut.ends_with("...") && cut.chars().count() <= 200, "{cut}");
        }
        let escapes = plain(&"\u{202e}".repeat(500));
        assert!(
            escapes.ends_with("\\u{202e}...") && escapes.len() <= 200,
            "{escapes}"
        );
    }

    #[test]
    fn a_sent_secret_is_removed_in_every_encoding() {
        let secret = "s3cr+t/of the client";
        let encoded = byte_serialize(secret.as_bytes()).collect::<String>();
        let base64 = STANDARD.encode_to_string(secret.as_bytes());
        for text in [
            secret,
            &secret.to_ascii_uppercase(),
            &encoded,
            &base64,
            "s3cr+t/of th",
            "the client",
        ] {
            let shown = without_secrets(&format!("ü<{text}> is bad"), &["other", secret]);
            assert_eq!(shown, "\"ü<[removed]> is bad\"", "{text}");
        }
        assert_eq!(
            without_secrets("code abc, abcd", &["abc"]),
            "\"code [removed], [removed]d\""
        );
        assert_eq!(without_secrets("a code", &["a", ""]), "\"a code\"");
        let late = format!("{}{secret}", "x".repeat(190));
        assert!(!without_secrets(&late, &[secret]).contains("s3"));
        let jwt = "token eyJhbGciOiJub25lIn0.e30. is bad";
        assert_eq!(without_secrets(jwt, &[]), "\"token [removed] is bad\"");
    }

    #[test]
    fn a_url_shows_neither_credentials_nor_query() {
        assert_eq!(
            url("https://user:canary@op.example:8443/a%0Ab?key=canary#canary"),
            "https://op.example:8443/a%0Ab"
        );
        assert_eq!(url("canary"), "a URL that cannot be read");
    }
}
