//! `GET /auth/signed-out`: where the provider sends the browser after a sign-out (OpenID Connect
//! RP-Initiated Logout 1.0 section 3). The sealed `state` says that the sign-out began here, and
//! where to go on.

use http::Method;
use sealed_cookie::SealError;
use url::form_urlencoded;

use super::Head;
use crate::codec::{Reader, Writer, utf8};
use crate::log_limit::limited;
use crate::response::{OwnResponse, see_other};
use crate::return_to::ReturnTo;
use crate::shared::Shared;
use crate::time::UnixMillis;
use crate::transaction::LIFETIME;

/// Longer ones are not ours.
const MAX_QUERY_LENGTH: usize = 8 * 1024;

/// Leads on to the page that the sign-out named. A `state` that is missing, forged or old leads to
/// the default page, and changes nothing else.
pub(crate) fn run(shared: &Shared, head: &Head) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    let page = state(head.uri.query().unwrap_or_default())
        .and_then(|state| open(shared, &state))
        .unwrap_or_else(|| shared.settings.signed_out_page.clone());
    see_other(page.as_str())
}

/// The `state` for a sign-out that goes on at `page`.
pub(crate) fn seal(shared: &Shared, page: &ReturnTo) -> Result<String, SealError> {
    let mut writer = Writer::with_capacity(page.as_str().len().saturating_add(16));
    writer.number(shared.now().0);
    writer.bytes(page.as_str().as_bytes());
    shared
        .logout_sealer
        .seal(writer.as_ref(), b"", shared.entropy.as_ref())
}

fn open(shared: &Shared, state: &str) -> Option<ReturnTo> {
    let opened = shared.logout_sealer.open(state.as_bytes(), b"").ok()?;
    let mut reader = Reader::new(opened.into_bytes());
    let sealed_at = UnixMillis(reader.number().ok()?);
    if shared.now().since(sealed_at) >= LIFETIME {
        return None;
    }
    let page = reader.rest();
    // Anyone who has such a URL can open it again and again.
    limited!(
        info,
        shared,
        ("signed_out", ""),
        "signed out at the provider"
    );
    Some(shared.signed_out_page(Some(utf8(&page).ok()?)))
}

/// The one `state` of a query.
fn state(query: &str) -> Option<String> {
    if query.len() > MAX_QUERY_LENGTH {
        return None;
    }
    let mut states = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "state")
        .map(|(_, value)| value.into_owned());
    states.next().filter(|_| states.next().is_none())
}
