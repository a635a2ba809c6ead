//! The head of a response, before it is sent: the session's cookie and what caches may store.

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use http::header::{
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName,
    LAST_MODIFIED, LOCATION, RETRY_AFTER, SET_COOKIE, TRAILER, TRANSFER_ENCODING,
};
use http::{HeaderMap, Response, StatusCode, response::Parts};
use sealed_cookie::SetCookies;

use crate::context::AuthContext;
use crate::context::request_session::{HeadWrite, Renewal};
use crate::persistence::sessions::{StoreFailed, ToStore};
use crate::runtime;
use crate::web::caching;
use crate::web::response::OwnResponse;

/// What the response that ours replaces says about its own status and body.
const ABOUT_THE_REPLACED: [HeaderName; 10] = [
    LOCATION,
    RETRY_AFTER,
    CONTENT_TYPE,
    CONTENT_LENGTH,
    CONTENT_ENCODING,
    CONTENT_DISPOSITION,
    TRANSFER_ENCODING,
    TRAILER,
    ETAG,
    LAST_MODIFIED,
];

/// Writes the session's cookie if it changed or its renewal is due, and says to caches that the response
/// is for one user. If nobody looked at the session, the response is unchanged.
///
/// Returns what the head has to wait for, if the application's store has to take the session first.
pub(crate) fn finish(context: &AuthContext, parts: &mut Parts) -> Option<Storing> {
    let session = context.request_session();
    // Before anything is looked at, and also if nobody has looked so far: a look that comes from now on
    // can still read the session, and write nothing.
    session.close();
    let opened = session.if_opened()?;
    let is_upgrade = is_upgrade(context, parts.status);
    let headers = &mut parts.headers;
    caching::vary_by_cookie(headers);
    if opened.is_err() {
        return None;
    }
    if is_upgrade {
        caching::private_unless_shared(headers);
        return None;
    }
    match session.write(Renewal::IfDue) {
        HeadWrite::Cookies(cookies) => set_cookies(context, cookies, headers),
        HeadWrite::Nothing => caching::private_unless_shared(headers),
        HeadWrite::Store(to_store) => {
            caching::private_unless_shared(headers);
            let context = context.clone();
            return Some(Box::pin(async move { store(&context, to_store).await }));
        }
    }
    None
}

/// Stores a session in a task that a drain waits for: a rotated refresh token must reach the other instances also if the
/// client goes away.
async fn store(context: &AuthContext, to_store: ToStore) -> Stored {
    let guard = context.components().refresher.count_task();
    let owner = context.clone();
    let task = runtime::spawn(async move {
        let _guard = guard;
        owner.request_session().store(to_store).await
    });
    match task.await.unwrap_or(Err(StoreFailed)) {
        Ok(cookies) => Stored::Cookies(cookies),
        Err(StoreFailed) if context.request_session().has_changed_data() => Stored::DataLost,
        Err(StoreFailed) => Stored::InMemory,
    }
}

/// The store takes a session, for which the head of the response waits.
pub(crate) type Storing = Pin<Box<dyn Future<Output = Stored> + Send>>;

/// What the store did.
pub(crate) enum Stored {
    /// The head gets these cookies, or none.
    Cookies(SetCookies),
    /// Nothing, so a refresh stays in the memory of this instance.
    InMemory,
    /// The application's data are not stored, so the response must not be sent.
    DataLost,
}

/// Writes the session's cookies into the head, and removes the application's cookies of the same names.
pub(crate) fn set_cookies(context: &AuthContext, cookies: SetCookies, headers: &mut HeaderMap) {
    if cookies.iter().next().is_none() {
        return;
    }
    remove_set_cookies(headers, &cookies);
    cookies.append_to(headers);
    caching::forbid_storing(headers);
    context.components().origin.hints.session_in_head(headers);
}

/// Whether this response is an interim one or ends HTTP on its connection or stream, so that a browser
/// may ignore its cookies (RFC 6265 section 3): 101, and 2xx to a CONNECT.
fn is_upgrade(context: &AuthContext, status: StatusCode) -> bool {
    status.is_informational() || (context.request().is_connect && status.is_success())
}

/// Writes what the request changed in its session into a response that the layer made.
///
/// # Errors
///
/// If the application's data changed and the store did not take them.
pub(crate) async fn persist(
    context: &AuthContext,
    headers: &mut HeaderMap,
) -> Result<(), StoreFailed> {
    let session = context.request_session();
    let cookies = match session.write(Renewal::Never) {
        HeadWrite::Nothing => return Ok(()),
        HeadWrite::Cookies(cookies) => cookies,
        HeadWrite::Store(to_store) => match store(context, to_store).await {
            Stored::Cookies(cookies) => cookies,
            Stored::InMemory => return Ok(()),
            Stored::DataLost => return Err(StoreFailed),
        },
    };
    cookies.append_to(headers);
    context.components().origin.hints.session_in_head(headers);
    Ok(())
}

/// The context of a request whose response has no head so far. When this is dropped, the head is
/// written or never will be (the client went away, the handler failed or panicked), and nothing that is
/// changed later reaches the browser.
pub(crate) struct Unanswered(AuthContext);

impl Unanswered {
    pub(crate) const fn new(context: AuthContext) -> Self {
        Self(context)
    }
}

impl Deref for Unanswered {
    type Target = AuthContext;

    fn deref(&self) -> &AuthContext {
        &self.0
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.0.request_session().close();
    }
}

/// Replaces the application's response by ours. Its other headers stay (CORS, trace ids, its own
/// cookies).
pub(crate) fn replace(mut parts: Parts, own: OwnResponse) -> OwnResponse {
    let (own_parts, body) = own.into_parts();
    for name in &ABOUT_THE_REPLACED {
        parts.headers.remove(name);
    }
    caching::forbid_storing(&mut parts.headers);
    for name in own_parts.headers.keys() {
        if name == SET_COOKIE {
            continue;
        }
        parts.headers.remove(name);
    }
    for (name, value) in &own_parts.headers {
        parts.headers.append(name, value.clone());
    }
    parts.status = own_parts.status;
    Response::from_parts(parts, body)
}

/// The application set a cookie of our name: ours wins.
fn remove_set_cookies(headers: &mut HeaderMap, ours: &SetCookies) {
    let is_ours = |value: &http::HeaderValue| {
        let name = cookie_name(value.as_bytes());
        ours.iter()
            .any(|cookie| cookie_name(cookie.as_bytes()) == name)
    };
    if !headers.get_all(SET_COOKIE).iter().any(is_ours) {
        return;
    }
    let kept: Vec<_> = headers
        .get_all(SET_COOKIE)
        .iter()
        .filter(|value| !is_ours(value))
        .cloned()
        .collect();
    headers.remove(SET_COOKIE);
    for value in kept {
        headers.append(SET_COOKIE, value);
    }
}

fn cookie_name(set_cookie: &[u8]) -> &[u8] {
    let end = set_cookie
        .iter()
        .position(|&byte| byte == b'=')
        .unwrap_or(set_cookie.len());
    set_cookie.get(..end).unwrap_or_default().trim_ascii()
}
