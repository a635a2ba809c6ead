//! The response to a request.

use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, Version, header};
use url::Url;

use super::form_action::FormAction;
use super::html::{self, Form};
use super::{Browser, Refusal, Request};

/// A loaded page, and the redirects that led to it.
#[derive(Clone, Debug)]
pub struct Page {
    browser: Browser,
    exchanges: Vec<Exchange>,
}

/// One request and its response.
#[derive(Clone, Debug)]
pub struct Exchange {
    method: Method,
    url: Url,
    request_headers: HeaderMap,
    status: StatusCode,
    version: Version,
    headers: HeaderMap,
    body: Bytes,
    refused: Vec<(String, Refusal)>,
}

impl Page {
    pub(super) fn new(browser: Browser, exchanges: Vec<Exchange>) -> Self {
        Self { browser, exchanges }
    }

    /// Every exchange; the page's own is the last.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The exchange that returned the page.
    pub fn last(&self) -> &Exchange {
        self.exchanges.last().expect("a page has an exchange")
    }

    /// Where the redirects ended.
    pub fn url(&self) -> &Url {
        self.last().url()
    }

    /// The status, as a number so that tests can compare it.
    pub fn status(&self) -> u16 {
        self.last().status().as_u16()
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.last().header(name)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        self.last().text()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        self.last().json()
    }

    /// The forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.text())
    }

    /// Follows the link with this text or `href`.
    ///
    /// # Panics
    /// If the page has no such link.
    pub async fn click(&self, link: &str) -> Self {
        let text = self.text();
        let href = html::link(&text, link).unwrap_or_else(|| panic!("no link {link:?} in {text}"));
        self.send(Request::navigation(self.resolve(&href).as_str()))
            .await
    }

    /// Presses the submit button with this value or label, with the form's current fields.
    ///
    /// # Panics
    /// If the page has no such button, or forbids the submission by `form-action`.
    pub async fn press(&self, button: &str) -> Self {
        self.submit(button, &[]).await
    }

    /// Fills in the form of a button, and presses the button.
    ///
    /// # Panics
    /// If the page has no such button, the form no such field, or the page forbids the submission
    /// by `form-action`.
    pub async fn submit(&self, button: &str, fields: &[(&str, &str)]) -> Self {
        let forms = self.forms();
        let form = forms.into_iter().find(|form| form.has_button(button));
        let form = form.unwrap_or_else(|| panic!("no button {button:?} in {}", self.text()));
        let mut url = self.resolve(form.action());
        let pairs = form.submission(button, fields);
        let request = if form.is_post() {
            Request::navigation(url.as_str()).form(&pairs)
        } else {
            url.query_pairs_mut().clear().extend_pairs(&pairs);
            Request::navigation(url.as_str())
        };
        let allowed = FormAction::of(self.url(), self.last().headers());
        self.send(request.restricted_to(allowed)).await
    }

    /// Calls `fetch` from this page; a relative `url` is resolved against it.
    pub async fn fetch(&self, method: Method, url: &str) -> Self {
        self.send(Request::fetch(self.resolve(url).as_str()).method(method))
            .await
    }

    /// Sends a request made by this page: with its initiator and referrer policy.
    pub async fn send(&self, request: Request) -> Self {
        self.browser.send(request.made_by(self.last())).await
    }

    fn resolve(&self, reference: &str) -> Url {
        let joined = self.url().join(reference);
        joined.unwrap_or_else(|error| panic!("{reference}: {error}"))
    }
}

impl Exchange {
    pub(super) fn new(
        request: &Request,
        request_headers: HeaderMap,
        response: Response<Bytes>,
        refused: Vec<(String, Refusal)>,
    ) -> Self {
        let (head, body) = response.into_parts();
        Self {
            method: request.http_method().clone(),
            url: request.url().clone(),
            request_headers,
            status: head.status,
            version: head.version,
            headers: head.headers,
            body,
            refused,
        }
    }

    /// The method of the request.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The URL of the request.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The headers that were sent, including cookies.
    pub fn request_headers(&self) -> &HeaderMap {
        &self.request_headers
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The version of the response.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `Set-Cookie` fields of the response, in their order.
    pub fn set_cookies(&self) -> Vec<&str> {
        let fields = self.headers.get_all(header::SET_COOKIE).into_iter();
        fields
            .map(|field| field.to_str().expect("an ASCII Set-Cookie"))
            .collect()
    }

    /// The `Set-Cookie` fields that the jar refused, and why.
    pub fn refused(&self) -> &[(String, Refusal)] {
        &self.refused
    }

    /// The length of the response head on HTTP/1: what a proxy's buffer has to hold.
    pub fn head_size(&self) -> usize {
        let reason = self.status.canonical_reason().unwrap_or_default();
        let status_line = "HTTP/1.1 200 \r\n".len() + reason.len();
        let line = |name: &str, value: &[u8]| name.len() + ": \r\n".len() + value.len();
        let lines = self
            .headers
            .iter()
            .map(|(name, value)| line(name.as_str(), value.as_bytes()));
        status_line + lines.sum::<usize>() + "\r\n".len()
    }

    /// The body as bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}
