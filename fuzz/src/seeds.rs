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
pub type Seed = (&'static str, String, Vec<u8>);

/// The inputs of the corpus that have to be written again when a format changes.
pub fn seeds() -> Vec<Seed> {
    let state = relying_party::TransactionSecrets::derive(&SEED, 'a');
    let callback = format!("code=abc&state={}", state.state());
    let written = [
        ("session", "signed_in", session(one_token())),
        ("session", "several_tokens", session(several_tokens())),
        ("session", "changed_claims", session(changed_claims())),
        ("transaction", "begun", transaction()),
        ("callback_query", "begun", callback.into_bytes()),
        ("jwks", "own_key", JWKS.clone().into_bytes()),
    ];
    let written = written.map(|(target, name, bytes)| (target, name.to_owned(), bytes));
    written.into_iter().chain(vectors()).collect()
}

/// The plaintexts of the session's vectors, the malformed ones too.
fn vectors() -> impl Iterator<Item = Seed> {
    let directory = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/tower-oidc/src/session/vectors"
    );
    let entries = std::fs::read_dir(directory).expect("the vectors");
    entries.filter_map(|entry| {
        let path = entry.expect("a file").path();
        let name = path.file_stem()?.to_str()?.to_owned();
        let text = std::fs::read_to_string(&path).ok()?;
        let hex = text
            .lines()
            .find_map(|line| line.strip_prefix("plaintext: "))?;
        let (pairs, _) = hex.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| {
            let digits = std::str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(digits, 16).expect("hexadecimal digits")
        };
        Some((
            "session",
            format!("vector_{name}"),
            pairs.iter().map(byte).collect(),
        ))
    })
}

fn one_token() -> TestSession {
    TestSession::from_claims(r#"{"iss":"https://id.example","sub":"alice"}"#)
        .access_token("an-access-token", None)
}

/// With `auth_time` and `acr`, and the ID token that serves only as a hint after a hook changed the
/// claims.
fn changed_claims() -> TestSession {
    let claims =
        r#"{"iss":"https://id.example","sub":"alice","auth_time":1700000000,"acr":"gold"}"#;
    TestSession::from_claims(claims)
        .access_token("an-access-token", None)
        .id_token_hint("a.b.c")
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
