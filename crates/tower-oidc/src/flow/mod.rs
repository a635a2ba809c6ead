//! The layer's own routes, one file each: from the head of a request to a whole response.

mod access_token;
mod callback;
mod client_keys;
pub(crate) mod error_response;
mod form_post;
mod initiate_login;
mod logout_redirect;
mod posted_form;
mod provider_in_path;
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
use self::sign_in::{Entrance, NewSignIn, SignInFlow};
use self::sign_out::{SignOutFlow, SignOutSubject};
use crate::components::Components;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::context::returned_outcome::Outcome;
use crate::context::sign_in_options::SignInOptions;
use crate::context::{AuthContext, response_head};
use crate::log_limit::limited;
use crate::origin::routes::Route;
use crate::provider::Registration;
use crate::sign_in::Replace;
use crate::sign_in::transaction::Attempt;
use crate::web::pages;
use crate::web::request_body::UnreadBody;
use crate::web::response::{OwnResponse, see_other};

pub(crate) type Flow = Pin<Box<dyn Future<Output = OwnResponse> + Send>>;

/// Answers a request to one of the layer's routes.
pub(crate) fn run(
    shared: Arc<Components>,
    route: Route,
    head: RequestHead,
    body: UnreadBody,
) -> Flow {
    match route {
        Route::SignIn(path) => Box::pin(async move {
            let cookies = head.cookies(&shared.persistence, &shared.attempts);
            let asked = Entrance::SignIn;
            sign_in::run(&shared, asked, &path, &head, &cookies.transactions).await
        }),
        Route::SignUp(path) => Box::pin(async move {
            let cookies = head.cookies(&shared.persistence, &shared.attempts);
            let asked = Entrance::SignUp;
            sign_in::run(&shared, asked, &path, &head, &cookies.transactions).await
        }),
        Route::InitiateLogin => Box::pin(async move {
            let cookies = head.cookies(&shared.persistence, &shared.attempts);
            initiate_login::run(&shared, &head, body, &cookies.transactions).await
        }),
        Route::Callback(path) => Box::pin(callback::run(shared, path, head, body)),
        Route::SignOut => {
            Box::pin(async move { sign_out::run(SignOutFlow::new(&shared), &head).await })
        }
        Route::SignOutContinue => {
            Box::pin(async move { logout_redirect::run(&shared.origin, &head) })
        }
        Route::SignedOut => Box::pin(async move { signed_out::run(&shared.origin, &head) }),
        Route::AccessToken => Box::pin(access_token::run(shared, head)),
        Route::ClientKeys => Box::pin(async move { client_keys::run(&shared.origin, &head) }),
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
            Outcome::SignIn(options) => sign_in_for(&context, *options, cookies).await,
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

/// Starts the sign-in that a handler asks for: at the provider that it names, or at that of the session, or
/// where sign-ins go that name none.
async fn sign_in_for(
    context: &AuthContext,
    options: SignInOptions,
    in_progress: &ReceivedCookieSet,
) -> OwnResponse {
    let shared = context.shared();
    let mut response = match provider_for(context, &options) {
        Err(refusal) => error_response::response(context, refusal),
        Ok(None) => {
            let page = shared.origin.own_page(options.return_to.as_deref());
            let url = shared.origin.sign_in_url(
                None,
                page.as_ref(),
                options.as_query(&shared.origin.sign_in_parameters),
            );
            url.map_or_else(pages::sign_in_failed, |url| see_other(&url))
        }
        Ok(Some(registration)) => {
            // A person can be asked, on a page that needs the sign-in route for its button.
            let can_ask = context.request().is_navigation && shared.origin.routes.sign_in.is_some();
            let replace = match can_ask {
                true => Replace::Nothing,
                false => Replace::Oldest,
            };
            let new = NewSignIn {
                head: context.request().head,
                client_network: context.request().client_network,
                in_progress,
                options,
                attempt: Attempt::First,
                replace,
            };
            sign_in::start(SignInFlow::new(shared, registration), new).await
        }
    };
    response_head::persist(context, response.headers_mut());
    response
}

/// The provider of a sign-in that a handler asks for; `None` if the user chooses it.
fn provider_for<'a>(
    context: &'a AuthContext,
    options: &SignInOptions,
) -> Result<Option<&'a Registration>, Refusal> {
    let shared = context.shared();
    if let Some(id) = &options.provider {
        let named = shared.providers.with_id(id);
        return named.map(Some).ok_or_else(|| {
            limited!(
                error,
                shared,
                ("sign_in", "unknown_provider"),
                provider_id = ?id,
                known = ?shared.origin.routes.provider_ids,
                "a handler asks for a sign-in at a provider that is not registered: give one of the known \
                 ids to SignIn::provider"
            );
            Refusal::new(AuthErrorKind::Misconfigured)
        });
    }
    let of_session = context
        .session()
        .and_then(|session| shared.providers.of(session.frame.provider));
    let first = || (!shared.lets_users_choose()).then(|| shared.providers.first());
    Ok(of_session.or_else(first))
}
