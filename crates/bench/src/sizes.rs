//! `sizes`: bytes and cookies of each session of a file.
//!
//! Counted is `name=value` of each cookie, as it stands in the `Cookie` field, without the `; ` between two
//! cookies. `head` is the whole head of a response that sets the cookies, in HTTP/1.1. `express` is what
//! express-openid-connect needs for the same content, counted in the same way. With the feature `peers`, the
//! table shows the cookies of other crates, too.

use std::time::Duration;

use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tower_layer::Layer as _;
use tower_oidc::{AuthContext, AuthLayer};

use crate::application::{cookie_field, cookies, layer};
use crate::arguments::Arguments;
use crate::express;
use crate::fixture::Fixture;
use crate::service::{Body, call, fields, handler, request};
use crate::table::{Table, rounded};

/// What one session needs.
#[derive(Clone, Debug)]
pub(crate) struct Size {
    pub(crate) name: String,
    pub(crate) bytes: usize,
    pub(crate) cookies: usize,
    pub(crate) largest: usize,
    pub(crate) head: usize,
    pub(crate) express: usize,
    /// Bytes that other crates need, by name.
    pub(crate) peers: Vec<(&'static str, usize)>,
}

impl Size {
    pub(crate) fn ratio(&self) -> f64 {
        self.bytes as f64 / self.express as f64
    }
}

/// The sizes of all sessions: a line for each, a table or JSON.
pub(crate) fn run(fixtures: &[Fixture], arguments: &Arguments) -> String {
    let sizes: Vec<_> = fixtures.iter().map(measure).collect();
    if arguments.has("--json") {
        return format!("{:#}\n", table(&sizes).json());
    }
    if arguments.has("--table") {
        return table(&sizes).markdown();
    }
    let line = |it: &Size| {
        format!(
            "{} bytes={} cookies={} largest={} head={} express={} ratio={:.3}\n",
            it.name,
            it.bytes,
            it.cookies,
            it.largest,
            it.head,
            it.express,
            it.ratio()
        )
    };
    sizes.iter().map(line).collect()
}

/// The same as a table.
pub(crate) fn table(sizes: &[Size]) -> Table {
    let mut table = Table::default();
    for size in sizes {
        let mut row = vec![
            ("session", size.name.as_str().into()),
            ("bytes", size.bytes.into()),
            ("cookies", size.cookies.into()),
            ("largest", size.largest.into()),
            ("head", size.head.into()),
            ("express", size.express.into()),
            ("ratio", rounded(size.ratio(), 3)),
        ];
        let peers = size.peers.iter();
        row.extend(peers.map(|&(name, bytes)| (name, bytes.into())));
        table.push(row);
    }
    table
}

pub(crate) fn measure(fixture: &Fixture) -> Size {
    let (layer, clock) = layer(fixture);
    let cookies = cookies(&layer.seal_test_session(fixture.session()));
    let sizes: Vec<_> = cookies
        .iter()
        .map(|(name, value)| name.len() + "=".len() + value.len())
        .collect();
    clock.advance(Duration::from_secs(12 * 3_600));
    let head = renewal_head(&layer, &cookie_field(&cookies));
    Size {
        name: fixture.name.clone(),
        bytes: sizes.iter().sum(),
        cookies: sizes.len(),
        largest: sizes.iter().copied().max().unwrap_or_default(),
        head,
        express: express::bytes(fixture),
        #[cfg(feature = "peers")]
        peers: crate::peers::bytes(fixture),
        #[cfg(not(feature = "peers"))]
        peers: Vec::new(),
    }
}

/// The head of the response that renews the session, which sets all cookies again.
fn renewal_head(layer: &AuthLayer, cookies: &str) -> usize {
    let mut service = layer.layer(handler(async |request: Request<Body>| {
        let auth: &AuthContext = request.extensions().get().expect("the layer's context");
        assert!(auth.is_authenticated());
    }));
    let response = call(&mut service, request(&fields(cookies)));
    assert!(response.headers().contains_key(SET_COOKIE));
    head_length(&response)
}

/// The length of a response's head in HTTP/1.1, with the blank line at its end.
fn head_length<B>(response: &Response<B>) -> usize {
    assert_eq!(response.status(), StatusCode::OK);
    let field = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + ": \r\n".len() + value.len()
    };
    let fields: usize = response.headers().iter().map(field).sum();
    "HTTP/1.1 200 OK\r\n".len() + fields + "\r\n".len()
}
