//! A stored cookie, and the requests with which it is sent: RFC 6265bis sections 5.1 and 5.8.3.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::jar::Refusal;
use super::set_cookie::SameSite;

/// How long a cookie without `SameSite` is sent with a cross-site top-level POST.
const LAX_ALLOWING_UNSAFE: Duration = Duration::from_secs(120);

/// A stored cookie.
#[derive(Clone, Debug)]
pub struct Cookie {
    pub(super) name: Vec<u8>,
    pub(super) value: Vec<u8>,
    /// The domain it belongs to, without a leading dot.
    pub domain: String,
    /// Sent to `domain` only, not to hosts below it.
    pub host_only: bool,
    /// The path it is sent under.
    pub path: String,
    /// Sent over secure connections only.
    pub secure: bool,
    /// Hidden from scripts.
    pub http_only: bool,
    /// Whether it is sent across sites.
    pub same_site: SameSite,
    /// When it expires; `None`: when the browser closes.
    pub expires: Option<SystemTime>,
    /// Time and order of its creation; a replacement keeps them.
    pub(super) created: (SystemTime, u64),
    /// Time and order of its last use.
    pub(super) used: (SystemTime, u64),
}

/// The properties of a request that decide which cookies are sent.
#[derive(Clone, Debug)]
pub(super) struct CookieRequest<'a> {
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    /// The connection counts as secure.
    pub(super) secure: bool,
    /// Section 5.2: target and initiator belong to one site, or the user typed the address.
    pub(super) same_site: bool,
    /// It replaces the page in the tab.
    pub(super) top_level: bool,
    /// GET, HEAD, OPTIONS or TRACE.
    pub(super) safe_method: bool,
}

impl Cookie {
    /// Its name; bytes that are not UTF-8 are shown as U+FFFD.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name)
    }

    /// Its value; bytes that are not UTF-8 are shown as U+FFFD.
    pub fn value(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// The bytes that count against a browser's 4,096.
    pub fn size(&self) -> usize {
        self.name.len() + self.value.len()
    }

    pub(super) fn is_alive(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.host_only == other.host_only
            && self.path == other.path
    }

    /// "Leave secure cookies alone": `new` came over an insecure connection.
    pub(super) fn is_shadowed_by(&self, new: &Self) -> bool {
        self.secure
            && self.name == new.name
            && (domain_matches(&self.domain, &new.domain)
                || domain_matches(&new.domain, &self.domain))
            && path_matches(&new.path, &self.path)
    }

    pub(super) fn is_sent_with(&self, request: &CookieRequest<'_>, now: SystemTime) -> bool {
        let host = if self.host_only {
            self.domain == request.host
        } else {
            domain_matches(request.host, &self.domain)
        };
        let young = now < self.created.0 + LAX_ALLOWING_UNSAFE;
        let site = request.same_site
            || match self.same_site {
                SameSite::None => true,
                SameSite::Strict => false,
                SameSite::Lax => request.top_level && request.safe_method,
                SameSite::Default => request.top_level && (request.safe_method || young),
            };
        host && site && path_matches(request.path, &self.path) && (request.secure || !self.secure)
    }

    /// Section 4.1.3 as section 5.7 enforces it: ignoring case, and for nameless cookies by the
    /// value, which a server would read as the name.
    pub(super) fn check_prefix(&self, path_is_root: bool) -> Result<(), Refusal> {
        let has = |bytes: &[u8], prefix: &[u8]| {
            bytes
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let nameless = self.name.is_empty()
            && [b"__Secure-".as_slice(), b"__Host-", b"__Http-"]
                .into_iter()
                .any(|prefix| has(&self.value, prefix));
        let insecure = has(&self.name, b"__Secure-") && !self.secure;
        let shared =
            has(&self.name, b"__Host-") && !(self.secure && self.host_only && path_is_root);
        // The jar holds what responses set, so it is not a script that sets one of these.
        let for_http = has(&self.name, b"__Http-") || has(&self.name, b"__Host-Http-");
        let for_scripts = for_http && !(self.secure && self.http_only);
        if nameless || insecure || shared || for_scripts {
            return Err(Refusal::Prefix);
        }
        Ok(())
    }
}

/// Section 5.1.3.
pub(super) fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain
        || (host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
            && host.parse::<IpAddr>().is_err())
}

/// Section 5.1.4.
fn path_matches(request_path: &str, cookie_path: &str) -> bool {
    request_path
        .strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie_path.ends_with('/'))
}
