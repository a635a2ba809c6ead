//! `GET /auth/signed-out`: where the provider sends the browser after a sign-out (OpenID Connect
//! RP-Initiated Logout 1.0 section 3). The sealed `state` proves that the sign-out began
//! here, and names the page to continue to.

use http::Method;

use crate::flow::request_head::RequestHead;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::origin::signed_out_state::with_state;
use crate::web::response::{OwnResponse, see_other};

/// Redirects to the page that the sign-out named, with the application's text if it gave one. A `state`
/// that is missing, forged or old leads to the default page, and changes nothing else.
pub(crate) fn run(origin: &Origin, head: &RequestHead) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    let Some(content) = origin
        .signed_out_states
        .open(head.uri.query().unwrap_or_default())
    else {
        return see_other(origin.signed_out_page.as_str());
    };
    // Anyone who has such a URL can open it again and again.
    limited!(
        info,
        origin,
        ("signed_out", ""),
        "signed out at the provider"
    );
    let page = origin.signed_out_page(content.page.as_deref());
    match content
        .for_page()
        .and_then(|text| origin.signed_out_states.seal(&text))
    {
        Some(state) => see_other(&with_state(page.as_str(), &state)),
        None => see_other(page.as_str()),
    }
}
