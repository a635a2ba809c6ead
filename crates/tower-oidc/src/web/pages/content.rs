//! What several pages have in common.

use maud::{Markup, html};

/// No callback ends a session that the browser has already.
pub(super) const STILL_SIGNED_IN: &str = "If you were signed in before, you still are.";

pub(super) fn sign_in_again(sign_in: Option<&str>) -> Markup {
    link(sign_in, "Sign in again")
}

/// Nothing without an address.
pub(super) fn link(href: Option<&str>, label: &str) -> Markup {
    html! {
        @if let Some(href) = href {
            a href=(href) { (label) }
        }
    }
}
