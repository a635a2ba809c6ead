//! `Set-Cookie` fields (RFC 6265bis section 4.1).

use std::fmt::Write as _;
use std::time::Duration;

use cookie::Cookie;
use cookie::time::{self, OffsetDateTime};
use http::header::{HeaderMap, HeaderValue, SET_COOKIE};

use crate::attributes::{CookieAttributes, SameSite};

/// The `Set-Cookie` fields that set or delete cookies.
///
/// They only take effect if the response carries all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "the cookies are neither set nor deleted unless a response carries them"]
pub struct SetCookies(Vec<HeaderValue>);

/// Appends other fields. If two name the same cookie, browsers use the later one.
impl Extend<HeaderValue> for SetCookies {
    fn extend<T: IntoIterator<Item = HeaderValue>>(&mut self, fields: T) {
        self.0.extend(fields);
    }
}

/// The field values in order.
impl IntoIterator for SetCookies {
    type Item = HeaderValue;
    type IntoIter = std::vec::IntoIter<HeaderValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The field values in order.
impl<'a> IntoIterator for &'a SetCookies {
    type Item = &'a HeaderValue;
    type IntoIter = std::slice::Iter<'a, HeaderValue>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl SetCookies {
    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Appends the fields to a response, after the `Set-Cookie` fields that it already has.
    pub fn append_to(self, headers: &mut HeaderMap) {
        for value in self.0 {
            headers.append(SET_COOKIE, value);
        }
    }

    /// Iterates over the field values in order.
    ///
    /// They are marked as sensitive, so that HTTP/2 does not store them in its compression table.
    pub fn iter(&self) -> impl Iterator<Item = &HeaderValue> {
        self.0.iter()
    }

    /// Adds a field that sets a cookie. Without a `max_age` it lasts until the browser is closed.
    pub(crate) fn set(
        &mut self,
        name: &str,
        value: &str,
        max_age: Option<Duration>,
        attributes: &CookieAttributes,
    ) {
        let mut cookie = with_attributes(name, value, attributes);
        if let Some(max_age) = max_age {
            let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
            cookie.set_max_age(time::Duration::seconds(seconds));
        }
        self.push(&cookie);
    }

    /// Adds a field that deletes a cookie.
    ///
    /// A browser finds the cookie by name, domain and path. If the name has a prefix, the browser
    /// ignores the field unless it has the other attributes of the prefix too.
    pub(crate) fn delete(&mut self, name: &str, attributes: &CookieAttributes) {
        let mut cookie = with_attributes(name, "", attributes);
        cookie.set_max_age(time::Duration::ZERO);
        cookie.set_expires(OffsetDateTime::UNIX_EPOCH);
        self.push(&cookie);
    }

    fn push(&mut self, cookie: &Cookie<'_>) {
        let length = cookie.name().len().saturating_add(cookie.value().len());
        let mut text = String::with_capacity(length.saturating_add(ROOM_FOR_ATTRIBUTES));
        // A `String` takes whatever is written.
        let _ = write!(text, "{cookie}");
        #[expect(
            clippy::expect_used,
            reason = "name and attributes were checked at configuration, values are base64url"
        )]
        let mut value = HeaderValue::try_from(text).expect("every part is visible ASCII");
        value.set_sensitive(true);
        self.0.push(value);
    }
}

/// Enough for all attributes unless `Path` and `Domain` are long, so that the field is written into one
/// buffer.
const ROOM_FOR_ATTRIBUTES: usize = 160;

fn with_attributes<'a>(
    name: &'a str,
    value: &'a str,
    attributes: &'a CookieAttributes,
) -> Cookie<'a> {
    let mut cookie = Cookie::new(name, value);
    cookie.set_http_only(true);
    cookie.set_secure(attributes.secure);
    cookie.set_partitioned(attributes.partitioned);
    cookie.set_same_site(match attributes.same_site {
        SameSite::Strict => cookie::SameSite::Strict,
        SameSite::Lax => cookie::SameSite::Lax,
        SameSite::None => cookie::SameSite::None,
    });
    cookie.set_path(attributes.path.as_str());
    if let Some(domain) = &attributes.domain {
        cookie.set_domain(domain.as_str());
    }
    cookie
}
