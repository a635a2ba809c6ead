//! The cookie jar, RFC 6265bis sections 5.7 (storing) and 5.8 (sending).

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::set_cookie::{SameSite, SetCookie};
use super::site::registrable_domain;
use crate::TestClock;

/// Chrome keeps 180 cookies per registrable domain, Firefox 150.
const MAX_PER_DOMAIN: usize = 180;
/// For how long a cookie without `SameSite` goes with a cross-site top-level POST.
const LAX_ALLOWING_UNSAFE: Duration = Duration::from_secs(120);

/// The cookies of one browser. A clone is a thief's copy: it shares nothing with the original.
#[derive(Clone, Debug)]
pub struct Jar {
    clock: TestClock,
    cookies: Vec<Cookie>,
    /// Orders cookies of one instant: the test's clock stands still while cookies are set.
    sequence: u64,
}

/// A stored cookie.
#[derive(Clone, Debug)]
pub struct Cookie {
    name: Vec<u8>,
    value: Vec<u8>,
    /// The domain it belongs to, without a leading dot.
    pub domain: String,
    /// Sent to `domain` itself alone, not to hosts below it.
    pub host_only: bool,
    /// The path it is sent under.
    pub path: String,
    /// Sent over secure connections alone.
    pub secure: bool,
    /// Kept from scripts.
    pub http_only: bool,
    /// How far it travels across sites.
    pub same_site: SameSite,
    /// When it dies; `None` lives as long as the browser does.
    pub expires: Option<SystemTime>,
    created: (SystemTime, u64),
    used: (SystemTime, u64),
}

/// What a jar needs to know of a request.
#[derive(Clone, Debug)]
pub(super) struct CookieRequest<'a> {
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    /// The connection counts as secure.
    pub(super) secure: bool,
    /// Section 5.2: target and initiator are of one site, or the user typed the address.
    pub(super) same_site: bool,
    /// It replaces the page in the tab.
    pub(super) top_level: bool,
    /// GET, HEAD, OPTIONS or TRACE.
    pub(super) safe_method: bool,
}

/// Why a browser throws a cookie away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Neither a name nor a value.
    Empty,
    /// A control character that is not a tab.
    ControlCharacter,
    /// Name and value of more than 4,096 bytes.
    TooLong,
    /// A domain that the host is not part of.
    ForeignDomain,
    /// A domain under which strangers register names.
    PublicSuffix,
    /// `Secure` over a connection that is not.
    InsecureConnection,
    /// A secure cookie of that name must not be replaced over an insecure connection.
    WouldReplaceSecure,
    /// `SameSite=None` without `Secure`.
    SameSiteNoneWithoutSecure,
    /// Set by a cross-site subresource without `SameSite=None`.
    CrossSite,
    /// `__Secure-` without `Secure`, or `__Host-` without `Secure`, with `Domain`, or without
    /// `Path=/`.
    Prefix,
}

impl Jar {
    pub(super) fn new(clock: TestClock) -> Self {
        Self {
            clock,
            cookies: Vec::new(),
            sequence: 0,
        }
    }

    /// The living cookies, oldest first.
    pub fn cookies(&self) -> Vec<Cookie> {
        let now = self.clock.now();
        let mut cookies: Vec<_> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.is_alive(now))
            .cloned()
            .collect();
        cookies.sort_by_key(|cookie| cookie.created);
        cookies
    }

    /// The living cookie of this name, if there is exactly one.
    pub fn cookie(&self, name: &str) -> Option<Cookie> {
        let mut named = self
            .cookies()
            .into_iter()
            .filter(|cookie| cookie.name() == name);
        named.next().filter(|_| named.next().is_none())
    }

    /// Changes the value of every cookie of this name, as its owner or a thief can.
    ///
    /// # Panics
    /// Where there is none: a test that tampers with nothing shows nothing.
    pub fn tamper(&mut self, name: &str, change: impl Fn(&mut Vec<u8>)) {
        let mut found = false;
        for cookie in self
            .cookies
            .iter_mut()
            .filter(|cookie| cookie.name() == name)
        {
            change(&mut cookie.value);
            found = true;
        }
        assert!(found, "no cookie {name}");
    }

    /// Takes away every cookie of this name, and says how many there were.
    pub fn delete(&mut self, name: &str) -> usize {
        let before = self.cookies.len();
        self.cookies.retain(|cookie| cookie.name() != name);
        before - self.cookies.len()
    }

    /// Takes away all cookies.
    pub fn clear(&mut self) {
        self.cookies.clear();
    }

    /// Puts a host-only cookie in as it is, past every rule: any bytes, any length.
    pub fn plant(&mut self, host: &str, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let now = self.tick();
        self.cookies.push(Cookie {
            name: name.into(),
            value: value.into(),
            domain: host.to_owned(),
            host_only: true,
            path: "/".to_owned(),
            secure: false,
            http_only: false,
            same_site: SameSite::Lax,
            expires: None,
            created: now,
            used: now,
        });
    }

    /// Stores a `Set-Cookie` field, or says why a browser would not: section 5.7.
    pub(super) fn store(
        &mut self,
        field: &[u8],
        request: &CookieRequest<'_>,
    ) -> Result<(), Refusal> {
        let now = self.tick();
        let set = SetCookie::parse(field, now.0)?;
        let prefix_path = set.path.as_deref() == Some("/");
        let (domain, host_only) = cookie_domain(set.domain, request.host)?;
        if set.secure && !request.secure {
            return Err(Refusal::InsecureConnection);
        }
        let mut cookie = Cookie {
            name: set.name,
            value: set.value,
            domain,
            host_only,
            path: set
                .path
                .unwrap_or_else(|| default_path(request.path).to_owned()),
            secure: set.secure,
            http_only: set.http_only,
            same_site: set.same_site,
            expires: set.expires,
            created: now,
            used: now,
        };
        if !cookie.secure
            && !request.secure
            && self.cookies.iter().any(|old| old.is_shadowed_by(&cookie))
        {
            return Err(Refusal::WouldReplaceSecure);
        }
        if cookie.same_site == SameSite::None && !cookie.secure {
            return Err(Refusal::SameSiteNoneWithoutSecure);
        }
        if cookie.same_site != SameSite::None && !request.same_site && !request.top_level {
            return Err(Refusal::CrossSite);
        }
        cookie.check_prefix(prefix_path)?;

        // A cookie that is replaced keeps its place in the order.
        if let Some(at) = self.cookies.iter().position(|old| old.is_same(&cookie)) {
            cookie.created = self.cookies.remove(at).created;
        }
        if cookie.is_alive(now.0) {
            self.cookies.push(cookie);
            self.evict(now.0, request.host);
        }
        Ok(())
    }

    /// The cookies for a request, as `name=value`, in the order they are sent in: section 5.8.3.
    pub(super) fn pairs(&mut self, request: &CookieRequest<'_>) -> Vec<Vec<u8>> {
        let used = self.tick();
        let mut sent: Vec<_> = self
            .cookies
            .iter_mut()
            .filter(|cookie| cookie.is_alive(used.0) && cookie.goes_with(request, used.0))
            .collect();
        sent.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        sent.into_iter()
            .map(|cookie| {
                cookie.used = used;
                let separator: &[u8] = if cookie.name.is_empty() { b"" } else { b"=" };
                [&cookie.name, separator, &cookie.value].concat()
            })
            .collect()
    }

    /// Section 5.7's end: over the limit expired cookies go first, then insecure ones, and in
    /// each group those that were unused for longest.
    fn evict(&mut self, now: SystemTime, host: &str) {
        self.cookies.retain(|cookie| cookie.is_alive(now));
        let site = registrable_domain(host);
        let shares = |cookie: &Cookie| registrable_domain(&cookie.domain) == site;
        while self.cookies.iter().filter(|cookie| shares(cookie)).count() > MAX_PER_DOMAIN {
            let least = self
                .cookies
                .iter()
                .enumerate()
                .filter(|(_, cookie)| shares(cookie))
                .min_by_key(|(_, cookie)| (cookie.secure, cookie.used))
                .map(|(at, _)| at)
                .expect("more than 180 cookies");
            self.cookies.remove(least);
        }
    }

    fn tick(&mut self) -> (SystemTime, u64) {
        self.sequence += 1;
        (self.clock.now(), self.sequence)
    }
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

    fn is_alive(&self, now: SystemTime) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.host_only == other.host_only
            && self.path == other.path
    }

    /// "Leave secure cookies alone": `new` came over an insecure connection.
    fn is_shadowed_by(&self, new: &Self) -> bool {
        self.secure
            && self.name == new.name
            && (domain_matches(&self.domain, &new.domain)
                || domain_matches(&new.domain, &self.domain))
            && path_matches(&new.path, &self.path)
    }

    fn goes_with(&self, request: &CookieRequest<'_>, now: SystemTime) -> bool {
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

    /// Section 4.1.3 as section 5.7 enforces it: in any case, and for nameless cookies by the
    /// value, which a server would read as the name.
    fn check_prefix(&self, path_is_root: bool) -> Result<(), Refusal> {
        let has = |bytes: &[u8], prefix: &[u8]| {
            bytes
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let nameless = self.name.is_empty()
            && (has(&self.value, b"__Secure-") || has(&self.value, b"__Host-"));
        let insecure = has(&self.name, b"__Secure-") && !self.secure;
        let shared =
            has(&self.name, b"__Host-") && !(self.secure && self.host_only && path_is_root);
        if nameless || insecure || shared {
            return Err(Refusal::Prefix);
        }
        Ok(())
    }
}

/// The domain of a cookie, and whether it is of that host alone.
fn cookie_domain(attribute: Option<String>, host: &str) -> Result<(String, bool), Refusal> {
    let Some(domain) = attribute else {
        return Ok((host.to_owned(), true));
    };
    // Without the public suffix list: a single label is a suffix. One that is the host itself
    // makes a host-only cookie.
    if !domain.contains('.') {
        return if domain == host {
            Ok((domain, true))
        } else {
            Err(Refusal::PublicSuffix)
        };
    }
    if !domain_matches(host, &domain) {
        return Err(Refusal::ForeignDomain);
    }
    Ok((domain, false))
}

/// Section 5.1.3.
fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain
        || (host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
            && host.parse::<IpAddr>().is_err())
}

/// Section 5.1.4.
fn default_path(request_path: &str) -> &str {
    match request_path.rfind('/') {
        Some(last) if last > 0 => &request_path[..last],
        _ => "/",
    }
}

/// Section 5.1.4.
fn path_matches(request_path: &str, cookie_path: &str) -> bool {
    request_path
        .strip_prefix(cookie_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || cookie_path.ends_with('/'))
}

#[cfg(test)]
mod tests;
