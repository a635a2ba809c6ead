//! `GET /auth/sign-in`: seals a transaction and sends the browser to the provider.

use http::{HeaderValue, Method, StatusCode, header::WWW_AUTHENTICATE};
use relying_party::{AuthorizationRequest, ErrorKind, Prompt};
use sealed_cookie::{ReceivedFamily, SetCookies};
use url::form_urlencoded;

use super::Head;
use crate::fetch_metadata::{Initiator, initiator};
use crate::fresh::FreshValue;
use crate::head_digest::HeadDigest;
use crate::log_limit::limited;
use crate::outcome::SignInOptions;
use crate::pages;
use crate::response::{OwnResponse, empty, see_other};
use crate::shared::Shared;
use crate::time::UnixMillis;
use crate::transaction::{Attempt, LIFETIME, MAX_ALIVE, Transaction, id_of_state};

/// What a refusal adds to the link. Anybody may: the worst that comes of it is a page instead of a
/// redirect, for some seconds.
pub(crate) const AFTER_REFUSAL: (&str, &str) = ("after", "refusal");

/// A browser sends longer ones, but nobody with good intentions does.
const MAX_QUERY_LENGTH: usize = 16 * 1024;
const MAX_PARAMETERS: usize = 32;

/// The bytes that all attempts of a browser take of its Cookie header together. Beside a session of
/// one cookie that stays below the 8 KiB that a stock nginx accepts, whatever other sites make the
/// browser start.
const BUDGET: usize = 4_096;

/// The bytes of an attempt without a long way back, for those that do not open here: another machine
/// with a newer secret may have begun them.
const USUAL_SIZE: usize = 300;

pub(crate) async fn run(shared: &Shared, head: &Head) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    match initiator(&head.headers) {
        Initiator::Navigation => {}
        Initiator::Prefetch => return empty(StatusCode::NO_CONTENT),
        Initiator::Embedded => return empty(StatusCode::FORBIDDEN),
        Initiator::Script => return not_by_script(),
    }
    let Some(options) = options(head.uri.query().unwrap_or_default()) else {
        return pages::bad_request();
    };
    let cookies = head.cookies(shared).transactions;
    start(shared, head.digest(), &cookies, options, Attempt::First).await
}

/// Begins an attempt for a request with this head; `signing_in` are those that are under way in its
/// browser.
pub(crate) async fn start(
    shared: &Shared,
    head: HeadDigest,
    signing_in: &ReceivedFamily,
    options: SignInOptions,
    attempt: Attempt,
) -> OwnResponse {
    let now = shared.now();
    let redirect_uri = shared.redirect_uri();
    let Ok(seed) = shared.fresh(FreshValue::TransactionSeed, head.as_bytes()) else {
        limited!(
            error,
            shared,
            ("sign_in", "random"),
            "a sign-in cannot start: the system gives no random bytes"
        );
        return pages::internal_error();
    };
    let mut transaction =
        Transaction::new(seed, attempt, now, shared.provider, redirect_uri.clone());
    let return_to = shared.return_to(options.return_to.as_deref());
    transaction.return_to = Some(return_to.as_str().to_owned());
    transaction.max_age = options.max_age;
    transaction.acr_values = options.acr_values;
    transaction.expected_sub = options.expected_sub;
    transaction.after_refusal = options.after_refusal;

    let secrets = transaction.secrets();
    let url = shared
        .relying_party
        .authorization_url(&options.request, &redirect_uri, &secrets)
        .await;
    let url = match url {
        Ok(url) => url,
        Err(error) => {
            let key = ("sign_in", error.code());
            limited!(warn, shared, key, %error, code = error.code(), "a sign-in cannot start");
            return match error.kind() {
                ErrorKind::Configuration => pages::internal_error(),
                _ => pages::provider_unreachable(&shared.routes),
            };
        }
    };
    let plaintext = transaction.encode();
    let sealed = shared.transaction_cookies.seal(
        &id_of_state(secrets.state()),
        &plaintext,
        LIFETIME,
        shared.entropy.as_ref(),
    );
    match sealed {
        Ok(transaction_cookie) => {
            let mut response = see_other(&url);
            let size = cookie_size(shared, plaintext.len());
            evictions(shared, signing_in, size, now).append_to(response.headers_mut());
            transaction_cookie.append_to(response.headers_mut());
            response
        }
        Err(error) => {
            limited!(
                error,
                shared,
                ("sign_in", "seal"),
                %error,
                "a sign-in cannot start"
            );
            pages::internal_error()
        }
    }
}

/// Makes room for one more attempt of `size` bytes: the newest stay, as many as may be alive and fit
/// the budget; those that do not open go first of all.
fn evictions(
    shared: &Shared,
    signing_in: &ReceivedFamily,
    size: usize,
    now: UnixMillis,
) -> SetCookies {
    let family = &shared.transaction_cookies;
    let mut others: Vec<_> = signing_in
        .ids()
        .map(|id| {
            let opened = family.find(signing_in, &id).and_then(Result::ok);
            let size = opened.as_ref().map_or(USUAL_SIZE, |opened| {
                cookie_size(shared, opened.plaintext().len())
            });
            let transaction =
                opened.and_then(|opened| Transaction::decode(opened.into_bytes()).ok());
            let created_at = transaction
                .filter(|transaction| transaction.is_alive(now))
                .map(|transaction| transaction.created_at);
            (created_at, size, id)
        })
        .collect();
    others.sort_unstable_by(|one, other| other.cmp(one));
    let mut deletions = SetCookies::default();
    let mut taken = size;
    for (index, (_, size, id)) in others.iter().enumerate() {
        taken = taken.saturating_add(*size);
        if index.saturating_add(1) >= MAX_ALIVE || taken > BUDGET {
            deletions.extend(family.delete(id));
        }
    }
    deletions
}

/// The bytes of a transaction's cookie in a request: name, value and what stands between cookies.
fn cookie_size(shared: &Shared, plaintext: usize) -> usize {
    const ID_AND_SEPARATORS: usize = 22 + ".=; ".len();
    const OVERHEAD_OF_A_SEAL: usize = 57;
    plaintext
        .saturating_add(OVERHEAD_OF_A_SEAL)
        .saturating_mul(4)
        .div_ceil(3)
        .saturating_add(shared.transaction_cookies.name().as_str().len())
        .saturating_add(ID_AND_SEPARATORS)
}

/// What a link to the sign-in may ask for: where to come back to, three parameters that change
/// nothing but what the provider shows, and the mark of a refusal. All else is the application's to
/// decide (S-29).
fn options(query: &str) -> Option<SignInOptions> {
    if query.len() > MAX_QUERY_LENGTH {
        return None;
    }
    let mut return_to = None;
    let mut prompt = None;
    let mut after_refusal = false;
    let mut request = AuthorizationRequest::default();
    for (index, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        if index >= MAX_PARAMETERS {
            return None;
        }
        match &*name {
            "return_to" => return_to = Some(value.into_owned()),
            "login_hint" => request = request.login_hint(value),
            "ui_locales" => request = request.ui_locales(value),
            "prompt" if prompt.is_some() => return None,
            "prompt" => prompt = Some(value.parse::<Prompt>()),
            name => after_refusal |= (name, &*value) == AFTER_REFUSAL,
        }
    }
    if let Some(Ok(prompt)) = prompt {
        request = request.additional_prompt(prompt);
    }
    Some(SignInOptions {
        return_to,
        after_refusal,
        request,
        ..SignInOptions::default()
    })
}

/// A script cannot show the provider's page: it has to send the window here (S-26).
fn not_by_script() -> OwnResponse {
    let mut response = empty(StatusCode::UNAUTHORIZED);
    response
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Cookie"));
    response
}
