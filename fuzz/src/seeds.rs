//! Inputs that nobody can write by hand: what the layer seals, and inputs that match it.

use bytes::Bytes;
use http::header::HeaderMap;
use http::{Request, Response};
use http_body_util::Empty;
use tower::{Layer, ServiceExt, service_fn};
use tower_oidc::testing::TestSession;

use crate::layer::{AUTH, NOW, RESOURCES, SESSION, TRANSACTIONS, sent_back};
use crate::provider::{JWKS, SEED, id_token_of_alice};
use crate::ready;

/// One input: its target, its name, and its bytes.
pub type Seed = (&'static str, &'static str, Vec<u8>);

/// The inputs of the corpus that have to be written again when a format changes.
pub fn seeds() -> Vec<Seed> {
    let state = relying_party::TransactionSecrets::derive(&SEED, 'a');
    let callback = format!("code=abc&state={}", state.state());
    vec![
        ("session", "signed_in", session(one_token())),
        ("session", "several_tokens", session(several_tokens())),
        ("session", "changed_claims", changed_claims()),
        ("transaction", "begun", transaction()),
        ("callback_query", "begun", callback.into_bytes()),
        ("jwks", "own_key", JWKS.clone().into_bytes()),
    ]
}

fn one_token() -> TestSession {
    TestSession::from_claims(r#"{"iss":"https://id.example","sub":"alice"}"#)
        .access_token("an-access-token", None)
}

/// With `auth_time` and `acr`, and the ID token that serves only as a hint after a hook changed the
/// claims.
fn changed_claims() -> Vec<u8> {
    const ID_TOKEN_HINT: u8 = 13;
    let claims =
        r#"{"iss":"https://id.example","sub":"alice","auth_time":1700000000,"acr":"gold"}"#;
    let session = TestSession::from_claims(claims).access_token("an-access-token", None);
    let mut plaintext = self::session(session);
    // The padding is removed and added again: a byte 0x80 and zeros to a multiple of 64.
    while plaintext.pop() == Some(0) {}
    let id_token = b"\0a.b.c";
    plaintext.extend([
        ID_TOKEN_HINT,
        u8::try_from(id_token.len()).expect("a short token"),
    ]);
    plaintext.extend(id_token);
    plaintext.push(0x80);
    plaintext.resize(plaintext.len().next_multiple_of(64), 0);
    plaintext
}

fn several_tokens() -> TestSession {
    let expiry = std::time::UNIX_EPOCH + std::time::Duration::from_secs(NOW + 3_600);
    let session = TestSession::from_id_token(id_token_of_alice())
        .access_token("an-access-token", Some(expiry))
        .refresh_token("a-refresh-token")
        .scope("openid profile read")
        .user_info(r#"{"sub":"alice","email":"alice@example.com"}"#);
    RESOURCES.iter().fold(session, |session, resource| {
        session.access_token_for(*resource, "another-access-token", Some(expiry))
    })
}

/// What the layer seals for a session.
fn session(session: TestSession) -> Vec<u8> {
    let cookies = sent_back(&AUTH.seal_test_session(session));
    let received = SESSION.receive(&cookies).expect("our cookie");
    let opened = SESSION.open(&received).next();
    let opened = opened.expect("one group").expect("our seal");
    opened.plaintext().to_vec()
}

/// What the layer seals when a sign-in starts.
fn transaction() -> Vec<u8> {
    let service = AUTH.layer(service_fn(|_: Request<String>| async {
        Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new()))
    }));
    let request = Request::get("/auth/sign-in?return_to=/page")
        .body(String::new())
        .expect("a request");
    let response = ready(service.oneshot(request)).expect("no service fails");
    let cookies: HeaderMap = sent_back(response.headers());
    let received = TRANSACTIONS.receive(&cookies, None);
    let id = received.ids().next().expect("our cookie");
    let opened = TRANSACTIONS.find(&received, &id).expect("our cookie");
    opened.expect("our seal").plaintext().to_vec()
}
