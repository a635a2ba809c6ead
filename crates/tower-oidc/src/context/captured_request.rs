//! What the layer remembers of a request after the application has consumed it.

use http::uri::PathAndQuery;
use http::{Method, Request};
use sealed_cookie::{CookieFields, CookieFilter};

use crate::persistence::former_cookies::FormerDeletions;
use crate::web::fetch_metadata::FetchFields;
use crate::web::grpc;
use crate::web::head_digest::{HeadDigest, HeadHasher};
use crate::web::network::ClientNetwork;
use crate::web::upgrade;

/// A longer page is no way back: its check accepts 2,048 bytes, and an origin stands before them.
const MAX_REFERER: usize = 4_096;

/// What responses need to know of the request.
pub(crate) struct CapturedRequest {
    pub(crate) is_navigation: bool,
    /// The browser says that it shows the response as the page of a tab.
    pub(crate) is_top_level: bool,
    /// A person sent a form, and sees the answer as a page.
    pub(crate) is_form: bool,
    /// The page of the form, as the browser tells it; not checked.
    pub(crate) form_page: Option<String>,
    /// A gRPC call, which gets no page, no redirect and no HTTP error status.
    pub(crate) is_grpc: bool,
    /// CORS asks before the request proper, which alone may cost a token request.
    pub(crate) is_preflight: bool,
    /// The client asks for another protocol on this connection, so the response may not be one whose
    /// cookies a browser keeps.
    pub(crate) is_upgrade: bool,
    /// A response of 2xx to a CONNECT begins a tunnel.
    pub(crate) is_connect: bool,
    /// The network that the client is in, if it is known.
    pub(crate) client_network: Option<ClientNetwork>,
    /// Distinguishes this request from others, for values that must be new.
    pub(crate) head: HeadDigest,
    /// The page of the request, if a sign-in can return to it: if the method is GET or HEAD.
    pub(crate) path_and_query: Option<PathAndQuery>,
    /// The deletions of session cookies of a former name.
    pub(crate) former_cookies: Option<Box<FormerDeletions>>,
}

impl CapturedRequest {
    /// Also returns the `Cookie` fields that pass the filter. All of the header is read in one pass.
    pub(crate) fn of<B>(
        request: &Request<B>,
        client_network: Option<ClientNetwork>,
        filter: &CookieFilter,
    ) -> (Self, CookieFields) {
        let method = request.method();
        let mut fetch = FetchFields::default();
        let mut head = HeadHasher::new(method, request.uri());
        let (mut is_grpc, mut referer) = (None, None);
        let mut is_upgrade = method == Method::CONNECT;
        let mut cookie_fields = CookieFields::default();
        for (name, value) in request.headers() {
            let bytes = value.as_bytes();
            head.text(bytes);
            match name.as_str() {
                "cookie" if filter.matches(value) => cookie_fields.push(value.clone()),
                "content-type" => _ = is_grpc.get_or_insert_with(|| grpc::is_content_type(bytes)),
                "referer" => _ = referer.get_or_insert(value),
                "upgrade" => is_upgrade |= upgrade::names_another_protocol(bytes),
                name => fetch.read(name, bytes),
            }
        }
        let is_page = method == Method::GET || method == Method::HEAD;
        let path_and_query = request.uri().path_and_query().filter(|_| is_page);
        let is_form = fetch.is_form(method);
        let form_page = referer.filter(|_| is_form);
        let captured = Self {
            is_navigation: fetch.is_navigation(method),
            is_top_level: fetch.is_top_level(),
            is_form,
            form_page: form_page
                .and_then(|page| page.to_str().ok())
                .filter(|page| page.len() <= MAX_REFERER)
                .map(str::to_owned),
            is_grpc: is_grpc.unwrap_or(false),
            client_network,
            head: head.finish(),
            is_preflight: method == Method::OPTIONS,
            is_upgrade,
            is_connect: method == Method::CONNECT,
            path_and_query: path_and_query.cloned(),
            former_cookies: None,
        };
        (captured, cookie_fields)
    }
}
