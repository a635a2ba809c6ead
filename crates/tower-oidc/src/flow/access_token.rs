//! `GET` of the access token path, which is off by default: an access token for the application's own
//! scripts. The browser's Fetch Metadata must say that such a script asks; otherwise the answer is 403.

use std::sync::Arc;

use http::{Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;

use crate::components::Components;
use crate::context::AuthContext;
use crate::context::error_kind::{AuthErrorKind, Refusal};
use crate::context::response_head::{self, Stored, Unanswered};
use crate::flow::error_response;
use crate::flow::request_head::RequestHead;
use crate::format::time::UnixMillis;
use crate::log_limit::limited;
use crate::origin::Origin;
use crate::provider::resolver::found::NotFound;
use crate::refresh::RefreshMode;
use crate::session::access_token::Target;
use crate::session::public_tokens::AccessToken;
use crate::web::fetch_metadata;
use crate::web::pages;
use crate::web::response::{OwnResponse, for_this_origin, json};

/// As the provider answers a token request (RFC 6749 section 5.1).
#[derive(Serialize)]
struct Answer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

pub(crate) async fn run(shared: Arc<Components>, head: RequestHead) -> OwnResponse {
    if let Some(refused) = head.refused_method(&[Method::GET], "GET, OPTIONS") {
        return refused;
    }
    if !fetch_metadata::is_from_own_script(&head.headers) {
        return forbidden(&shared.origin, &head);
    }
    let Some(target) = target(head.uri.query().unwrap_or_default()) else {
        return error(StatusCode::BAD_REQUEST, "invalid_request");
    };
    let network = head.client_network;
    let context = AuthContext::new(shared, &request(head), network);
    context.request_session().ask_stores().await;
    let is_for_scripts = is_for_scripts(&context, &target).await;
    if let Ok(false) = is_for_scripts {
        // The code of RFC 8707 section 2.
        return error(StatusCode::FORBIDDEN, "invalid_target");
    }
    // The client may go away while the provider is asked.
    let context = Unanswered::new(context);
    let token = match is_for_scripts {
        Ok(_) => {
            let token = context.token(target, RefreshMode::WhenDue).await;
            token.map_err(|error| error.refusal())
        }
        Err(kind) => Err(Refusal::new(kind)),
    };
    let response = match token {
        Ok(token) => answer(&token, context.components().persistence.now()),
        Err(refusal) => error_response::response(&context, &refusal),
    };
    let (mut parts, body) = response.into_parts();
    if let Some(storing) = response_head::finish(&context, &mut parts)
        && let Stored::Cookies(cookies) = storing.await
    {
        response_head::set_cookies(&context, cookies, &mut parts.headers);
    }
    for_this_origin(&mut parts.headers);
    Response::from_parts(parts, body)
}

/// Whether scripts may have this token of the session's provider; without a session, of any provider. An error
/// if that provider is not at hand. Then its tokens that scripts may have are not known, and scripts get none,
/// not even one that is in the session and still valid.
async fn is_for_scripts(context: &AuthContext, target: &Target) -> Result<bool, AuthErrorKind> {
    let providers = &context.components().providers;
    match context.session() {
        Some(session) => match providers.find(&session.provider()).await {
            Ok(registration) => Ok(registration.script_tokens.contains(target)),
            Err(NotFound::Unavailable) => Err(AuthErrorKind::Unavailable),
            Err(NotFound::Unknown) => Err(AuthErrorKind::SignInRequired),
        },
        None => {
            let is_any_so = || {
                let mut registered = providers.registered();
                registered.any(|it| it.script_tokens.contains(target))
            };
            // The provider of the sign-in, which comes first, is not known before it.
            Ok(providers.resolved().is_some() || is_any_so())
        }
    }
}

/// What the request asks for: one resource, or with no parameter the token of the sign-in. With another
/// parameter, such as an organization, it asks for something that this route does not give.
fn target(query: &str) -> Option<Target> {
    let mut resource = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name != "resource" || resource.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    Some(Target {
        resource,
        organization: None,
    })
}

fn answer(token: &AccessToken, now: UnixMillis) -> OwnResponse {
    let left = |end: std::time::SystemTime| {
        let left = end.duration_since(now.to_system_time());
        left.map_or(0, |left| left.as_secs())
    };
    let answer = Answer {
        access_token: token.as_str(),
        token_type: "Bearer",
        expires_in: token.expires_at().map(left),
        scope: token.scopes().map(|scopes| scopes.join(" ")),
    };
    json(StatusCode::OK, &answer)
}

/// The response to a request that no script of this application's pages makes.
fn forbidden(origin: &Origin, head: &RequestHead) -> OwnResponse {
    if fetch_metadata::site(&head.headers).is_none() {
        limited!(
            info,
            origin,
            ("access_token", "no_fetch_metadata"),
            "an access token was refused to a request without `Sec-Fetch-Site`, which says that a script \
             of our own pages asks; browsers send it to https and loopback addresses alone"
        );
    }
    match fetch_metadata::is_navigation(&head.method, &head.headers) {
        true => pages::forbidden(),
        false => error(StatusCode::FORBIDDEN, "forbidden"),
    }
}

fn error(status: StatusCode, code: &str) -> OwnResponse {
    let mut response = json(status, &json!({ "error": code }));
    for_this_origin(response.headers_mut());
    response
}

fn request(head: RequestHead) -> Request<()> {
    let mut request = Request::new(());
    *request.method_mut() = head.method;
    *request.uri_mut() = head.uri;
    *request.headers_mut() = head.headers;
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_one_resource_or_nothing() {
        let resource = |query| target(query).map(|target| target.resource);
        assert_eq!(resource(""), Some(None));
        assert_eq!(
            resource("resource=https%3A%2F%2Fapi.example%2Fa+b"),
            Some(Some("https://api.example/a b".to_owned()))
        );
        assert_eq!(resource("resource="), Some(Some(String::new())));
        for query in [
            "resource=a&resource=b",
            "resource=a&organization=b",
            "organization=b",
            "organization_id=b",
            "Resource=a",
            "%",
        ] {
            assert_eq!(resource(query), None, "{query}");
        }
    }
}
