//! `GET /auth/signed-out`: where the provider sends the browser after a sign-out (OpenID Connect
//! RP-Initiated Logout 1.0 section 3). The sealed `state` says that the sign-out began here, and
//! where to go on.

use http::Method;

use super::Head;
use crate::components::Components;
use crate::log_limit::limited;
use crate::origin::signed_out_state::{Content, with_state};
use crate::web::response::{OwnResponse, see_other};

/// Leads on to the page that the sign-out named, with the application's text if it gave one. A `state`
/// that is missing, forged or old leads to the default page, and changes nothing else.
pub(crate) fn run(shared: &Components, head: &Head) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    let Some(content) = Content::open(shared, head.uri.query().unwrap_or_default()) else {
        return see_other(shared.origin.signed_out_page.as_str());
    };
    // Anyone who has such a URL can open it again and again.
    limited!(
        info,
        shared,
        ("signed_out", ""),
        "signed out at the provider"
    );
    let page = shared.origin.signed_out_page(content.page.as_deref());
    match content
        .for_page()
        .and_then(|for_page| for_page.seal(shared))
    {
        Some(state) => see_other(&with_state(page.as_str(), &state)),
        None => see_other(page.as_str()),
    }
}
