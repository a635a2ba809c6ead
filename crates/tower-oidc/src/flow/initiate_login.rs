//! The path at which another party starts a sign-in (OpenID Connect Core 1.0 section 4).

use http::Method;
use sealed_cookie::ReceivedCookieSet;

use super::choose_provider::no_provider;
use super::form_post::is_form;
use super::sign_in::{self, SignInFlow, SignInStart};
use crate::components::Components;
use crate::context::sign_in_options::SignInOptions;
use crate::flow::request_head::RequestHead;
use crate::origin::Origin;
use crate::origin::initiate_login_query::InitiateLoginQuery;
use crate::sign_in::Replace;
use crate::sign_in::request_parameters::RequestParameters;
use crate::sign_in::transaction::Attempt;
use crate::web::pages;
use crate::web::request_body::UnreadBody;
use crate::web::response::{OwnResponse, see_other};

/// A longer redirect to the same path might not fit into the head of a response.
const MAX_FORM: usize = 3_072;

/// Starts an ordinary sign-in at the provider whose issuer the request names. Of several clients at one issuer,
/// the parameter `client_id` chooses, which LTI 1.3 adds to the standard's. Nothing is kept of a request
/// that names another one.
pub(super) async fn run(
    components: &Components,
    head: &RequestHead,
    body: UnreadBody,
    in_progress: &ReceivedCookieSet,
) -> OwnResponse {
    let origin = &components.origin;
    let allowed = [Method::GET, Method::POST];
    if let Some(refused) = head.refused_method(&allowed, "GET, POST, OPTIONS") {
        return refused;
    }
    let sign_in = origin.sign_in_link(None, None);
    if let Some(refused) = sign_in::refused_initiator(head, sign_in.as_deref()) {
        return refused;
    }
    if head.method == Method::POST {
        return redirect(origin, head, body).await;
    }
    let query = head.uri.query().unwrap_or_default();
    let Ok(query) = InitiateLoginQuery::parse(query, &origin.sign_in_parameters) else {
        return pages::bad_request();
    };
    let client_id = query.client_id.as_deref();
    let found = components
        .providers
        .with_issuer(&query.iss, client_id)
        .await;
    let registration = match found {
        Ok(registration) => registration,
        Err(error) => return no_provider(origin, error),
    };
    let target = query.target_link_uri.as_deref();
    if target.is_some() && origin.own_page(target).is_none() {
        tracing::debug!("the target_link_uri of another party is no page of this application");
    }
    let options = SignInOptions {
        return_to: query.target_link_uri,
        parameters: RequestParameters {
            login_hint: query.login_hint,
            extra: query.passed,
            ..RequestParameters::default()
        },
        ..SignInOptions::default()
    };
    let new = SignInStart {
        head: head.digest(),
        client_network: head.client_network,
        in_progress,
        options,
        attempt: Attempt::First,
        replace: Replace::Nothing,
    };
    sign_in::start(SignInFlow::new(components, &registration), new).await
}

/// Redirects a form to the same path. A browser sends no cookies with a form of another site, so the
/// sign-ins in progress would be unknown, and there could be more of them than are allowed.
async fn redirect(origin: &Origin, head: &RequestHead, body: UnreadBody) -> OwnResponse {
    let body = match body.read().await {
        Ok(body) if is_form(&head.headers) => body,
        _ => return pages::bad_request(),
    };
    let form = str::from_utf8(&body).unwrap_or_default();
    let query = InitiateLoginQuery::parse(form, &origin.sign_in_parameters).map(|it| it.write());
    match query {
        Ok(query) if query.len() <= MAX_FORM => {
            let path = origin.routes.public(head.uri.path());
            see_other(&format!("{path}?{query}"))
        }
        _ => pages::bad_request(),
    }
}
