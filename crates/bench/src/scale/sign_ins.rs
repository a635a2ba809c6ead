//! Sign-ins at once. Measured are the two requests that the layer answers, the start and the callback, with its
//! requests to the provider; what the user does at the provider lies between them and is not measured.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, Request, StatusCode};
use relying_party::{HttpClient as _, HyperClient};
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tower::{Service, ServiceExt as _};
use tower_layer::Layer as _;
use tower_oidc::{AuthLayer, Provider};
use url::Url;

use super::provider::{self, CLIENT_ID, CLIENT_SECRET, USER};
use crate::application::{self, cookie_field};
use crate::arguments::Arguments;
use crate::measure::processor::Thread;
use crate::service::{Body, fields, handler, request};
use crate::table::{Table, rounded};

const ORIGIN: &str = "https://app.example";

/// How many sign-ins at once, and how often they are repeated.
const ROUNDS: [(usize, usize); 4] = [(1, 31), (10, 11), (100, 5), (1_000, 3)];

/// What the sign-ins of one round needed.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// Processor time of the layer's thread for each, in microseconds.
    processor: f64,
    /// Time until all were done, for each.
    elapsed: f64,
    /// Milliseconds of the callback that took the longest.
    longest: f64,
    /// Callbacks that were answered with 503, because too many were in flight.
    refused: usize,
}

pub(super) fn table(_: &Arguments) -> Result<Table, String> {
    let provider = provider::start(ORIGIN)?;
    let auth = AuthLayer::builder()
        .provider(Provider::new(&provider.issuer, CLIENT_ID).client_secret(CLIENT_SECRET))
        .base_url(ORIGIN)
        .cookie_secret(application::secret(0))
        .build()
        .map_err(|error| error.to_string())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let mut table = Table::default();
    for (sign_ins, repetitions) in ROUNDS {
        let mut rounds = Vec::new();
        for _ in 0..repetitions {
            rounds.push(runtime.block_on(round(&auth, sign_ins))?);
        }
        let median = |of: fn(&Round) -> f64| {
            let mut values: Vec<_> = rounds.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            rounded(values[values.len() / 2], 0)
        };
        table.push(vec![
            ("sign-ins at once", sign_ins.into()),
            ("processor time each, µs", median(|it| it.processor)),
            ("time each, µs", median(|it| it.elapsed)),
            ("longest callback, ms", median(|it| it.longest)),
            ("answered with 503", median(|it| it.refused as f64)),
        ]);
    }
    Ok(table)
}

/// This many users sign in: all start, then all return from the provider.
async fn round(auth: &AuthLayer, sign_ins: usize) -> Result<Round, String> {
    let thread = Thread::current()?;
    let service = auth.layer(handler(async |_| ()));
    let mut timer = Timer::default();
    timer.start(&thread)?;
    let mut begun = Vec::new();
    for _ in 0..sign_ins {
        let (_, headers) = get(service.clone(), "/auth/sign-in", "").await?;
        begun.push(headers);
    }
    timer.stop(&thread)?;
    let browser = HyperClient::new();
    let mut callbacks = Vec::new();
    for headers in begun {
        let cookies = cookie_field(&application::cookies(&headers));
        callbacks.push((at_provider(&browser, location(&headers)?).await?, cookies));
    }
    timer.start(&thread)?;
    let mut tasks = JoinSet::new();
    for (path, cookies) in callbacks {
        let service = service.clone();
        tasks.spawn(async move {
            let start = now();
            let (status, headers) = get(service, &path, &cookies).await?;
            let set = application::cookies(&headers);
            let is_signed_in = set.iter().any(|(_, value)| value.len() > 300);
            match status {
                StatusCode::SEE_OTHER if is_signed_in => Ok(Some(start.elapsed())),
                StatusCode::SERVICE_UNAVAILABLE => Ok(None),
                status => Err(format!("the layer answered {path} with {status}")),
            }
        });
    }
    let times = tasks.join_all().await.into_iter();
    let times: Vec<Option<Duration>> = times.collect::<Result<_, String>>()?;
    let longest = times.iter().flatten().max().copied().unwrap_or_default();
    timer.stop(&thread)?;
    Ok(Round {
        processor: timer.processor as f64 / 1_000.0 / sign_ins as f64,
        elapsed: timer.elapsed.as_secs_f64() * 1e6 / sign_ins as f64,
        longest: longest.as_secs_f64() * 1e3,
        refused: times.iter().filter(|it| it.is_none()).count(),
    })
}

/// Processor time and elapsed time, without what happens between `stop` and `start`.
#[derive(Debug, Default)]
struct Timer {
    processor: u64,
    elapsed: Duration,
    started: Option<(u64, Instant)>,
}

impl Timer {
    fn start(&mut self, thread: &Thread) -> Result<(), String> {
        self.started = Some((thread.own_time()?, now()));
        Ok(())
    }

    fn stop(&mut self, thread: &Thread) -> Result<(), String> {
        if let Some((processor, start)) = self.started.take() {
            self.elapsed += start.elapsed();
            self.processor += thread.own_time()? - processor;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn now() -> Instant {
    Instant::now()
}

/// Status and headers of the layer's response.
async fn get<S>(service: S, path: &str, cookies: &str) -> Result<(StatusCode, HeaderMap), String>
where
    S: Service<Request<Body>, Response: IntoHead, Error: std::fmt::Debug>,
{
    let mut request = request(&fields(cookies));
    *request.uri_mut() = path.parse().map_err(|_| "the path is no URI")?;
    let response = service.oneshot(request).await;
    let response = response.map_err(|error| format!("{error:?}"))?;
    Ok(response.into_head())
}

/// A response, whatever its body.
trait IntoHead {
    fn into_head(self) -> (StatusCode, HeaderMap);
}

impl<B> IntoHead for http::Response<B> {
    fn into_head(self) -> (StatusCode, HeaderMap) {
        let (parts, _) = self.into_parts();
        (parts.status, parts.headers)
    }
}

fn location(headers: &HeaderMap) -> Result<Url, String> {
    let location = headers.get(LOCATION).and_then(|it| it.to_str().ok());
    let location = location.ok_or("the response leads nowhere")?;
    location.parse().map_err(|_| format!("no URL: {location}"))
}

/// The user chooses an account at the provider. Returns path and query of the callback.
async fn at_provider(browser: &HyperClient, mut page: Url) -> Result<String, String> {
    let mut form = page.clone();
    form.query_pairs_mut().append_pair("user", USER);
    let form = form.query().unwrap_or_default().to_owned();
    page.set_query(None);
    let request = Request::builder()
        .method(Method::POST)
        .uri(page.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form))
        .map_err(|error| error.to_string())?;
    let response = browser.call(request).await;
    let response = response.map_err(|error| error.to_string())?;
    let callback = location(response.headers()).map_err(|error| {
        format!(
            "{error}: {} {}",
            response.status(),
            String::from_utf8_lossy(response.body())
        )
    })?;
    let query = callback.query().unwrap_or_default();
    Ok(format!("{}?{query}", callback.path()))
}
