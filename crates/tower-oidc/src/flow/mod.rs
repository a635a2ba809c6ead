//! The layer's own routes, one file each: the head of a request in, a whole response out.

mod access_token;
mod callback;
mod logout_redirect;
pub(crate) mod refusal;
mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
mod signed_out;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, request::Parts};

use sealed_cookie::ReceivedCookieSet;

use self::sign_in::Replace;
use self::sign_out::Known;
use crate::components::Components;
use crate::context::AuthContext;
use crate::context::error::{AuthErrorKind, Refusal};
use crate::context::outcome::Outcome;
use crate::layer::head;
use crate::origin::routes::Route;
use crate::persistence::received_cookies::ReceivedCookies;
use crate::sign_in::transaction::Attempt;
use crate::web::head_digest::HeadDigest;
use crate::web::network::ClientNetwork;
use crate::web::pages;
use crate::web::response::{OwnResponse, empty};

/// What the flows read of a request; bodies are never read.
pub(crate) struct Head {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    /// Stands for the network that the client is in, if it is known.
    pub(crate) client_network: Option<ClientNetwork>,
}

impl Head {
    pub(crate) fn new(parts: Parts, client_network: Option<ClientNetwork>) -> Self {
        Self {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            client_network,
        }
    }

    /// Our cookies, in one pass: once for each request.
    fn cookies(&self, shared: &Components) -> ReceivedCookies {
        ReceivedCookies::find(shared, &self.headers, None)
    }

    pub(crate) fn digest(&self) -> HeadDigest {
        HeadDigest::of(&self.method, &self.uri, &self.headers)
    }

    /// The answer to a method that a route does not take, or `None` if it takes it. A CORS
    /// preflight learns nothing and gets nothing.
    fn refused_method(&self, allowed: &[Method], allow: &'static str) -> Option<OwnResponse> {
        if allowed.contains(&self.method) {
            None
        } else if self.method == Method::OPTIONS {
            Some(empty(StatusCode::NO_CONTENT))
        } else {
            let mut response = pages::method_not_allowed();
            let allow = HeaderValue::from_static(allow);
            response.headers_mut().insert(ALLOW, allow);
            Some(response)
        }
    }
}

pub(crate) type Flow = Pin<Box<dyn Future<Output = OwnResponse> + Send>>;

/// Answers a request to one of the layer's routes.
pub(crate) fn run(shared: Arc<Components>, route: Route, head: Head) -> Flow {
    match route {
        Route::SignIn => Box::pin(async move { sign_in::run(&shared, &head).await }),
        Route::Callback => Box::pin(callback::run(shared, head)),
        Route::SignOut => Box::pin(async move { sign_out::run(&shared, &head).await }),
        Route::SignOutContinue => {
            Box::pin(async move { logout_redirect::run(&shared.origin, &head) })
        }
        Route::SignedOut => Box::pin(async move { signed_out::run(&shared.origin, &head) }),
        Route::AccessToken => Box::pin(access_token::run(shared, head)),
        Route::Session => Box::pin(async move { session::run(&shared, &head) }),
    }
}

/// Carries out what the application decided.
pub(crate) fn after(context: AuthContext, outcome: Outcome) -> Flow {
    Box::pin(async move {
        let shared = context.shared();
        let none = ReceivedCookieSet::default();
        let cookies = context.request().transactions.as_deref().unwrap_or(&none);
        // Another origin's page must neither start a sign-in here nor sign the user out.
        let outcome = match outcome {
            Outcome::SignIn(_) | Outcome::SignOut(_) if context.is_from_foreign_page() => {
                Outcome::Refused(Refusal::new(AuthErrorKind::ForeignOrigin))
            }
            outcome => outcome,
        };
        match outcome {
            Outcome::Refused(refused) => {
                let mut response = refusal::response(&context, refused);
                head::persist(&context, response.headers_mut());
                response
            }
            Outcome::SignIn(options) => {
                // A person can be asked, on a page that needs the sign-in route for its button.
                let can_ask =
                    context.request().is_navigation && shared.origin.routes.sign_in.is_some();
                let replace = match can_ask {
                    true => Replace::Nothing,
                    false => Replace::Oldest,
                };
                let mut response = sign_in::start(
                    shared,
                    context.request().head,
                    cookies,
                    *options,
                    Attempt::First,
                    replace,
                )
                .await;
                head::persist(&context, response.headers_mut());
                response
            }
            Outcome::SignOut(options) => {
                let session = context.session();
                let known = Known::of(session.as_ref(), context.received().is_some());
                sign_out::sign_out(shared, cookies, known, &options).await
            }
        }
    })
}
