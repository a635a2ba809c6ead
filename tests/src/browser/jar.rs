//! The cookie jar, RFC 6265bis sections 5.7 (storing) and 5.8 (sending).

use std::time::SystemTime;

use super::cookie::{Cookie, CookieRequest, domain_matches};
use super::set_cookie::{SameSite, SetCookie};
use super::site::registrable_domain;
use crate::TestClock;

/// Chrome keeps 180 cookies per registrable domain, Firefox 150.
const MAX_PER_DOMAIN: usize = 180;

/// The cookies of one browser. A clone is a thief's copy: it shares nothing with the original.
#[derive(Clone, Debug)]
pub struct Jar {
    clock: TestClock,
    cookies: Vec<Cookie>,
    /// Orders cookies of one instant: the test's clock stands still while cookies are set.
    sequence: u64,
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

/// Section 5.1.4.
fn default_path(request_path: &str) -> &str {
    match request_path.rfind('/') {
        Some(last) if last > 0 => &request_path[..last],
        _ => "/",
    }
}

#[cfg(test)]
mod tests;
