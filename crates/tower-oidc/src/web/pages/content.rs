//! Parts that several pages use.

use maud::{Markup, html};

/// A request that fails with a page of the layer never ends an existing session.
pub(super) const STILL_SIGNED_IN: &str = "If you were signed in before, you still are.";

pub(super) fn sign_in_again(sign_in: Option<&str>) -> Markup {
    link(sign_in, "Sign in again")
}

/// A link with this label; nothing if there is no address.
pub(super) fn link(href: Option<&str>, label: &str) -> Markup {
    html! {
        @if let Some(href) = href {
            a href=(href) { (label) }
        }
    }
}
