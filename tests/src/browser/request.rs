//! A request of a browser, and the headers that tell a server how it came about.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use url::{Url, form_urlencoded};

use super::cookie::CookieRequest;
use super::form_action::FormAction;
use super::kind::Kind;
use super::page::Exchange;
use super::referrer_policy::ReferrerPolicy;
use super::site::{Relation, is_trustworthy};
use super::{header_name, parse};

/// A request with its circumstances.
#[derive(Clone, Debug)]
pub struct Request {
    /// The URLs so far, the current one last.
    chain: Vec<Url>,
    method: Method,
    extra: HeaderMap,
    body: Bytes,
    kind: Kind,
    /// The page that makes it; `None` is the user, at the address bar.
    initiator: Option<Url>,
    referrer_policy: ReferrerPolicy,
    form_action: Option<FormAction>,
}

impl Request {
    /// Loads a page into the tab.
    pub fn navigation(url: &str) -> Self {
        Self::new(url, Kind::Navigation)
    }

    /// Loads a page into a frame.
    pub fn iframe(url: &str) -> Self {
        Self::new(url, Kind::Iframe)
    }

    /// Prefetches a page that the user may open next: a navigation except for `Sec-Purpose`.
    pub fn prefetch(url: &str) -> Self {
        Self::new(url, Kind::Prefetch)
    }

    /// Loads and renders a page that the user may open next.
    pub fn prerender(url: &str) -> Self {
        Self::new(url, Kind::Prerender)
    }

    /// Calls `fetch`, with credentials.
    pub fn fetch(url: &str) -> Self {
        Self::new(url, Kind::Fetch)
    }

    /// Loads an image.
    pub fn image(url: &str) -> Self {
        Self::new(url, Kind::Image)
    }

    /// Makes a page of this URL the initiator.
    pub fn from(self, initiator: &str) -> Self {
        Self {
            initiator: Some(parse(initiator)),
            ..self
        }
    }

    /// Sets the method; the default is GET.
    pub fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// Adds a header, or replaces one that the browser would send.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let value = HeaderValue::try_from(value).expect("a header value");
        self.extra.insert(header_name(name), value);
        self
    }

    /// Posts a form.
    pub fn form<K: AsRef<str>, V: AsRef<str>>(self, fields: &[(K, V)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.method(Method::POST)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    /// As a link or form on `page` makes it: with the page as its initiator, and its referrer policy.
    pub fn made_by(self, page: &Exchange) -> Self {
        Self {
            initiator: Some(page.url().clone()),
            referrer_policy: ReferrerPolicy::of(page.headers()).unwrap_or_default(),
            ..self
        }
    }

    pub(super) fn restricted_to(self, form_action: FormAction) -> Self {
        form_action.check(self.url());
        Self {
            form_action: Some(form_action),
            ..self
        }
    }

    pub(super) fn url(&self) -> &Url {
        self.chain.last().expect("a request has a URL")
    }

    pub(super) fn http_method(&self) -> &Method {
        &self.method
    }

    pub(super) fn http_body(&self) -> Bytes {
        self.body.clone()
    }

    pub(super) fn cookie_request(&self, secure: bool) -> CookieRequest<'_> {
        let url = self.url();
        CookieRequest {
            host: url.host_str().unwrap_or_default(),
            path: url.path(),
            secure,
            same_site: self
                .initiator
                .as_ref()
                .is_none_or(|initiator| Relation::of(initiator, url) != Relation::CrossSite),
            top_level: self.kind.is_top_level(),
            safe_method: self.method.is_safe(),
        }
    }

    /// Every header except `Cookie` and `Host`.
    pub(super) fn headers(&self, fetch_metadata: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: &str| {
            headers.insert(name, HeaderValue::try_from(value).expect("a header value"));
        };
        set(header::ACCEPT, self.kind.accept());
        if let Some(origin) = self.origin() {
            set(header::ORIGIN, &origin);
        }
        if let Some(referrer) = self.referrer() {
            set(header::REFERER, &referrer);
        }
        if fetch_metadata && is_trustworthy(self.url()) {
            set(HeaderName::from_static("sec-fetch-site"), self.fetch_site());
            set(HeaderName::from_static("sec-fetch-mode"), self.kind.mode());
            set(
                HeaderName::from_static("sec-fetch-dest"),
                self.kind.destination(),
            );
            if self.kind == Kind::Navigation {
                set(HeaderName::from_static("sec-fetch-user"), "?1");
            }
        }
        if let Some(purpose) = self.kind.purpose() {
            set(HeaderName::from_static("sec-purpose"), purpose);
        }
        headers.extend(self.extra.clone());
        headers
    }

    /// The request after a redirect: Fetch standard, HTTP-redirect fetch.
    pub(super) fn redirected(&self, exchange: &Exchange) -> Option<Self> {
        let status = exchange.status();
        if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let location = exchange.header("location")?;
        let mut url = self
            .url()
            .join(location)
            .unwrap_or_else(|error| panic!("{location}: {error}"));
        if url.fragment().is_none() {
            url.set_fragment(self.url().fragment());
        }
        if let Some(form_action) = &self.form_action {
            form_action.check(&url);
        }

        let mut next = self.clone();
        next.chain.push(url);
        let becomes_get = match status {
            StatusCode::SEE_OTHER => !matches!(self.method, Method::GET | Method::HEAD),
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            next.method = Method::GET;
            next.body = Bytes::new();
            next.extra.remove(header::CONTENT_TYPE);
        }
        if let Some(policy) = ReferrerPolicy::of(exchange.headers()) {
            next.referrer_policy = policy;
        }
        Some(next)
    }

    fn new(url: &str, kind: Kind) -> Self {
        Self {
            chain: vec![parse(url)],
            method: Method::GET,
            extra: HeaderMap::new(),
            body: Bytes::new(),
            kind,
            initiator: None,
            referrer_policy: ReferrerPolicy::default(),
            form_action: None,
        }
    }

    /// The most distant relation to its initiator, including all redirects.
    fn fetch_site(&self) -> &'static str {
        let Some(initiator) = &self.initiator else {
            return "none";
        };
        let relations = self.chain.iter().map(|url| Relation::of(initiator, url));
        relations.max().expect("a request has a URL").name()
    }

    /// Fetch standard, "append a request Origin header".
    fn origin(&self) -> Option<String> {
        let initiator = self.initiator.as_ref()?;
        let is_get = matches!(self.method, Method::GET | Method::HEAD);
        let crosses = self
            .chain
            .iter()
            .any(|url| url.origin() != initiator.origin());
        let hidden = match self.kind {
            Kind::Fetch if crosses => false,
            _ if is_get => return None,
            // CORS requests name their origin whatever the policy.
            Kind::Fetch => false,
            _ => self.referrer_policy.hides(initiator, self.url()),
        };
        if hidden || self.is_tainted(initiator) {
            return Some("null".to_owned());
        }
        Some(initiator.origin().ascii_serialization())
    }

    /// Fetch standard, "redirect-tainted origin".
    fn is_tainted(&self, initiator: &Url) -> bool {
        self.chain.windows(2).any(|step| {
            step[0].origin() != step[1].origin() && step[0].origin() != initiator.origin()
        })
    }

    fn referrer(&self) -> Option<String> {
        let initiator = self.initiator.as_ref()?;
        if self.referrer_policy.hides(initiator, self.url()) {
            return None;
        }
        let mut referrer = initiator.clone();
        referrer.set_fragment(None);
        if initiator.origin() != self.url().origin() {
            referrer.set_path("/");
            referrer.set_query(None);
        }
        Some(referrer.into())
    }
}

#[cfg(test)]
mod tests;
