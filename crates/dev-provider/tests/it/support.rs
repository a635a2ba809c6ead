//! A browser and a client in one, which is enough for a whole flow.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64_simd::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use oidc_dev_provider::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DevProvider, DevProviderBuilder};
use serde_json::Value;

pub(crate) const REDIRECT_URI: &str = "http://localhost:3000/auth/callback";
/// The example of RFC 7636 appendix B.
pub(crate) const CODE_VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CODE_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) type Parameters<'a> = Vec<(&'a str, &'a str)>;

/// The usual authorization request.
pub(crate) fn request() -> Parameters<'static> {
    vec![
        ("response_type", "code"),
        ("client_id", DEV_CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "openid profile email offline_access"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", CODE_CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

/// Replaces or adds a parameter. The provider ignores an empty value like a missing one.
pub(crate) fn with<'a>(
    mut parameters: Parameters<'a>,
    name: &'a str,
    value: &'a str,
) -> Parameters<'a> {
    parameters.retain(|pair| pair.0 != name);
    parameters.push((name, value));
    parameters
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn location(&self) -> url::Url {
        let location = self.headers.get(header::LOCATION).expect("a redirect");
        location.to_str().unwrap().parse().unwrap()
    }

    pub(crate) fn location_parameter(&self, name: &str) -> Option<String> {
        let location = self.location();
        let mut pairs = location.query_pairs();
        pairs
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.into_owned())
    }

    pub(crate) fn is_redirect(&self) -> bool {
        self.status == StatusCode::SEE_OTHER
    }

    /// Of the response to a pushed authorization request.
    pub(crate) fn request_uri(&self) -> Option<String> {
        let json: Value = serde_json::from_str(&self.body).ok()?;
        json["request_uri"].as_str().map(str::to_owned)
    }

    pub(crate) fn error(&self) -> Value {
        self.json()["error"].clone()
    }
}

pub(crate) struct Visitor {
    client: Client<HttpConnector, Full<Bytes>>,
    pub(crate) issuer: String,
    pub(crate) cookie: Option<String>,
}

impl Visitor {
    pub(crate) fn new(provider: &DevProvider) -> Self {
        Self::at(provider.issuer())
    }

    pub(crate) fn at(issuer: &str) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            issuer: issuer.to_owned(),
            cookie: None,
        }
    }

    pub(crate) async fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Answer {
        let uri = format!("{}{path}?{}", self.issuer, form(query));
        self.send(Request::get(uri), String::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_as(None, path, fields).await
    }

    pub(crate) async fn post_as(
        &mut self,
        authorization: Option<&str>,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.form_request(path);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(request, form(fields)).await
    }

    /// Does the same as `post`, but the request may fail.
    pub(crate) async fn try_post(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Result<Answer, hyper_util::client::legacy::Error> {
        let request = self.form_request(path);
        self.try_send(request, form(fields)).await
    }

    fn form_request(&self, path: &str) -> http::request::Builder {
        Request::builder()
            .method(Method::POST)
            .uri(format!("{}{path}", self.issuer))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// Sends a refresh token as the predefined client, with additional parameters.
    pub(crate) async fn refresh(&mut self, tokens: &Value, extra: &[(&str, &str)]) -> Answer {
        let grant = [&refresh_grant(&tokens["refresh_token"])[..], extra].concat();
        self.post("/token", &grant).await
    }

    /// Sends a token to the introspection or revocation endpoint, as the predefined client.
    pub(crate) async fn post_token(&mut self, path: &str, token: &Value) -> Answer {
        let fields = [
            ("token", token.as_str().expect("a token")),
            ("client_id", DEV_CLIENT_ID),
            ("client_secret", DEV_CLIENT_SECRET),
        ];
        self.post(path, &fields).await
    }

    pub(crate) async fn user_info(&mut self, access_token: &str) -> Answer {
        let request = Request::get(format!("{}/userinfo", self.issuer))
            .header(header::AUTHORIZATION, format!("Bearer {access_token}"));
        self.send(request, String::new()).await
    }

    /// Signs in with the form of the page, and returns the code.
    pub(crate) async fn sign_in(&mut self, user: &str, request: Parameters<'_>) -> String {
        let answer = self.post("/authorize", &with(request, "user", user)).await;
        answer.location_parameter("code").expect("a code")
    }

    /// Exchanges a code as the predefined client.
    pub(crate) async fn redeem(&mut self, code: &str) -> Answer {
        self.post("/token", &code_grant(code)).await
    }

    /// Signs in and returns the token response.
    pub(crate) async fn tokens(&mut self, user: &str, request: Parameters<'_>) -> Value {
        let code = self.sign_in(user, request).await;
        self.redeem(&code).await.json()
    }

    async fn send(&mut self, request: http::request::Builder, body: String) -> Answer {
        self.try_send(request, body).await.expect("an answer")
    }

    pub(crate) async fn try_send(
        &mut self,
        mut request: http::request::Builder,
        body: String,
    ) -> Result<Answer, hyper_util::client::legacy::Error> {
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("other=1; {cookie}"));
        }
        let request = request.body(Full::from(body)).unwrap();
        let (head, body) = self.client.request(request).await?.into_parts();
        if let Some(set_cookie) = head.headers.get(header::SET_COOKIE) {
            let pair = set_cookie.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let body = match body.collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) => Bytes::from_static(b"cut off"),
        };
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

pub(crate) fn code_grant(code: &str) -> Parameters<'_> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", CODE_VERIFIER),
        ("client_id", DEV_CLIENT_ID),
        ("client_secret", DEV_CLIENT_SECRET),
    ]
}

pub(crate) fn refresh_grant(token: &Value) -> Parameters<'_> {
    vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str().expect("a refresh token")),
        ("client_id", DEV_CLIENT_ID),
        ("client_secret", DEV_CLIENT_SECRET),
    ]
}

/// The claims of an ID token, without verification.
pub(crate) fn claims(tokens: &Value) -> Value {
    jwt_part(&tokens["id_token"], 1)
}

/// A part of a JWT: 0 is the header, 1 is the claims.
pub(crate) fn jwt_part(token: &Value, index: usize) -> Value {
    let token = token.as_str().expect("a token");
    let part = token.split('.').nth(index).expect("a JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode_to_vec(part).unwrap()).unwrap()
}

pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// A clock that only advances when a test advances it.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

pub(crate) const START: u64 = 1_795_000_000;

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn builder(&self) -> DevProviderBuilder {
        let clock = self.clone();
        DevProvider::builder().clock(move || clock.now())
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}
