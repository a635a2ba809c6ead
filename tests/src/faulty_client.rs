//! An HTTP client for the provider, with responses to refreshes that the development provider has
//! no fault for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use relying_party::{BoxFuture, HttpClient, HyperClient, TransportError};

/// The default HTTP client, which answers some refreshes itself from [`answer`](Self::answer) until
/// [`heal`](Self::heal). Clones share it.
#[derive(Clone, Debug)]
pub struct FaultyClient {
    client: HyperClient,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    answer: Option<Answer>,
    answered: usize,
}

#[derive(Clone, Debug)]
struct Answer {
    contains: String,
    status: StatusCode,
    body: Bytes,
}

impl FaultyClient {
    /// A client that answers nothing itself yet.
    pub fn new() -> Self {
        Self {
            client: HyperClient::new(),
            state: Arc::default(),
        }
    }

    /// Answers each refresh whose form contains this text.
    pub fn answer(&self, contains: &str, status: StatusCode, body: impl Into<Bytes>) {
        self.state().answer = Some(Answer {
            contains: contains.to_owned(),
            status,
            body: body.into(),
        });
    }

    /// Sends everything to the provider again.
    pub fn heal(&self) {
        self.state().answer = None;
    }

    /// How many refreshes it has answered itself.
    pub fn answered(&self) -> usize {
        self.state().answered
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer_to(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let form = String::from_utf8_lossy(request.body());
        let mut state = self.state();
        let answer = state.answer.clone()?;
        let is_refresh = form.contains("grant_type=refresh_token");
        if !is_refresh || !form.contains(&answer.contains) {
            return None;
        }
        state.answered += 1;
        let mut response = Response::new(answer.body);
        *response.status_mut() = answer.status;
        let json = http::HeaderValue::from_static("application/json");
        response
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, json);
        Some(response)
    }
}

impl Default for FaultyClient {
    fn default() -> Self {
        Self::new()
    }
}

impl HttpClient for FaultyClient {
    fn call(&self, request: Request<Bytes>) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        match self.answer_to(&request) {
            Some(answer) => Box::pin(async { Ok(answer) }),
            None => self.client.call(request),
        }
    }
}
