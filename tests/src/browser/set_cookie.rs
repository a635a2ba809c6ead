//! Reads a `Set-Cookie` field, RFC 6265bis section 5.6.

use std::time::{Duration, SystemTime};

use super::date;
use super::jar::Refusal;

/// Name and value together, section 5.6.
const MAX_NAME_AND_VALUE: usize = 4096;
/// One attribute's value, section 5.6.
const MAX_ATTRIBUTE: usize = 1024;
/// Section 5.5: no cookie is stored for more than 400 days.
const MAX_LIFETIME: Duration = Duration::from_secs(400 * 86_400);

/// A `Set-Cookie` field as it was written, before the jar checks it.
#[derive(Debug)]
pub(super) struct SetCookie {
    pub(super) name: Vec<u8>,
    pub(super) value: Vec<u8>,
    /// `None`: until the browser closes.
    pub(super) expires: Option<SystemTime>,
    /// Lower case, without a leading dot.
    pub(super) domain: Option<String>,
    /// `None`: the path of the request.
    pub(super) path: Option<String>,
    pub(super) secure: bool,
    pub(super) http_only: bool,
    pub(super) same_site: SameSite,
}

/// Whether a cookie is sent across sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// No attribute, or an unknown one: as `Lax`, but for two minutes it is also sent with a
    /// cross-site top-level POST (section 5.6.7.2, "Lax-allowing-unsafe").
    Default,
    /// With requests of the same site only.
    Strict,
    /// Also with safe cross-site top-level navigations.
    Lax,
    /// With every request.
    None,
}

impl SetCookie {
    pub(super) fn parse(field: &[u8], now: SystemTime) -> Result<Self, Refusal> {
        if field
            .iter()
            .any(|&byte| byte != b'\t' && byte.is_ascii_control())
        {
            return Err(Refusal::ControlCharacter);
        }
        let mut parts = field.split(|&byte| byte == b';');
        let pair = parts.next().unwrap_or_default();
        // A pair without `=` is a value without a name.
        let (name, value) = match pair.iter().position(|&byte| byte == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (&b""[..], pair),
        };
        let (name, value) = (trim(name), trim(value));
        if name.is_empty() && value.is_empty() {
            return Err(Refusal::Empty);
        }
        if name.len() + value.len() > MAX_NAME_AND_VALUE {
            return Err(Refusal::TooLong);
        }

        let mut cookie = Self {
            name: name.to_vec(),
            value: value.to_vec(),
            expires: None,
            domain: None,
            path: None,
            secure: false,
            http_only: false,
            same_site: SameSite::Default,
        };
        let mut max_age = None;
        for part in parts {
            let part = String::from_utf8_lossy(part);
            let (key, value) = part.split_once('=').unwrap_or((&part, ""));
            let value = value.trim_matches([' ', '\t']);
            if value.len() <= MAX_ATTRIBUTE {
                match key.trim_matches([' ', '\t']).to_ascii_lowercase().as_str() {
                    "max-age" => max_age = lifetime(value).or(max_age),
                    "expires" => cookie.expires = date::parse(value).or(cookie.expires),
                    "domain" => {
                        let domain = value.strip_prefix('.').unwrap_or(value);
                        cookie.domain = Some(domain.to_ascii_lowercase()).filter(|d| !d.is_empty());
                    }
                    "path" => cookie.path = value.starts_with('/').then(|| value.to_owned()),
                    "secure" => cookie.secure = true,
                    "httponly" => cookie.http_only = true,
                    "samesite" => cookie.same_site = SameSite::parse(value),
                    _ => {}
                }
            }
        }
        // `Max-Age` has precedence over `Expires`, whatever their order: section 5.7.
        if let Some(max_age) = max_age {
            cookie.expires = Some(now + max_age);
        }
        cookie.expires = cookie
            .expires
            .map(|expires| expires.min(now + MAX_LIFETIME));
        Ok(cookie)
    }
}

impl SameSite {
    fn parse(value: &str) -> Self {
        match value.to_ascii_lowercase().as_str() {
            "strict" => Self::Strict,
            "lax" => Self::Lax,
            "none" => Self::None,
            _ => Self::Default,
        }
    }
}

/// A `Max-Age`: `None` if it is not a number, zero if it is not positive.
fn lifetime(value: &str) -> Option<Duration> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if value.starts_with('-') {
        return Some(Duration::ZERO);
    }
    let seconds = digits.parse().unwrap_or(u64::MAX);
    Some(Duration::from_secs(seconds).min(MAX_LIFETIME))
}

/// In a cookie only spaces and tabs are white space.
fn trim(bytes: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = bytes
        .iter()
        .position(|byte| !blank(byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|byte| !blank(byte))
        .map_or(start, |last| last + 1);
    &bytes[start..end]
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn parse(field: &str) -> Result<SetCookie, Refusal> {
        SetCookie::parse(field.as_bytes(), UNIX_EPOCH)
    }

    #[test]
    fn attributes_are_read_in_any_case_and_order_and_the_last_one_is_used() {
        let cookie =
            parse(" a = b ; PATH=/x; samesite=STRICT;Secure ;httponly; Path=/y").expect("a cookie");
        assert_eq!(
            (cookie.name.as_slice(), cookie.value.as_slice()),
            (&b"a"[..], &b"b"[..])
        );
        assert_eq!(cookie.path.as_deref(), Some("/y"));
        assert!(cookie.secure && cookie.http_only);
        assert_eq!(cookie.same_site, SameSite::Strict);
    }

    #[test]
    fn name_and_value_of_4096_bytes_pass_and_4097_do_not() {
        let exact = format!("name={}; Path=/", "v".repeat(4092));
        assert_eq!(parse(&exact).expect("4096 bytes").value.len(), 4092);
        let over = format!("name={}; Path=/", "v".repeat(4093));
        assert_eq!(parse(&over).expect_err("4097 bytes"), Refusal::TooLong);
    }

    #[test]
    fn an_attribute_of_1025_bytes_is_ignored_and_the_cookie_kept() {
        let path = |length: usize| format!("/{}", "p".repeat(length - 1));
        let kept = parse(&format!("a=b; Path={}", path(1024))).expect("a cookie");
        assert_eq!(kept.path, Some(path(1024)));
        let ignored = parse(&format!("a=b; Path={}", path(1025))).expect("a cookie");
        assert_eq!(ignored.path, None);
    }

    #[test]
    fn max_age_has_precedence_over_expires_and_is_capped_at_400_days() {
        let expires = "Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        for field in [
            format!("a=b; Max-Age=60; {expires}"),
            format!("a=b; {expires}; Max-Age=60"),
        ] {
            let cookie = parse(&field).expect("a cookie");
            assert_eq!(cookie.expires, Some(UNIX_EPOCH + Duration::from_secs(60)));
        }
        let capped = parse("a=b; Max-Age=99999999999999999999").expect("a cookie");
        assert_eq!(capped.expires, Some(UNIX_EPOCH + MAX_LIFETIME));
        let gone = parse("a=b; Max-Age=-1").expect("a cookie");
        assert_eq!(gone.expires, Some(UNIX_EPOCH));
        assert_eq!(parse("a=b; Max-Age=soon").expect("a cookie").expires, None);
    }

    #[test]
    fn empty_pairs_and_control_characters_are_refused() {
        assert_eq!(parse("=; Path=/").expect_err("empty"), Refusal::Empty);
        assert_eq!(
            parse("a=b\u{7f}").expect_err("DEL"),
            Refusal::ControlCharacter
        );
        assert_eq!(parse("a=b\tc").expect("a tab is no control").value, b"b\tc");
    }
}
