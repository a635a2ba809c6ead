//! The logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).

use serde_json::{Map, Value, json};

use crate::{
    clients::Client,
    faults::Fault,
    jwt,
    keys::SigningAlgorithm,
    random,
    state::State,
    token_draft::{Signer, TokenDraft},
};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The lifetime in seconds. Section 4 recommends at most two minutes.
const LIFETIME: u64 = 2 * 60;

/// Whose sessions end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogoutSubject<'a> {
    pub(crate) sub: Option<&'a str>,
    pub(crate) sid: Option<&'a str>,
}

/// Issues a logout token for a client, with the faults that are active.
pub(crate) fn issue(state: &State, client: &Client, subject: LogoutSubject<'_>) -> String {
    let algorithm = state.signing_algorithm(client);
    let mut draft = TokenDraft {
        header: jwt::header(state.keys().signing_key(algorithm), "logout+jwt"),
        claims: claims(state, client, subject),
        signer: Signer::Key(algorithm),
    };
    for fault in state.faults.now().iter() {
        apply_to_signature(&mut draft, fault, state, algorithm);
        apply_to_claims(&mut draft, fault);
        apply_to_times(&mut draft, fault, state.now());
    }
    draft.sign(state, client)
}

fn claims(state: &State, client: &Client, subject: LogoutSubject<'_>) -> Map<String, Value> {
    let now = state.now();
    let mut claims = Map::from_iter([
        ("iss".to_owned(), json!(state.issuer)),
        ("aud".to_owned(), json!(client.id())),
        ("iat".to_owned(), json!(now)),
        ("exp".to_owned(), json!(now.saturating_add(LIFETIME))),
        ("jti".to_owned(), json!(random::token())),
        ("events".to_owned(), json!({ EVENT: {} })),
    ]);
    for (name, value) in [("sub", subject.sub), ("sid", subject.sid)] {
        if let Some(value) = value {
            claims.insert(name.to_owned(), json!(value));
        }
    }
    claims
}

/// Applies a fault of the header or the signature.
fn apply_to_signature(
    draft: &mut TokenDraft,
    fault: Fault,
    state: &State,
    algorithm: SigningAlgorithm,
) {
    match fault {
        Fault::LogoutTokenBadSignature => draft.spoil_signature(),
        Fault::LogoutTokenAlgNone => draft.leave_unsigned("none"),
        Fault::LogoutTokenHs256 => draft.sign_with_client_secret(),
        Fault::LogoutTokenWrongAlgorithm => {
            let other = match algorithm {
                SigningAlgorithm::Es384 => SigningAlgorithm::Rs256,
                SigningAlgorithm::Rs256 => SigningAlgorithm::Es384,
            };
            draft.header = jwt::header(state.keys().signing_key(other), "logout+jwt");
            draft.signer = Signer::Key(other);
        }
        Fault::LogoutTokenWrongType => draft.set_header("typ", "at+jwt"),
        _ => {}
    }
}

/// Applies a fault of a claim that is not a time.
fn apply_to_claims(draft: &mut TokenDraft, fault: Fault) {
    match fault {
        Fault::LogoutTokenWrongIssuer => draft.set("iss", json!("https://other.example")),
        Fault::LogoutTokenWrongAudience => draft.set("aud", json!("another-client")),
        Fault::LogoutTokenMissingEvents => draft.remove("events"),
        Fault::LogoutTokenOtherEvent => {
            let event = "http://schemas.openid.net/event/another-event";
            draft.set("events", json!({ event: {} }));
        }
        Fault::LogoutTokenWithNonce => draft.set("nonce", json!("a-nonce")),
        Fault::LogoutTokenMissingJti => draft.remove("jti"),
        Fault::LogoutTokenMissingSubAndSid => {
            draft.remove("sub");
            draft.remove("sid");
        }
        _ => {}
    }
}

/// Applies a fault of a time. `now` is in seconds since 1970.
fn apply_to_times(draft: &mut TokenDraft, fault: Fault, now: u64) {
    const HOUR: u64 = 60 * 60;
    match fault {
        Fault::LogoutTokenExpired => draft.set("exp", json!(now.saturating_sub(HOUR))),
        Fault::LogoutTokenMissingExp => draft.remove("exp"),
        Fault::LogoutTokenIssuedInFuture => draft.set("iat", json!(now.saturating_add(HOUR))),
        Fault::LogoutTokenOld => draft.set("iat", json!(now.saturating_sub(HOUR))),
        _ => {}
    }
}
