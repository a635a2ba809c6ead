//! One origin: its base URL, the layer's routes on it, and the pages that users return to.

pub(crate) mod allowed_origins;
pub(crate) mod base_url;
pub(crate) mod cookie_domain;
pub(crate) mod plain_http;
pub(crate) mod return_to;
pub(crate) mod routes;
pub(crate) mod signed_out_state;

use std::sync::Arc;

use sealed_cookie::{SealedCookie, Sealer};

use self::base_url::BaseUrl;
use self::return_to::ReturnTo;
use self::routes::Routes;

/// What belongs to one origin, whoever is signed in.
pub(crate) struct Origin {
    pub(crate) base_url: BaseUrl,
    pub(crate) routes: Arc<Routes>,
    /// Where a sign-in without `return_to` leads.
    pub(crate) after_sign_in: ReturnTo,
    /// Where a sign-out leads in the end; absolute.
    pub(crate) after_sign_out: String,
    /// The same as a page of this application, which the signed-out route leads to.
    pub(crate) signed_out_page: ReturnTo,
    /// The origins of pages that may open WebSockets, beside this one's.
    pub(crate) allowed_origins: Arc<[String]>,
    /// Whether a same-origin navigation to the sign-out path signs out without a question.
    pub(crate) sign_out_by_get: bool,
    /// The claims that the session route shows.
    pub(crate) public_claims: Arc<[String]>,
    /// Seals the `state` of a sign-out.
    pub(crate) logout_sealer: Sealer,
    /// The provider's URL between a script's sign-out and the navigation that follows.
    pub(crate) logout_url_cookie: SealedCookie,
}

impl Origin {
    pub(crate) fn redirect_uri(&self) -> String {
        self.absolute(&self.routes.callback)
    }

    /// A path of ours as an absolute URL.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{}", self.base_url.origin(), self.routes.public(path))
    }

    /// Where the user comes back to: `input` if it leads to a page of this application.
    pub(crate) fn return_to(&self, input: Option<&str>) -> ReturnTo {
        self.own_page(input)
            .unwrap_or_else(|| self.after_sign_in.clone())
    }

    /// Where a signed-out user goes on, likewise.
    pub(crate) fn signed_out_page(&self, input: Option<&str>) -> ReturnTo {
        self.own_page(input)
            .unwrap_or_else(|| self.signed_out_page.clone())
    }

    /// `input` as a page of this application's, if it is one.
    pub(crate) fn own_page(&self, input: Option<&str>) -> Option<ReturnTo> {
        ReturnTo::parse(input?, &self.base_url)
            .filter(|return_to| !self.routes.is_own(return_to.path()))
    }
}
