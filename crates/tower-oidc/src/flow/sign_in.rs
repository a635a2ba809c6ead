//! `/auth/sign-in` and `/auth/sign-up`: store a transaction with the browser, and send it to the provider.

use http::{HeaderValue, Method, StatusCode, header::WWW_AUTHENTICATE};
use relying_party::{AuthorizationRequest, ErrorKind, Prompt};
use sealed_cookie::ReceivedCookieSet;
use serde_json::json;
use url::Url;

use super::callback::refused::logged_with_the_document;
use super::choose_provider::{choose_provider, no_provider, provider_for};
use crate::components::Components;
use crate::context::sign_in_options::SignInOptions;
use crate::flow::request_head::RequestHead;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::origin::passed_parameters::PassedParameters;
use crate::origin::return_to::ReturnTo;
use crate::origin::routes::ProviderInPath;
use crate::origin::sign_in_query::SignInQuery;
use crate::provider::Registration;
use crate::sign_in::request_parameters::RequestParameters;
use crate::sign_in::transaction::Attempt;
use crate::sign_in::{Attempts, NotStored, Replace};
use crate::web::fetch_metadata::{Initiator, initiator, is_from_own_page};
use crate::web::head_digest::HeadDigest;
use crate::web::network::ClientNetwork;
use crate::web::pages;
use crate::web::response::{self, COOKIES_AND_LOCATION, OwnResponse, empty, head_size, see_other};

/// What a sign-in needs of an origin's components.
#[derive(Clone, Copy)]
pub(crate) struct SignInFlow<'a> {
    pub(crate) origin: &'a Origin,
    pub(crate) attempts: &'a Attempts,
    pub(crate) registration: &'a Registration,
}

impl<'a> SignInFlow<'a> {
    pub(crate) fn new(components: &'a Components, registration: &'a Registration) -> Self {
        Self {
            origin: &components.origin,
            attempts: &components.attempts,
            registration,
        }
    }
}

/// A sign-in that is to be started.
pub(crate) struct SignInStart<'a> {
    /// Distinguishes the request that starts it.
    pub(crate) head: HeadDigest,
    /// The network that its browser is in, if it is known.
    pub(crate) client_network: Option<ClientNetwork>,
    /// The sign-ins that its browser has in progress.
    pub(crate) in_progress: &'a ReceivedCookieSet,
    pub(crate) options: SignInOptions,
    pub(crate) attempt: Attempt,
    pub(crate) replace: Replace,
}

/// The path that was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entrance {
    SignIn,
    /// The provider shows the page on which users register.
    SignUp,
}

pub(super) async fn run(
    components: &Components,
    entrance: Entrance,
    path: &ProviderInPath,
    head: &RequestHead,
) -> OwnResponse {
    let origin = &components.origin;
    if *path == ProviderInPath::Unknown {
        return pages::unknown_provider(origin.sign_in_link(None, None).as_deref());
    }
    let (query, replace) = match navigation(origin, entrance, path.id(), head) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let sealed_demands = query.demands.clone();
    let registration = match provider_for(components, path, &query).await {
        Ok(Some(registration)) => registration,
        Ok(None) => return choose_provider(components, &query),
        Err(error) => return no_provider(origin, error),
    };
    let mut options = SignInOptions::asked_by(query);
    if let Some(sealed) = sealed_demands
        && let Some(demanded) = components.attempts.open_demands(&sealed)
    {
        options.demand(sealed, demanded, registration.settings());
    }
    if entrance == Entrance::SignUp {
        if let Some(page) = registration.sign_up_url() {
            return see_other(page);
        }
        ask_for_registration(&registration, &mut options.parameters);
    }
    let cookies = head.cookies(&components.persistence, &components.attempts);
    let new = SignInStart {
        head: head.digest(),
        client_network: head.client_network,
        in_progress: &cookies.transactions,
        options,
        attempt: Attempt::First,
        replace,
    };
    start(SignInFlow::new(components, &registration), new).await
}

/// Has the provider show the page on which users register.
fn ask_for_registration(registration: &Registration, parameters: &mut RequestParameters) {
    match registration.sign_up_parameter() {
        Some((name, value)) => parameters.set_extra(name.to_owned(), value.to_owned()),
        None => parameters.additional_prompt = Some(Prompt::Create),
    }
}

/// What a navigation to the sign-in asks for, and the response to any other request.
fn navigation(
    origin: &Origin,
    entrance: Entrance,
    id: Option<&str>,
    head: &RequestHead,
) -> Result<(SignInQuery, Replace), Box<OwnResponse>> {
    let query = SignInQuery::parse(
        head.uri.query().unwrap_or_default(),
        &origin.sign_in_parameters,
    );
    let is_sign_up = entrance == Entrance::SignUp;
    let query = query.map(|query| SignInQuery {
        is_sign_up,
        ..query
    });
    let replaces_oldest = query.as_ref().is_ok_and(|query| query.replace_oldest);
    let replace = if head.method == Method::POST && replaces_oldest {
        Replace::Oldest
    } else if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return Err(Box::new(refused));
    } else {
        Replace::Nothing
    };
    let page = query
        .as_ref()
        .ok()
        .and_then(|query| query.return_to.as_deref());
    let page = origin.own_page(page);
    let asked = SignInQuery {
        is_sign_up,
        ..SignInQuery::default()
    };
    let link = origin.sign_in_url(id, page.as_ref(), asked);
    if let Some(refused) = refused_initiator(head, link.as_deref()) {
        return Err(Box::new(refused));
    }
    // Another site must not end the sign-ins in progress: it could do so for ever.
    let is_own_page = || is_from_own_page(&head.headers, origin.base_url.origin());
    if replace == Replace::Oldest && !is_own_page() {
        return Err(Box::new(pages::forbidden()));
    }
    match query {
        Ok(query) => Ok((query, replace)),
        Err(_) => Err(Box::new(pages::bad_request())),
    }
}

/// The response to what is no navigation of a person; `link` opens the sign-in in a window.
pub(super) fn refused_initiator(head: &RequestHead, link: Option<&str>) -> Option<OwnResponse> {
    match initiator(&head.headers) {
        Initiator::Navigation => None,
        Initiator::Prefetch => Some(empty(StatusCode::NO_CONTENT)),
        Initiator::Embedded => Some(pages::needs_its_own_window(link)),
        Initiator::Script => Some(not_by_script()),
    }
}

/// Begins a sign-in: the response stores its transaction, and leads to the provider.
pub(crate) async fn start(flow: SignInFlow<'_>, new: SignInStart<'_>) -> OwnResponse {
    let SignInFlow {
        origin,
        attempts,
        registration,
    } = flow;
    let options = new.options;
    let request = new.head.as_bytes();
    let redirect_uri = origin.redirect_uri(registration.id.as_deref());
    let provider = registration.provider.clone();
    let begun = attempts.begin(request, new.attempt, provider, redirect_uri);
    let Some(mut transaction) = begun else {
        return pages::sign_in_failed();
    };
    let return_to = origin.return_to(options.return_to.as_deref());
    transaction.return_to = Some(return_to.as_str().to_owned());
    options.demand_of(&mut transaction, registration.issuer());
    let cookies = match attempts.store(&transaction, new.in_progress, new.replace) {
        Ok(cookies) => cookies,
        Err(NotStored::NoRoom) => {
            tracing::debug!("a sign-in is not started: as many as may be are in progress");
            return signing_in_elsewhere(origin, registration, &options, return_to);
        }
        Err(NotStored::Seal(error)) => {
            limited!(error, origin, ("sign_in", "seal"), %error, "a sign-in cannot start");
            return pages::sign_in_failed();
        }
    };
    let room = COOKIES_AND_LOCATION.saturating_sub(head_size(&cookies));
    let is_chosen_here =
        is_chosen_by_the_application(&options.parameters, &origin.sign_in_parameters);
    let secrets = transaction.secrets();
    let request = authorization_request(&options, new.client_network, room);
    let url = registration.authorization_url(&request, &transaction.redirect_uri, &secrets);
    match url.await {
        Ok(url) => {
            let mut response = see_other(&url);
            cookies.append_to(response.headers_mut());
            if is_chosen_here {
                origin.hints.redirect_to_provider(response.headers());
            }
            response
        }
        Err(error) => {
            let again = SignInQuery {
                is_sign_up: options.is_sign_up,
                ..SignInQuery::default()
            };
            let link = origin.sign_in_url(registration.id.as_deref(), Some(&return_to), again);
            cannot_start(registration, &error, link.as_deref())
        }
    }
}

/// Whether the application alone decided how long the redirect is: any link to the sign-in may have some
/// parameters.
fn is_chosen_by_the_application(
    parameters: &RequestParameters,
    of_links: &PassedParameters,
) -> bool {
    parameters.login_hint.is_none()
        && parameters.ui_locales.is_none()
        && !parameters
            .extra
            .iter()
            .any(|(name, _)| of_links.allows(name))
}

/// The request that `options` ask for. A URL that would be longer than `room` has no `id_token_hint`,
/// which no provider needs.
fn authorization_request(
    options: &SignInOptions,
    client_network: Option<ClientNetwork>,
    room: usize,
) -> AuthorizationRequest {
    let request = options.request().max_url_length(room);
    match client_network {
        Some(client) => request
            .client_network(client.network)
            .wider_client_network(client.wider),
        None => request,
    }
}

fn cannot_start(
    registration: &Registration,
    error: &relying_party::Error,
    link: Option<&str>,
) -> OwnResponse {
    let key = ("sign_in", error.code());
    let provider_id = registration.id.as_deref();
    if logged_with_the_document(error) {
        tracing::debug!(%error, code = error.code(), provider_id, "a sign-in cannot start");
    } else {
        limited!(warn, registration, key, %error, code = error.code(), provider_id, "a sign-in cannot start");
    }
    // Nothing was sent, and the provider is not at fault: the same address may succeed later.
    if error.is_without_credentials() {
        return pages::sign_in_must_wait();
    }
    if error.is_overloaded() && !error.may_have_been_sent() {
        return pages::too_many_sign_ins(error.retry_after().unwrap_or_default());
    }
    match error.kind() {
        ErrorKind::Configuration => pages::sign_in_failed(),
        _ => pages::provider_unreachable(link, registration.provider_name()),
    }
}

/// A page that comes back to `return_to`, or replaces the oldest sign-in by this one. Browsers check the
/// redirects that answer a form against the page's `form-action` too, and the provider may send the user
/// on to a second host, so any host with TLS may follow. The page has no text of a request.
fn signing_in_elsewhere(
    origin: &Origin,
    registration: &Registration,
    options: &SignInOptions,
    return_to: ReturnTo,
) -> OwnResponse {
    let own_page = origin.own_page(options.own_path.as_deref());
    let query = SignInQuery {
        replace_oldest: true,
        ..match own_page {
            // What a page of the application asks for, it asks for again.
            Some(_) => SignInQuery::default(),
            None => options.as_query(&origin.sign_in_parameters),
        }
    };
    let page = own_page.unwrap_or(return_to);
    let action = origin.sign_in_url(registration.id.as_deref(), Some(&page), query);
    let mut response =
        pages::signing_in_elsewhere(page.as_str(), action.as_deref().unwrap_or_default());
    response::allow_own_referrer(&mut response);
    let issuer = Url::parse(registration.issuer());
    let issuer = issuer.map_or_else(
        |_| String::new(),
        |issuer| issuer.origin().ascii_serialization(),
    );
    response::allow_form_action(&mut response, &format!("'self' https: {issuer}"));
    response
}

/// A script cannot show the provider's page: it has to send the window here.
fn not_by_script() -> OwnResponse {
    let error = json!({ "error": "navigation_required" });
    let mut response = response::json(StatusCode::UNAUTHORIZED, &error);
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"));
    response
}
