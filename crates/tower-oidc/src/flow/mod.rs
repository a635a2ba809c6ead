//! The layer's own routes, one file each: from the head of a request to a whole response.

mod access_token;
mod backchannel_logout;
mod callback;
mod choose_provider;
mod client_keys;
mod error_response;
mod form_post;
mod frontchannel_logout;
mod initiate_login;
mod logout_redirect;
mod posted_form;
mod posted_user;
mod provider_in_path;
mod request_head;
mod session;
pub(crate) mod session_script;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
mod signed_out;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use self::request_head::RequestHead;
use self::sign_in::{Entrance, SignInFlow, SignInStart};
use self::sign_out::{ReceivedToDelete, SignOutFlow, SignOutSubject};
use crate::components::Components;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::context::returned_outcome::Outcome;
use crate::context::sign_in_options::SignInOptions;
use crate::context::{AuthContext, response_head};
use crate::log_limit::limited;
use crate::origin::routes::Route;
use crate::persistence::opening::SessionToEnd;
use crate::persistence::sessions::StoreFailed;
use crate::provider::Registration;
use crate::provider::resolver::found::NotFound;
use crate::provider::resolver::{ORGANIZATION_PARAMETERS, ProviderQuery};
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
        Route::SignIn(path) => {
            Box::pin(async move { sign_in::run(&shared, Entrance::SignIn, &path, &head).await })
        }
        Route::SignUp(path) => {
            Box::pin(async move { sign_in::run(&shared, Entrance::SignUp, &path, &head).await })
        }
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
        Route::BackchannelLogout(path) => {
            Box::pin(async move { backchannel_logout::run(&shared, &path, &head, body).await })
        }
        Route::FrontchannelLogout(path) => {
            Box::pin(async move { frontchannel_logout::run(&shared, &path, &head).await })
        }
        Route::SessionScript => {
            Box::pin(async move { session_script::run(&shared.origin.routes, &head) })
        }
        Route::Session => Box::pin(async move {
            session::run(&shared.origin, &shared.persistence, &shared.attempts, &head).await
        }),
    }
}

/// Turns the outcome that the application chose into a response.
pub(crate) fn after(context: AuthContext, outcome: Outcome) -> Flow {
    Box::pin(async move {
        let shared = context.components();
        // Another origin's page must neither start a sign-in here nor sign the user out.
        let outcome = match outcome {
            Outcome::SignIn(_) | Outcome::SignOut(_) if context.is_from_foreign_page() => {
                Outcome::Refused(Refusal::new(AuthErrorKind::ForeignOrigin))
            }
            outcome => outcome,
        };
        match outcome {
            Outcome::Refused(refused) => {
                persisted(&context, error_response::response(&context, &refused)).await
            }
            Outcome::SignIn(options) => sign_in_for(&context, *options).await,
            Outcome::SignOut(options) => {
                let request_session = context.request_session();
                let session = match (context.session(), request_session.received()) {
                    (Some(session), _) => Some(SessionToEnd::Session(session)),
                    // A store that is down must not prevent a sign-out.
                    (None, Some(received)) if !context.is_closed() => {
                        shared.persistence.open_to_end(received).await.ok()
                    }
                    _ => None,
                };
                let has_cookie = request_session.received().is_some();
                let subject = SignOutSubject::from_opened(session.as_ref(), has_cookie);
                let is_top_level = context.request().is_top_level;
                let flow = SignOutFlow::new(shared);
                let received = ReceivedToDelete {
                    signing_in: &context.signing_in(),
                    former: context.request().former_cookies.as_deref(),
                };
                sign_out::sign_out(flow, received, subject, &options, is_top_level).await
            }
        }
    })
}

/// Starts the sign-in that a handler asks for: at the provider that it names, or at that of the session, or
/// where sign-ins go that name none.
async fn sign_in_for(context: &AuthContext, options: SignInOptions) -> OwnResponse {
    let shared = context.components();
    let response = match provider_for(context, &options).await {
        Err(NotFound::Unknown) if shared.providers.resolved().is_none() => {
            error_response::response(context, &Refusal::new(AuthErrorKind::Misconfigured))
        }
        Err(error) => choose_provider::no_provider(&shared.origin, error),
        Ok(None) => {
            let page = shared.origin.own_page(options.return_to.as_deref());
            let url = shared.origin.sign_in_url(
                None,
                page.as_ref(),
                options.as_query(&shared.origin.sign_in_parameters),
            );
            url.map_or_else(pages::sign_in_failed, |url| see_other(&url))
        }
        Ok(Some(registration)) if !options.hint_fits(&registration) => {
            foreign_hint(context, &registration)
        }
        Ok(Some(registration)) => {
            // A person can be asked, on a page that needs the sign-in route for its button.
            let can_ask = context.request().is_navigation && shared.origin.routes.sign_in.is_some();
            let replace = match can_ask {
                true => Replace::Nothing,
                false => Replace::Oldest,
            };
            let new = SignInStart {
                head: context.request().head,
                client_network: context.request().client_network,
                in_progress: &context.signing_in(),
                options,
                attempt: Attempt::First,
                replace,
            };
            sign_in::start(SignInFlow::new(shared, &registration), new).await
        }
    };
    persisted(context, response).await
}

/// A response that the layer made, with what the request changed in its session; or 503 if the application's data
/// changed and the store did not take them.
async fn persisted(context: &AuthContext, mut response: OwnResponse) -> OwnResponse {
    match response_head::persist(context, response.headers_mut()).await {
        Ok(()) => response,
        Err(StoreFailed) => data_not_stored(context),
    }
}

fn data_not_stored(context: &AuthContext) -> OwnResponse {
    error_response::response(context, &Refusal::new(AuthErrorKind::Unavailable))
}

/// The response to a request whose changed data the store did not take.
pub(crate) fn data_lost(context: AuthContext) -> Flow {
    Box::pin(async move { data_not_stored(&context) })
}

/// The response to a sign-in whose `id_token_hint` another provider issued. An ID token is personal data, so it
/// is not sent to a provider that does not have it already, and no user of this provider could be that user.
fn foreign_hint(context: &AuthContext, registration: &Registration) -> OwnResponse {
    let shared = context.components();
    limited!(
        error,
        shared,
        ("sign_in", "foreign_hint"),
        provider_id = ?registration.id,
        issuer = registration.issuer(),
        "a handler asks for a sign-in with an ID token that this provider did not issue, so nothing is sent: \
         give SignIn::id_token_hint an ID token of the same provider, as AuthContext::provider of the \
         session tells, or none"
    );
    error_response::response(context, &Refusal::new(AuthErrorKind::Misconfigured))
}

/// The provider of a sign-in that a handler asks for: the one that it names, or the one that the resolver
/// chooses for what it says of the user, or that of the session, or the one of sign-ins that name none. `None`
/// if the user chooses it.
async fn provider_for(
    context: &AuthContext,
    options: &SignInOptions,
) -> Result<Option<Registration>, NotFound> {
    let shared = context.components();
    let providers = &shared.providers;
    if let Some(id) = &options.provider {
        let named = providers.named(id).await;
        if named.is_err() && providers.resolved().is_none() {
            limited!(
                error,
                shared,
                ("sign_in", "unknown_provider"),
                provider_id = ?id,
                known = ?shared.origin.routes.provider_ids,
                "a handler asks for a sign-in at a provider that is not registered: give one of the known \
                 ids to SignIn::provider"
            );
        }
        return named.map(Some);
    }
    let choose = || {
        providers.choose(|empty| ProviderQuery {
            login_hint: options.parameters.login_hint.clone(),
            return_to: options.return_to.clone(),
            parameters: options.parameters.extra.clone(),
            ..empty
        })
    };
    // Another parameter, such as a language, is for any provider.
    let mut extra = options.parameters.extra.iter();
    let has_organization = extra.any(|(name, _)| ORGANIZATION_PARAMETERS.contains(&name.as_str()));
    let says_who = options.parameters.login_hint.is_some() || has_organization;
    if says_who && let Some(chosen) = choose().await? {
        return Ok(Some(chosen));
    }
    if let Some(session) = context.session() {
        match providers.find(&session.provider()).await {
            Ok(of_session) => return Ok(Some(of_session)),
            Err(NotFound::Unavailable) => return Err(NotFound::Unavailable),
            Err(NotFound::Unknown) => {}
        }
    }
    if !says_who && let Some(chosen) = choose().await? {
        return Ok(Some(chosen));
    }
    shared.first_unless_users_choose()
}
