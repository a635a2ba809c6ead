//! The endpoints and what they have in common.

mod authorize;
mod discovery;
mod end_session;
mod jwks;
mod outage;
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

use crate::state::SharedState;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Discovery,
    Jwks,
    Authorize,
    Token,
    UserInfo,
    EndSession,
}

impl Endpoint {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Jwks => "/jwks",
            Self::Authorize => "/authorize",
            Self::Token => "/token",
            Self::UserInfo => "/userinfo",
            Self::EndSession => "/end_session",
        }
    }
}

/// All endpoints below `issuer_path`, which is empty or begins with a slash.
pub(crate) fn router(state: &SharedState, issuer_path: &str) -> Router {
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
        (
            Endpoint::EndSession,
            get(end_session::by_get).post(end_session::by_post),
        ),
    ];
    endpoints
        .into_iter()
        .fold(Router::new(), |router, (endpoint, methods)| {
            let path = format!("{issuer_path}{}", endpoint.path());
            router.route(&path, observed(state, endpoint, methods))
        })
        .with_state(state.clone())
}

/// Counts the requests, and lets a fault answer in the endpoint's place.
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
        match state.faults.outage(endpoint) {
            Some(outage) => outage.answer().await,
            None => next.run(request).await,
        }
    };
    methods.layer(middleware::from_fn_with_state(
        (state.clone(), endpoint),
        observe,
    ))
}
