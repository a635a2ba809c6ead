//! What the application returned for the layer to carry out.
//!
//! An outcome travels in the extensions of the response that stands for it, so it takes effect when
//! that response is returned, and not when it is built. Each such response is complete without the
//! layer: if a middleware rebuilds it and loses the extensions, the browser gets a redirect to the
//! layer's own route, or a status and a body.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{Extensions, HeaderValue, Response, StatusCode};

use crate::context::error_kind::Refusal;
use crate::context::sign_in_options::SignInOptions;
use crate::context::{AuthContext, Inner};
use crate::log_limit::limited;
use crate::web::response::NO_STORE;

/// What the application decided; the layer turns it into a response with the cookies it needs.
#[derive(Clone)]
pub(crate) enum Outcome {
    Refused(Refusal),
    SignIn(Box<SignInOptions>),
    SignOut(SignOutOptions),
}

const REFUSED: u8 = 1;
const SIGN_IN: u8 = 2;
const SIGN_OUT: u8 = 3;

impl Outcome {
    /// The more an outcome changes, the higher it ranks: a handler may turn a refusal into a sign-out.
    const fn rank(&self) -> u8 {
        match self {
            Self::Refused(_) => REFUSED,
            Self::SignIn(_) => SIGN_IN,
            Self::SignOut(_) => SIGN_OUT,
        }
    }
}

/// An outcome on its way to the layer of the request that it belongs to.
#[derive(Clone)]
struct Returned {
    /// The context that made it. Weak, because a cache may keep the response, and must not keep the
    /// session with it. While this exists, no other context has the same address.
    context: Weak<Inner>,
    outcome: Outcome,
}

impl AuthContext {
    /// Makes `response` stand for `outcome`.
    pub(crate) fn attach<B>(&self, outcome: Outcome, response: &mut Response<B>) {
        self.0.built.fetch_max(outcome.rank(), Ordering::Relaxed);
        response.extensions_mut().insert(Returned {
            context: Arc::downgrade(&self.0),
            outcome,
        });
    }

    /// Takes the outcome out of a response to this request. That of another request, which another
    /// layer or a cache left there, stays.
    pub(crate) fn take_outcome(&self, extensions: &mut Extensions) -> Option<Outcome> {
        let is_ours = extensions
            .get::<Returned>()
            .is_some_and(|returned| returned.context.as_ptr() == Arc::as_ptr(&self.0));
        if is_ours {
            return Some(extensions.remove::<Returned>()?.outcome);
        }
        self.log_lost();
        None
    }

    /// Logs that a response was built for an outcome, and that another one reached the layer.
    fn log_lost(&self) {
        match self.0.built.load(Ordering::Relaxed) {
            SIGN_OUT => limited!(
                warn,
                self.components(),
                ("sign_out", "not_returned"),
                "a handler made a sign-out, but another response reached the AuthLayer, so the user \
                 is still signed in: the handler did not return the sign-out, or a middleware between \
                 them built a new response without the extensions of the handler's"
            ),
            SIGN_IN => limited!(
                warn,
                self.components(),
                ("sign_in", "not_returned"),
                "a handler made a sign-in, but another response reached the AuthLayer, so a sign-in \
                 that starts now has not all options of the handler's: the handler did not return it, \
                 or a middleware between them built a new response without the extensions of the \
                 handler's"
            ),
            // Some applications replace each 401 with a page of theirs.
            REFUSED => tracing::debug!(
                "a handler or a guard refused a request, but another response reached the AuthLayer: \
                 the handler did not return the refusal, or a middleware between them built a new \
                 response without the extensions of the handler's"
            ),
            _ => {}
        }
    }
}

#[derive(Clone, Default)]
pub(crate) struct SignOutOptions {
    pub(crate) post_logout_redirect_uri: Option<String>,
    /// Not checked yet.
    pub(crate) return_to: Option<String>,
    /// The application's text for the page that it leads to.
    pub(crate) state: Option<String>,
    pub(crate) logout_hint: Option<String>,
    pub(crate) ui_locales: Option<String>,
    /// Whether the provider has no part in it.
    pub(crate) local_only: bool,
}

/// A redirect to a route of the layer, or an error with this text if the route is turned off.
pub(crate) fn redirect(location: Option<String>, error: &str) -> Response<String> {
    let mut response = Response::new(String::new());
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    match location.and_then(|location| HeaderValue::try_from(location).ok()) {
        Some(location) => {
            // So that the next request is a GET whatever this one was (RFC 9700 section 4.12).
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(LOCATION, location);
        }
        None => {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            let text = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, text);
            error.clone_into(response.body_mut());
        }
    }
    response
}
