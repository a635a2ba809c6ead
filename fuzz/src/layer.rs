//! Input of the layer: queries, and the content of cookies that it sealed.

use std::convert::Infallible;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::{COOKIE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use http::{Request, Response, Uri};
use http_body_util::Empty;
use relying_party::TransactionSecrets;
use sealed_cookie::{OsEntropy, Purpose, SealedCookie, SealedCookieSet};
use tower::{Layer, ServiceExt, service_fn};
use tower_oidc::testing::TestClock;
use tower_oidc::{Auth, AuthContext, AuthLayer, Entropy, EntropyError, ResponseBody};
use url::Url;

use crate::cookies::{SECRET, cookies, sealer};
use crate::provider::{SEED, offline};

/// The time of all targets: sessions and transactions of the corpus must be valid then.
pub(crate) const NOW: u64 = 1_795_000_000;

/// The APIs for which sessions may have tokens.
pub(crate) const RESOURCES: [&str; 2] = ["https://api.one.example", "https://api.two.example"];

pub(crate) static AUTH: LazyLock<AuthLayer> = LazyLock::new(layer);

/// A layer without state from other inputs.
fn layer() -> AuthLayer {
    AuthLayer::builder()
        .provider(offline().resources(RESOURCES))
        .base_url("https://app.example")
        .cookie_secret(SECRET)
        .clock(TestClock::at(NOW))
        .entropy(Repeating)
        .http_client(relying_party::TowerClient::new(service_fn(no_network)))
        .build()
        .expect("settings that work")
}

/// The same bytes every time, so that every sign-in has the state of [`SEED`].
#[derive(Debug)]
struct Repeating;

impl Entropy for Repeating {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes
            .iter_mut()
            .zip(SEED.iter().cycle())
            .for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

pub(crate) static SESSION: LazyLock<SealedCookie> =
    LazyLock::new(|| cookies(&sealer(Purpose::SESSION)).0);

pub(crate) static TRANSACTIONS: LazyLock<SealedCookieSet> =
    LazyLock::new(|| cookies(&sealer(Purpose::TRANSACTION)).1);

/// Code exchanges run in separate tasks.
static RUNTIME: LazyLock<Mutex<tokio::runtime::Runtime>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    Mutex::new(runtime.expect("a runtime"))
});

/// The query of a callback, without and with the transaction of a sign-in in progress.
pub fn callback_query(data: &[u8]) {
    let _ = sends_the_code(data);
}

/// The same; returns whether a query was valid enough for the code to be sent.
pub fn sends_the_code(data: &[u8]) -> bool {
    let Some(uri) = uri("/auth/callback?", data) else {
        return false;
    };
    let status = callback(&AUTH, uri.clone(), HeaderMap::new());
    assert!(matches!(status, 303 | 400), "{status}");

    let auth = layer();
    let begun = answer_of(&auth, Uri::from_static("/auth/sign-in"), HeaderMap::new());
    // The inputs contain the state that the fixed seed produces, and no sign-in produces the same
    // one twice.
    let location = begun.headers()[LOCATION].to_str().expect("text");
    let location = Url::parse(location).expect("a URL");
    let state = location.query_pairs().find(|(name, _)| name == "state");
    let state = state.expect("every sign-in has a state").1;
    let named = TransactionSecrets::derive(&SEED, 'a').state().to_owned();
    let uri = uri.to_string().replace(&named, &state);
    let uri = uri.parse().expect("a URI with another state");
    let status = callback(&auth, uri, sent_back(begun.headers()));
    assert!(matches!(status, 303 | 400 | 403 | 502), "{status}");
    status == 502
}

/// The status of a callback, which never signs anybody in, because no provider responds.
fn callback(auth: &AuthLayer, uri: Uri, headers: HeaderMap) -> u16 {
    let response = answer_of(auth, uri, headers);
    let session = |value: &HeaderValue| value.as_bytes().starts_with(b"__Host-Http-auth=");
    assert!(!response.headers().get_all(SET_COOKIE).iter().any(session));
    response.status().as_u16()
}

/// The return path: whatever is requested, the sealed path is a page of this application.
pub fn return_to(data: &[u8]) {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("return_to", &String::from_utf8_lossy(data));
    let Some(uri) = uri("/auth/sign-in?", query.finish().as_bytes()) else {
        return;
    };
    let response = answer_of(&AUTH, uri, HeaderMap::new());
    if response.status() == 400 {
        return; // A query that is too long.
    }

    assert_eq!(response.status(), 303);
    let location = response.headers()[LOCATION].to_str().expect("text");
    assert!(location.starts_with("https://id.example/authorize?"));
    let page = sealed_return_to(response.headers()).expect("every sign-in knows where to go on");
    let base = Url::parse("https://app.example").expect("a URL");
    assert!(page.starts_with('/') && !page.starts_with("//"), "{page:?}");
    assert_eq!(
        base.join(&page).expect("a path").origin(),
        base.origin(),
        "{page:?}"
    );
}

/// The content of a session's seal, as another version or an attacker might have written it.
pub fn session(data: &[u8]) {
    let _ = tokens_of(data);
}

/// The same; returns how many access tokens the signed-in user has.
pub fn tokens_of(data: &[u8]) -> Option<usize> {
    let cookies = SESSION.seal(data, None, None, &OsEntropy).ok()?;
    let mut headers = HeaderMap::new();
    cookies.append_to(&mut headers);

    let response = answer_of(&AUTH, Uri::from_static("/"), sent_back(&headers));
    assert_eq!(response.status(), 200);
    let Seen(tokens) = response.extensions().get()?;
    *tokens
}

/// The content of a transaction's seal.
pub fn transaction(data: &[u8]) {
    let _ = begins_an_exchange(data);
}

/// The same; returns whether the code is sent for it.
pub fn begins_an_exchange(data: &[u8]) -> bool {
    let seed = data.get(1..33).and_then(|seed| seed.try_into().ok());
    let mark = if data.get(33) == Some(&1) { 'b' } else { 'a' };
    let secrets = TransactionSecrets::derive(&seed.unwrap_or(SEED), mark);
    let id: [u8; 16] = ring::digest::digest(&ring::digest::SHA256, secrets.state().as_bytes())
        .as_ref()[..16]
        .try_into()
        .expect("16 bytes");
    let Ok(cookies) = TRANSACTIONS.seal(&id, data, Duration::from_secs(60), &OsEntropy) else {
        return false;
    };
    let mut headers = HeaderMap::new();
    cookies.append_to(&mut headers);
    let uri = format!("/auth/callback?code=c&state={}", secrets.state());

    let status = callback(&layer(), uri.parse().expect("a URI"), sent_back(&headers));
    // 500 for an invalid redirect URI, which only this application writes.
    assert!(matches!(status, 400 | 500 | 502), "{status}");
    status == 502
}

fn uri(path: &str, query: &[u8]) -> Option<Uri> {
    [path.as_bytes(), query].concat().as_slice().try_into().ok()
}

fn answer_of(
    auth: &AuthLayer,
    uri: Uri,
    headers: HeaderMap,
) -> Response<ResponseBody<Empty<Bytes>>> {
    let mut request = Request::new(String::new());
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    let service: Auth<_> = auth.layer(service_fn(look));
    let runtime = RUNTIME.lock().expect("no target panicked");
    let answered = runtime.block_on(service.oneshot(request));
    answered.expect("no service fails")
}

/// What the application saw: the number of access tokens of the user, if there is one.
#[derive(Clone)]
struct Seen(Option<usize>);

async fn look(request: Request<String>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let auth = request
        .extensions()
        .get::<AuthContext>()
        .expect("the layer is around");
    let _ = (auth.claims(), auth.id_token(), auth.data::<String>());
    let _ = (
        auth.scopes(),
        auth.expires_at(),
        auth.not_signed_in_reason(),
    );
    let _ = (auth.logout_url().await, auth.signed_out_state());
    let mut tokens = usize::from(auth.cached_access_token().is_some());
    for resource in RESOURCES {
        tokens += usize::from(auth.access_token_for(resource).await.is_ok());
    }
    let mut response = Response::new(Empty::new());
    let seen = Seen(auth.is_authenticated().then_some(tokens));
    response.extensions_mut().insert(seen);
    Ok(response)
}

async fn no_network(
    _: Request<relying_party::RequestBody>,
) -> Result<Response<Empty<Bytes>>, std::io::Error> {
    Err(std::io::ErrorKind::ConnectionRefused.into())
}

/// The `Cookie` field of a browser that received `headers`.
pub(crate) fn sent_back(headers: &HeaderMap) -> HeaderMap {
    headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| {
            let pair = cookie.as_bytes().split(|&byte| byte == b';').next()?;
            Some((COOKIE, HeaderValue::from_bytes(pair).ok()?))
        })
        .collect()
}

/// The field 2 of the transaction that `headers` set.
fn sealed_return_to(headers: &HeaderMap) -> Option<String> {
    let cookies = sent_back(headers);
    let received = TRANSACTIONS.receive(&cookies, None);
    let opened = TRANSACTIONS
        .find(&received, &received.ids().next()?)?
        .ok()?;
    let mut rest = opened.plaintext().get(34..)?;
    number(&mut rest)?; // When it was sealed.
    rest = rest.get(8..)?;
    while let Some((&tag, after)) = rest.split_first() {
        rest = after;
        let length = usize::try_from(number(&mut rest)?).ok()?;
        let (content, after) = rest.split_at_checked(length)?;
        if tag == 2 {
            return Some(String::from_utf8(content.to_vec()).expect("text"));
        }
        rest = after;
    }
    None
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let end = rest.iter().position(|byte| byte & 0x80 == 0)?;
    let (bytes, after) = rest.split_at_checked(end + 1)?;
    *rest = after;
    Some(
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f)),
    )
}
