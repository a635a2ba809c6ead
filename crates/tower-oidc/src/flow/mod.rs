//! The layer's own routes, one file each: from the head of a request to a whole response.

mod access_token;
mod callback;
pub(crate) mod error_response;
mod logout_redirect;
mod request_head;
mod session;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
mod signed_out;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sealed_cookie::ReceivedCookieSet;

pub(crate) use self::request_head::RequestHead;
use self::sign_in::{NewSignIn, SignInFlow};
use self::sign_out::{SignOutFlow, SignOutSubject};
use crate::components::Components;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::context::returned_outcome::Outcome;
use crate::context::{AuthContext, response_head};
use crate::origin::routes::Route;
use crate::sign_in::Replace;
use crate::sign_in::transaction::Attempt;
use crate::web::response::OwnResponse;

pub(crate) type Flow = Pin<Box<dyn Future<Output = OwnResponse> + Send>>;

/// Answers a request to one of the layer's routes.
pub(crate) fn run(shared: Arc<Components>, route: Route, head: RequestHead) -> Flow {
    match route {
        Route::SignIn => Box::pin(async move {
            let cookies = head.cookies(&shared.persistence, &shared.attempts);
            sign_in::run(SignInFlow::new(&shared), &head, &cookies.transactions).await
        }),
        Route::Callback => Box::pin(callback::run(shared, head)),
        Route::SignOut => {
            Box::pin(async move { sign_out::run(SignOutFlow::new(&shared), &head).await })
        }
        Route::SignOutContinue => {
            Box::pin(async move { logout_redirect::run(&shared.origin, &head) })
        }
        Route::SignedOut => Box::pin(async move { signed_out::run(&shared.origin, &head) }),
        Route::AccessToken => Box::pin(access_token::run(shared, head)),
        Route::Session => Box::pin(async move {
            session::run(&shared.origin, &shared.persistence, &shared.attempts, &head)
        }),
    }
}

/// Turns the outcome that the application chose into a response.
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
                let mut response = error_response::response(&context, refused);
                response_head::persist(&context, response.headers_mut());
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
                let new = NewSignIn {
                    head: context.request().head,
                    in_progress: cookies,
                    options: *options,
                    attempt: Attempt::First,
                    replace,
                };
                let mut response = sign_in::start(SignInFlow::new(shared), new).await;
                response_head::persist(&context, response.headers_mut());
                response
            }
            Outcome::SignOut(options) => {
                let session = context.session();
                let subject = SignOutSubject::from_session(
                    session.as_ref(),
                    context.request_session().has_cookie(),
                );
                sign_out::sign_out(SignOutFlow::new(shared), cookies, subject, &options).await
            }
        }
    })
}
