//! Where a user comes back to after signing in: a path of this application, and never another
//! origin (RFC 9700 section 4.11).
//!
//! The input is refused unless all of this holds:
//!
//! 1. it has at most 2,048 bytes, all of them visible ASCII, and no backslash;
//! 2. it starts with one slash, or with this application's origin and a slash;
//! 3. what the WHATWG URL parser makes of it has the application's origin and no user information;
//! 4. the path of that URL, as it stands and percent-decoded, has no `//`, no backslash and no
//!    control byte, and decodes to UTF-8.
//!
//! What is emitted is the parsed URL's path, query and fragment, never the input, and it must pass
//! the same rules once more.

use percent_encoding::percent_decode_str;
use url::{Position, Url};

use crate::origin::base_url::BaseUrl;

const MAX_LENGTH: usize = 2048;

/// A path, query and fragment within the application's origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnTo(String);

impl ReturnTo {
    pub(crate) fn parse(input: &str, base: &BaseUrl) -> Option<Self> {
        let emitted = within_origin(input, base)?[Position::BeforePath..].to_owned();
        let again = within_origin(&emitted, base)?;
        (again[Position::BeforePath..] == emitted).then_some(Self(emitted))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The page with these parameters behind its own, and without its fragment.
    pub(crate) fn with_query(&self, parameters: &str) -> String {
        let page = self.0.split('#').next().unwrap_or_default();
        match parameters {
            "" => page.to_owned(),
            _ if page.contains('?') => format!("{page}&{parameters}"),
            _ => format!("{page}?{parameters}"),
        }
    }

    /// The path alone.
    pub(crate) fn path(&self) -> &str {
        self.0.split(['?', '#']).next().unwrap_or_default()
    }
}

fn within_origin(input: &str, base: &BaseUrl) -> Option<Url> {
    let visible = input
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path_or_own_origin = input.strip_prefix(base.origin()).unwrap_or(input);
    let one_slash = path_or_own_origin.starts_with('/') && !path_or_own_origin.starts_with("//");
    if input.len() > MAX_LENGTH || !visible || !one_slash {
        return None;
    }
    let url = base.join(input)?;
    let own = url.origin() == base.url().origin()
        && url.username().is_empty()
        && url.password().is_none();
    (own && path_is_plain(url.path())).then_some(url)
}

fn path_is_plain(path: &str) -> bool {
    let Ok(decoded) = percent_decode_str(path).decode_utf8() else {
        return false;
    };
    let stray_percent = path.split('%').skip(1).any(|rest| {
        let mut digits = rest.bytes();
        !(0..2).all(|_| digits.next().is_some_and(|digit| digit.is_ascii_hexdigit()))
    });
    !stray_percent
        && !path.contains("//")
        && !decoded.contains("//")
        && !decoded.contains(|c: char| c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::plain_http::PlainHttp;

    fn parse(input: &str) -> Option<String> {
        let base = BaseUrl::parse("https://app.example", PlainHttp::Loopback).unwrap();
        ReturnTo::parse(input, &base).map(|return_to| return_to.as_str().to_owned())
    }

    #[track_caller]
    fn refused(inputs: &[&str]) {
        for input in inputs {
            assert_eq!(parse(input), None, "{input:?}");
        }
    }

    #[test]
    fn a_path_with_query_and_fragment_is_kept() {
        for input in [
            "/",
            "/ok",
            "/ok?next=//evil#frag",
            "/a/b?x=%2F%zz&y=1",
            "/caf%C3%A9",
        ] {
            assert_eq!(parse(input).as_deref(), Some(input));
        }
    }

    #[test]
    fn an_absolute_url_of_this_origin_is_emitted_as_a_path() {
        assert_eq!(
            parse("https://app.example/a?b#c").as_deref(),
            Some("/a?b#c")
        );
        refused(&["https://app.example", "http://app.example/a"]);
    }

    /// Combines every way of writing another host that public lists of open-redirect payloads have.
    #[test]
    fn nothing_that_is_accepted_leads_to_another_origin() {
        const SCHEMES: [&str; 12] = [
            "",
            "https:",
            "http:",
            "HtTpS:",
            "ftp:",
            "javascript:",
            "data:",
            "///",
            " ",
            "\t",
            "@",
            ".",
        ];
        const SLASHES: [&str; 22] = [
            "/",
            "//",
            "///",
            "\\",
            "\\\\",
            "/\\",
            "\\/",
            "/\t/",
            "/\n/",
            "/ /",
            "/./",
            "/.//",
            "/..//",
            "/%2e%2e//",
            "/%2f",
            "/%2F%2f",
            "/%5c",
            "/%5C%5c",
            "/%09/",
            "/%0d%0a/",
            "/;/",
            "／／",
        ];
        const HOSTS: [&str; 10] = [
            "evil.example",
            "app.example@evil.example",
            "app.example.evil.example",
            "app.example:443@evil.example",
            "evil.example#app.example",
            "evil.example\\.app.example",
            "evil。example",
            "%65vil.example",
            "[::1]",
            "2130706433",
        ];
        const ENDS: [&str; 6] = ["", "/", "/..", "//", "?x=//y", "/%2e%2e/%2e%2e//evil"];

        let base = BaseUrl::parse("https://app.example", PlainHttp::Loopback).unwrap();
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let mut accepted = 0;
        for scheme in SCHEMES {
            for slashes in SLASHES {
                for host in HOSTS {
                    for end in ENDS {
                        let once = format!("{scheme}{slashes}{host}{end}");
                        let encoded = once.replace('%', "%25");
                        for input in [&encoded, &once, &decoded(&once), &decoded(&decoded(&once))] {
                            let Some(emitted) = parse(input) else {
                                continue;
                            };
                            accepted += 1;
                            let url = base.join(&emitted).unwrap();
                            assert_eq!(url.origin(), base.url().origin(), "{input:?}");
                            assert!(emitted.starts_with('/'), "{input:?}");
                            assert!(!emitted.starts_with("//"), "{input:?}");
                            assert!(emitted.is_ascii() && !emitted.contains('\\'), "{input:?}");
                        }
                    }
                }
            }
        }
        // Paths such as `/evil.example/` are pages of this application.
        assert!(accepted > 0);
    }

    #[test]
    fn other_origins_and_schemes_are_refused() {
        refused(&[
            "//e",
            "///e",
            "////e",
            "https:e",
            "https:/e",
            "http:\\\\e",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://e/",
            "e",
            "",
            "?x",
            "#x",
        ]);
    }

    #[test]
    fn backslashes_are_refused() {
        refused(&["/\\e", "\\/e", "\\\\e", "/\\/e", "/./\\e"]);
    }

    #[test]
    fn encoded_slashes_and_control_bytes_are_refused() {
        refused(&[
            "/%5ce",
            "/%2f%2fe",
            "/%2F/e",
            "/%09/e",
            "/%0d%0aSet-Cookie:x",
        ]);
    }

    #[test]
    fn white_space_and_control_bytes_are_refused() {
        refused(&[
            "/\t/e",
            "/\n/e",
            "/\r\n",
            "/\0/",
            "/ /e",
            "\x0b/e",
            " /e",
            "\u{feff}/e",
        ]);
    }

    #[test]
    fn look_alikes_of_the_own_origin_are_refused() {
        refused(&[
            "https://app.example.evil/",
            "https://app.example@evil/",
            "https://evil#app.example/",
            "https://evil\\.app.example/",
            "https://app.example:443@e/",
            "／/e",
            "https://app。example/",
            "https://app.example//e",
        ]);
    }

    #[test]
    fn dot_segments_that_leave_two_slashes_are_refused() {
        refused(&["/.//e", "/..//e", "/a/..//e", "/%2e%2e//e"]);
    }

    #[test]
    fn more_than_2048_bytes_are_refused() {
        let longest = format!("/{}", "a".repeat(2047));

        assert!(parse(&longest).is_some());
        assert_eq!(parse(&format!("{longest}a")), None);
    }

    #[test]
    fn broken_percent_encoding_is_refused() {
        refused(&["/%", "/%zz", "/%f", "/%ff"]);
    }
}
