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
    /// Orders cookies of the same time: the test's clock stands still while cookies are set.
    sequence: u64,
}

/// Why a browser refuses a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Neither a name nor a value.
    Empty,
    /// A control character that is not a tab.
    ControlCharacter,
    /// Name and value of more than 4,096 bytes.
    TooLong,
    /// A domain that does not contain the host.
    ForeignDomain,
    /// A domain under which anybody can register names.
    PublicSuffix,
    /// `Secure` over an insecure connection.
    InsecureConnection,
    /// A secure cookie of that name must not be replaced over an insecure connection.
    WouldReplaceSecure,
    /// `SameSite=None` without `Secure`.
    SameSiteNoneWithoutSecure,
    /// Set by a cross-site subresource without `SameSite=None`.
    CrossSite,
    /// `__Secure-` without `Secure`; `__Host-` without `Secure`, with `Domain`, or without `Path=/`;
    /// `__Host-Http-` with one of these faults or without `HttpOnly`.
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

    /// The cookies that have not expired, oldest first.
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

    /// The cookie of this name that has not expired, if there is exactly one.
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
    /// If there is none: a test that changes nothing shows nothing.
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

    /// Removes every cookie of this name, and returns how many there were.
    pub fn delete(&mut self, name: &str) -> usize {
        let before = self.cookies.len();
        self.cookies.retain(|cookie| cookie.name() != name);
        before - self.cookies.len()
    }

    /// Removes all cookies.
    pub fn clear(&mut self) {
        self.cookies.clear();
    }

    /// Inserts a host-only cookie without any checks: any bytes, any length.
    pub fn inject(&mut self, host: &str, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
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

    /// Stores a `Set-Cookie` field, or returns why a browser would not: section 5.7.
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

        // A replaced cookie keeps its place in the order.
        if let Some(at) = self.cookies.iter().position(|old| old.is_same(&cookie)) {
            cookie.created = self.cookies.remove(at).created;
        }
        if cookie.is_alive(now.0) {
            self.cookies.push(cookie);
            self.evict(now.0, request.host);
        }
        Ok(())
    }

    /// The cookies for a request, as `name=value`, in the order of sending: section 5.8.3.
    pub(super) fn pairs(&mut self, request: &CookieRequest<'_>) -> Vec<Vec<u8>> {
        let used = self.tick();
        let mut sent: Vec<_> = self
            .cookies
            .iter_mut()
            .filter(|cookie| cookie.is_alive(used.0) && cookie.is_sent_with(request, used.0))
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

    /// The end of section 5.7: over the limit expired cookies are evicted first, then insecure
    /// ones, and in each group the least recently used ones.
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

/// The domain of a cookie, and whether it is host-only.
fn cookie_domain(attribute: Option<String>, host: &str) -> Result<(String, bool), Refusal> {
    let Some(domain) = attribute else {
        return Ok((host.to_owned(), true));
    };
    // Without the public suffix list: a single label is a suffix. If it is the host itself, the
    // cookie is host-only.
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
