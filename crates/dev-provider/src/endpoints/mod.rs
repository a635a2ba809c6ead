//! The endpoints and what they have in common.

mod authorize;
mod client_authentication;
mod client_request;
mod compressed;
mod discovery;
mod echo;
mod end_session;
mod error;
mod introspection;
mod jwks;
mod outage;
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

/// Where the JWK Set is while [`Fault::JwksMoved`](crate::Fault::JwksMoved) is in force.
const MOVED_JWKS: &str = "/moved/jwks";

/// Where GenAuth has its end-session endpoint, which its metadata do not name.
const GENAUTHS_END_SESSION: &str = "/session/end";

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
        (Endpoint::Token, post(token::token)),
        (
            Endpoint::UserInfo,
            get(user_info::user_info).post(user_info::user_info),
        ),
        (Endpoint::Introspection, post(introspection::introspect)),
        (Endpoint::Revocation, post(revocation::revoke)),
        (Endpoint::EndSession, end_session()),
    ];
    let genauths_end_session = observed(state, Endpoint::EndSession, end_session());
    let moved_jwks = observed(state, Endpoint::Jwks, get(jwks::moved_jwks));
    endpoints
        .into_iter()
        .fold(Router::new(), |router, (endpoint, methods)| {
            let path = format!("{issuer_path}{}", endpoint.path());
            router.route(&path, observed(state, endpoint, methods))
        })
        .route(&format!("{issuer_path}{MOVED_JWKS}"), moved_jwks)
        .route(
            &format!("{issuer_path}{GENAUTHS_END_SESSION}"),
            genauths_end_session,
        )
        .with_state(state.clone())
}

/// Counts the requests, holds them if asked, and lets a fault answer in the endpoint's place.
fn observed(
    state: &SharedState,
    endpoint: Endpoint,
    methods: MethodRouter<SharedState>,
) -> MethodRouter<SharedState> {
    let observe = async |State((state, endpoint)): State<(SharedState, Endpoint)>,
                         request: Request,
                         next: Next|
           -> Response {
        state.observed.count(endpoint);
        state.holds.pass(endpoint).await;
        if echo::is_asked_for(&state, endpoint) {
            return echo::answer(&state, endpoint, request).await;
        }
        match state.faults.now().outage(endpoint) {
            Some(outage) => outage.answer().await,
            None => {
                let response = next.run(request).await;
                let is_compressed = endpoint == Endpoint::Token
                    && state.faults.now().contains(Fault::TokenResponseCompressed);
                if is_compressed {
                    compressed::compress(response).await
                } else {
                    response
                }
            }
        }
    };
    methods.layer(middleware::from_fn_with_state(
        (state.clone(), endpoint),
        observe,
    ))
}
