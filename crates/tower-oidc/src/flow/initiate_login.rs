//! The path at which another party starts a sign-in (OpenID Connect Core 1.0 section 4).

use http::Method;
use sealed_cookie::ReceivedCookieSet;

use super::sign_in::{self, NewSignIn, SignInFlow};
use crate::components::Components;
use crate::context::sign_in_options::SignInOptions;
use crate::flow::request_head::RequestHead;
use crate::origin::initiate_login_query::InitiateLoginQuery;
use crate::sign_in::Replace;
use crate::sign_in::request_parameters::RequestParameters;
use crate::sign_in::transaction::Attempt;
use crate::web::pages;
use crate::web::response::OwnResponse;

/// Starts an ordinary sign-in at the provider whose issuer the request names. Nothing is kept of a request
/// that names another one.
pub(super) async fn run(
    components: &Components,
    head: &RequestHead,
    in_progress: &ReceivedCookieSet,
) -> OwnResponse {
    let origin = &components.origin;
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    let sign_in = origin.sign_in_link(None, None);
    if let Some(refused) = sign_in::refused_initiator(head, sign_in.as_deref()) {
        return refused;
    }
    let query = head.uri.query().unwrap_or_default();
    let Ok(query) = InitiateLoginQuery::parse(query, &origin.sign_in_parameters) else {
        return pages::bad_request();
    };
    let Some(registration) = components.providers.with_issuer(&query.iss) else {
        tracing::debug!("another party asks for a sign-in at an issuer that is not registered");
        return pages::unknown_provider(sign_in.as_deref());
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
    let new = NewSignIn {
        head: head.digest(),
        client_network: head.client_network,
        in_progress,
        options,
        attempt: Attempt::First,
        replace: Replace::Nothing,
    };
    sign_in::start(SignInFlow::new(components, registration), new).await
}
