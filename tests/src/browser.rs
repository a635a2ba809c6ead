//! A model of a browser: cookies, redirects, forms and fetch metadata.
//!
//! It follows RFC 6265bis for cookies, the Fetch standard for `Origin`, `Referer` and redirects,
//! W3C Fetch Metadata for `Sec-Fetch-*`, and CSP level 3 for `form-action`, over HTTP/1 or
//! HTTP/2 sockets. Where browsers differ it takes the stricter side, since what passes there
//! passes everywhere:
//!
//! * `Secure` cookies need https, on loopback too, as in Safari;
//!   [`trusting_loopback`](Browser::trusting_loopback) does as Chrome and Firefox do.
//! * `form-action` is checked on every redirect that follows a submission, as in Chrome.
//!
//! On HTTP/2 each cookie is a separate field (RFC 9113 section 8.2.3). Subresources are requested
//! with credentials, as an attacker would do. There is no public suffix list (two labels make a
//! site), no CORS preflight, no partitioned storage, and no script.
//!
//! Host names resolve to loopback, or as [`map`](Browser::map) says, always in plain text: an
//! `https` origin runs without certificates, while jar and server see its real name.
//!
//! ```ignore
//! let browser = Browser::new(&clock);
//! browser.map("https://app.example", server.address());
//! let page = browser.open("https://app.example/").await;
//! let page = page.click("Sign in").await.press("alice").await;
//! assert_eq!(page.status(), 200);
//! ```

mod cookie;
mod date;
mod form_action;
mod html;
mod jar;
mod kind;
mod page;
mod referrer_policy;
mod request;
mod set_cookie;
mod site;
mod tags;
mod transport;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderName, HeaderValue, Method, Version, header};
use url::Url;

pub use self::cookie::Cookie;
pub use self::html::Form;
pub use self::jar::{Jar, Refusal};
pub use self::page::{Exchange, Page};
pub use self::request::Request;
pub use self::set_cookie::SameSite;
use self::site::is_trustworthy;
use self::transport::Transport;
use crate::TestClock;

/// Fetch standard, HTTP-redirect fetch, step 7.
const MAX_REDIRECTS: usize = 20;

/// A browser; a clone is another tab, with the same jar.
#[derive(Clone, Debug)]
pub struct Browser {
    jar: Arc<Mutex<Jar>>,
    transport: Arc<Transport>,
    trusts_loopback: bool,
    sends_fetch_metadata: bool,
}

impl Browser {
    /// A browser that speaks HTTP/1.
    pub fn new(clock: &TestClock) -> Self {
        Self::with(Jar::new(clock.clone()), Transport::new(Version::HTTP_11))
    }

    /// A browser that speaks HTTP/2 to origins with https, with prior knowledge.
    pub fn http2(clock: &TestClock) -> Self {
        Self::with(Jar::new(clock.clone()), Transport::new(Version::HTTP_2))
    }

    /// Counts http on loopback as a secure connection, as Chrome and Firefox do.
    pub fn trusting_loopback(self) -> Self {
        Self {
            trusts_loopback: true,
            ..self
        }
    }

    /// Sends no `Sec-Fetch-*` headers, as browsers before 2023 did.
    pub fn without_fetch_metadata(self) -> Self {
        Self {
            sends_fetch_metadata: false,
            ..self
        }
    }

    /// Sends requests for `origin` to `address`, in plain text whatever the scheme; the last call
    /// for an origin applies, for all tabs.
    pub fn map(&self, origin: &str, address: SocketAddr) {
        self.transport.map(&parse(origin), address);
    }

    /// Closes idle connections; many browsers may not keep them all open.
    pub fn close_connections(&self) {
        self.transport.close_connections();
    }

    /// The cookies.
    pub fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cookies that have not expired, oldest first.
    pub fn cookies(&self) -> Vec<Cookie> {
        self.jar().cookies()
    }

    /// A thief's browser: with a copy of the jar and of the origin map.
    pub fn thief(&self) -> Self {
        Self {
            jar: Arc::new(Mutex::new(self.jar().clone())),
            transport: Arc::new(self.transport.renewed()),
            ..*self
        }
    }

    /// Another tab: the same jar, and a copy of the origin map.
    pub fn tab(&self) -> Self {
        Self {
            jar: Arc::clone(&self.jar),
            transport: Arc::new(self.transport.renewed()),
            ..*self
        }
    }

    /// Types an address.
    pub async fn open(&self, url: &str) -> Page {
        self.send(Request::navigation(url)).await
    }

    /// Follows a link on a page of `initiator`.
    pub async fn navigate(&self, initiator: &str, url: &str) -> Page {
        self.send(Request::navigation(url).from(initiator)).await
    }

    /// Calls `fetch` on a page of `initiator`, with credentials.
    pub async fn fetch(&self, initiator: &str, method: Method, url: &str) -> Page {
        self.send(Request::fetch(url).from(initiator).method(method))
            .await
    }

    /// Loads an image on a page of `initiator`.
    pub async fn image(&self, initiator: &str, url: &str) -> Page {
        self.send(Request::image(url).from(initiator)).await
    }

    /// Prefetches a link on a page of `initiator`.
    pub async fn prefetch(&self, initiator: &str, url: &str) -> Page {
        self.send(Request::prefetch(url).from(initiator)).await
    }

    /// Sends a request and follows its redirects.
    ///
    /// # Panics
    /// Where a browser shows an error page: no connection, more than 20 redirects, a
    /// `Location` that is no URL, a redirect that the form's page forbids by `form-action`.
    pub async fn send(&self, mut request: Request) -> Page {
        let mut exchanges = Vec::new();
        loop {
            let exchange = self.step(&request).await;
            let next = request.redirected(&exchange);
            exchanges.push(exchange);
            match next {
                Some(next) => request = next,
                None => return Page::new(self.clone(), exchanges),
            }
            assert!(
                exchanges.len() <= MAX_REDIRECTS,
                "more than {MAX_REDIRECTS} redirects"
            );
        }
    }

    /// Sends a request without following redirects; cookies are sent and stored.
    ///
    /// # Panics
    /// Where there is no connection.
    pub async fn step(&self, request: &Request) -> Exchange {
        let url = request.url();
        let mut headers = request.headers(self.sends_fetch_metadata);
        let secure = url.scheme() == "https" || (self.trusts_loopback && is_trustworthy(url));
        let pairs = self.jar().pairs(&request.cookie_request(secure));
        for pair in self.transport.cookie_fields(url, pairs) {
            let field = HeaderValue::from_bytes(&pair).expect("a cookie that HTTP can carry");
            headers.append(header::COOKIE, field);
        }

        let response = self.transport.send(request, headers.clone()).await;

        let mut refused = Vec::new();
        for field in response.headers().get_all(header::SET_COOKIE) {
            let stored = self
                .jar()
                .store(field.as_bytes(), &request.cookie_request(secure));
            if let Err(refusal) = stored {
                refused.push((
                    String::from_utf8_lossy(field.as_bytes()).into_owned(),
                    refusal,
                ));
            }
        }
        Exchange::new(request, headers, response, refused)
    }

    fn with(jar: Jar, transport: Transport) -> Self {
        Self {
            jar: Arc::new(Mutex::new(jar)),
            transport: Arc::new(transport),
            trusts_loopback: false,
            sends_fetch_metadata: true,
        }
    }
}

fn parse(url: &str) -> Url {
    Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn header_name(name: &str) -> HeaderName {
    HeaderName::try_from(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[cfg(test)]
mod tests;
