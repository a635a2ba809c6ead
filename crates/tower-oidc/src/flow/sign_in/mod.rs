//! `/auth/sign-in`: seals a transaction and sends the browser to the provider.

mod room;

use http::{HeaderValue, Method, StatusCode, header::WWW_AUTHENTICATE};
use relying_party::ErrorKind;
use sealed_cookie::ReceivedCookieSet;
use serde_json::json;
use url::Url;

use self::room::make_room;
use super::Head;
use super::callback::refused::logged_with_the_document;
use crate::components::Components;
use crate::context::sign_in::SignInOptions;
use crate::log_limit::limited;
use crate::origin::return_to::ReturnTo;
use crate::origin::sign_in_query::SignInQuery;
use crate::random::FreshValue;
use crate::sign_in::request_parameters::RequestParameters;
use crate::sign_in::transaction::{Attempt, LIFETIME, Transaction, id_of_state};
use crate::web::fetch_metadata::{Initiator, initiator, is_from_own_page};
use crate::web::head_digest::HeadDigest;
use crate::web::pages;
use crate::web::response::{self, COOKIES_AND_LOCATION, OwnResponse, empty, head_size, see_other};

pub(crate) use self::room::Replace;

pub(crate) async fn run(shared: &Components, head: &Head) -> OwnResponse {
    let query = SignInQuery::parse(head.uri.query().unwrap_or_default());
    let replaces_oldest = query.as_ref().is_ok_and(|query| query.replace_oldest);
    let replace = if head.method == Method::POST && replaces_oldest {
        Replace::Oldest
    } else if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    } else {
        Replace::Nothing
    };
    match initiator(&head.headers) {
        Initiator::Navigation => {}
        Initiator::Prefetch => return empty(StatusCode::NO_CONTENT),
        Initiator::Embedded => {
            let page = query.ok().and_then(|query| query.return_to);
            let page = shared.origin.own_page(page.as_deref());
            let link = shared.origin.sign_in_link(page.as_ref());
            return pages::needs_its_own_window(link.as_deref());
        }
        Initiator::Script => return not_by_script(),
    }
    // Another site must not end the sign-ins in progress: it could do so for ever.
    let origin = shared.origin.base_url.origin();
    if replace == Replace::Oldest && !is_from_own_page(&head.headers, origin) {
        return pages::forbidden();
    }
    let Ok(query) = query else {
        return pages::bad_request();
    };
    let cookies = head.cookies(shared).transactions;
    start(
        shared,
        head.digest(),
        &cookies,
        SignInOptions::asked_by(query),
        Attempt::First,
        replace,
    )
    .await
}

/// Begins an attempt for a request with this head; `signing_in` are those that are under way in its
/// browser.
pub(crate) async fn start(
    shared: &Components,
    head: HeadDigest,
    signing_in: &ReceivedCookieSet,
    options: SignInOptions,
    attempt: Attempt,
    replace: Replace,
) -> OwnResponse {
    let now = shared.now();
    let Ok(seed) = shared
        .random
        .fresh(FreshValue::TransactionSeed, head.as_bytes())
    else {
        limited!(
            error,
            shared,
            ("sign_in", "random"),
            "a sign-in cannot start: the system gives no random bytes"
        );
        return pages::sign_in_failed();
    };
    let return_to = shared.origin.return_to(options.return_to.as_deref());
    let redirect_uri = shared.origin.redirect_uri();
    let mut transaction = Transaction::new(
        seed,
        attempt,
        now,
        shared.registration.provider,
        redirect_uri,
    );
    transaction.return_to = Some(return_to.as_str().to_owned());
    options.demand_of(&mut transaction, shared.registration.relying_party.issuer());

    let plaintext = transaction.encode();
    let Some(mut cookies) = make_room(shared, signing_in, plaintext.len(), replace, now) else {
        tracing::debug!("a sign-in is not started: as many as may be are under way");
        return signing_in_elsewhere(shared, &options, return_to);
    };
    let secrets = transaction.secrets();
    let sealed = shared.attempts.cookies.seal(
        &id_of_state(secrets.state()),
        &plaintext,
        LIFETIME,
        shared.entropy.as_ref(),
    );
    match sealed {
        Ok(transaction_cookie) => cookies.extend(transaction_cookie),
        Err(error) => {
            let key = ("sign_in", "seal");
            limited!(error, shared, key, %error, "a sign-in cannot start");
            return pages::sign_in_failed();
        }
    }
    let room = COOKIES_AND_LOCATION.saturating_sub(head_size(&cookies));
    let is_chosen_here = is_chosen_by_the_application(&options.parameters);
    match authorization_url(shared, options, &transaction, room).await {
        Ok(url) => {
            let mut response = see_other(&url);
            cookies.append_to(response.headers_mut());
            if is_chosen_here {
                shared.hints.redirect_to_provider(response.headers());
            }
            response
        }
        Err(error) => cannot_start(shared, &error, return_to),
    }
}

/// Whether the application alone decided how long the redirect is: any link to the sign-in may have these
/// two parameters, however long.
fn is_chosen_by_the_application(parameters: &RequestParameters) -> bool {
    parameters.login_hint.is_none() && parameters.ui_locales.is_none()
}

/// The provider's URL. One that is longer than `room` loses its `id_token_hint`, which no provider
/// needs.
async fn authorization_url(
    shared: &Components,
    mut options: SignInOptions,
    transaction: &Transaction,
    room: usize,
) -> Result<String, relying_party::Error> {
    let secrets = transaction.secrets();
    let redirect_uri = &transaction.redirect_uri;
    let relying_party = &shared.registration.relying_party;
    let request = options.request();
    let url = relying_party.authorization_url(&request, redirect_uri, &secrets);
    let url = url.await?;
    if url.len() <= room || options.parameters.id_token_hint.take().is_none() {
        return Ok(url);
    }
    tracing::debug!("a sign-in's id_token_hint is too long for a redirect and is left out");
    let request = options.request();
    let url = relying_party.authorization_url(&request, redirect_uri, &secrets);
    url.await
}

fn cannot_start(
    shared: &Components,
    error: &relying_party::Error,
    return_to: ReturnTo,
) -> OwnResponse {
    let key = ("sign_in", error.code());
    if logged_with_the_document(error) {
        tracing::debug!(%error, code = error.code(), "a sign-in cannot start");
    } else {
        limited!(warn, shared, key, %error, code = error.code(), "a sign-in cannot start");
    }
    match error.kind() {
        ErrorKind::Configuration => pages::sign_in_failed(),
        _ => {
            let link = shared.origin.sign_in_link(Some(&return_to));
            pages::provider_unreachable(link.as_deref(), shared.registration.provider_name())
        }
    }
}

/// A page that comes back to `page`, or starts this sign-in in the place of the oldest. Browsers hold
/// the redirects that answer a form to the page's `form-action` too, and the provider may send the user
/// on to a second host, so any host with TLS may follow. The page has no text of a request.
fn signing_in_elsewhere(
    shared: &Components,
    options: &SignInOptions,
    return_to: ReturnTo,
) -> OwnResponse {
    let own_page = shared.origin.own_page(options.own_path.as_deref());
    let query = SignInQuery {
        replace_oldest: true,
        ..match own_page {
            // What a page of the application asks for, it asks for again.
            Some(_) => SignInQuery::default(),
            None => options.as_query(),
        }
    };
    let page = own_page.unwrap_or(return_to);
    let action = shared.origin.sign_in_url(Some(&page), query);
    let mut response =
        pages::signing_in_elsewhere(page.as_str(), action.as_deref().unwrap_or_default());
    response::allow_own_referrer(&mut response);
    let issuer = Url::parse(shared.registration.relying_party.issuer());
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
