//! The endpoints, and what happens before each of them.

mod authorize;
mod client_assertion;
mod client_authentication;
mod client_request;
mod compression;
mod discovery;
mod echo;
mod end_session;
mod error;
mod introspection;
mod jwks;
mod outage_response;
mod pushed_authorization;
mod revocation;
mod session_cookie;
mod token;
mod user_info;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{MethodRouter, get, post},
};

use self::error::OAuthError;
use crate::{endpoint::Endpoint, faults::Fault, state::SharedState};

/// The path of GenAuth's end-session endpoint, which its metadata does not mention.
const GENAUTH_END_SESSION: &str = "/session/end";

/// All endpoints below `issuer_path`, which is empty or begins with a slash.
pub(crate) fn router(state: &SharedState, issuer_path: &str) -> Router {
    let end_session = || get(end_session::by_get).post(end_session::by_post);
    let endpoints = [
        (Endpoint::Discovery, get(discovery::metadata)),
        (Endpoint::Jwks, get(jwks::jwks)),
        (
            Endpoint::Authorize,
            get(authorize::by_get).post(authorize::by_post),
        ),
        (
            Endpoint::PushedAuthorization,
            post(pushed_authorization::push),
        ),
        (Endpoint::Token, post(token::token)),
        (
            Endpoint::UserInfo,
            get(user_info::user_info).post(user_info::user_info),
        ),
        (Endpoint::Introspection, post(introspection::introspect)),
        (Endpoint::Revocation, post(revocation::revoke)),
        (Endpoint::EndSession, end_session()),
    ];
    let genauth_end_session = controlled(state, Endpoint::EndSession, end_session());
    let moved_jwks = controlled(state, Endpoint::Jwks, get(jwks::moved_jwks));
    endpoints
        .into_iter()
        .fold(Router::new(), |router, (endpoint, methods)| {
            let path = format!("{issuer_path}{}", endpoint.path());
            router.route(&path, controlled(state, endpoint, methods))
        })
        .route(&format!("{issuer_path}{}", jwks::MOVED_PATH), moved_jwks)
        .route(
            &format!("{issuer_path}{GENAUTH_END_SESSION}"),
            genauth_end_session,
        )
        .with_state(state.clone())
}

/// Counts the requests, makes them wait while they are held, and applies faults that replace or
/// change the whole response.
fn controlled(
    state: &SharedState,
    endpoint: Endpoint,
    methods: MethodRouter<SharedState>,
) -> MethodRouter<SharedState> {
    let control = async |State((state, endpoint)): State<(SharedState, Endpoint)>,
                         request: Request,
                         next: Next|
           -> Response {
        state.request_log.count(endpoint);
        state.gates.pass(endpoint).await;
        if echo::applies(&state, endpoint) {
            return echo::response(&state, endpoint, request).await;
        }
        match state.faults.now().outage(endpoint) {
            Some(outage) => outage.response().await,
            None => {
                let response = next.run(request).await;
                let is_compressed = endpoint == Endpoint::Token
                    && state.faults.now().contains(Fault::TokenResponseCompressed);
                if is_compressed {
                    compression::compress(response).await
                } else {
                    response
                }
            }
        }
    };
    methods.layer(middleware::from_fn_with_state(
        (state.clone(), endpoint),
        control,
    ))
}
