//! The ID token (OpenID Connect Core 1.0 section 2).

use base64_simd::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, SHA384, digest};
use serde_json::{Map, Value, json};

use crate::{
    clients::Client,
    faults::{ActiveFaults, Fault},
    jwt,
    keys::SigningAlgorithm,
    state::State,
    store::Grant,
    token_draft::{Signer, TokenDraft},
};

pub(super) struct IdTokenRequest<'a> {
    pub(super) client: &'a Client,
    pub(super) grant: &'a Grant,
    pub(super) nonce: Option<&'a str>,
    pub(super) access_token: &'a str,
}

pub(super) fn issue(state: &State, request: &IdTokenRequest<'_>, faults: &ActiveFaults) -> String {
    let mut draft = draft(state, request);
    for fault in faults.iter() {
        apply_to_signature(&mut draft, fault);
        apply_to_claims(&mut draft, fault);
        apply_to_times(&mut draft, fault, state.now());
    }
    draft.sign(state, request.client)
}

fn draft(state: &State, request: &IdTokenRequest<'_>) -> TokenDraft {
    let IdTokenRequest { client, grant, .. } = request;
    let algorithm = state.signing_algorithm(client);
    let header = jwt::header(state.keys().signing_key(algorithm), "JWT");
    let now = state.now();
    let lifetime = state.settings.id_token_lifetime.as_secs();
    let user = state.user(&grant.username);
    let mut claims = user.map_or_else(Map::new, |user| user.id_token_claims(&grant.scope));
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", json!(state.issuer));
    set("aud", json!(client.id()));
    set("iat", json!(now));
    set("exp", json!(now.saturating_add(lifetime)));
    set("auth_time", json!(grant.auth_time));
    set("sid", json!(grant.sid));
    set("at_hash", json!(at_hash(algorithm, request.access_token)));
    if let Some(acr) = &grant.acr {
        set("acr", json!(acr));
    }
    if let Some(nonce) = request.nonce {
        set("nonce", json!(nonce));
    }
    TokenDraft {
        header,
        claims,
        signer: Signer::Key(algorithm),
    }
}

/// Applies a fault of the header or the signature.
fn apply_to_signature(draft: &mut TokenDraft, fault: Fault) {
    match fault {
        Fault::IdTokenBadSignature => draft.spoil_signature(),
        Fault::IdTokenAlgNone => draft.leave_unsigned("none"),
        Fault::IdTokenHs256 => draft.sign_with_client_secret(),
        Fault::IdTokenEs512 => draft.leave_unsigned("ES512"),
        Fault::IdTokenEncrypted => {
            draft.set_header("alg", "RSA-OAEP-256");
            draft.set_header("enc", "A256GCM");
            draft.set_header("cty", "JWT");
        }
        Fault::IdTokenUnknownKid => draft.set_header("kid", "unknown"),
        Fault::IdTokenMissingKid => {
            draft.header.remove("kid");
        }
        Fault::IdTokenCriticalHeader => {
            draft.header.insert("crit".to_owned(), json!(["x-new"]));
            draft.set_header("x-new", "1");
        }
        Fault::IdTokenWrongType => draft.set_header("typ", "at+jwt"),
        _ => {}
    }
}

/// Applies a fault of a claim that is not a time.
fn apply_to_claims(draft: &mut TokenDraft, fault: Fault) {
    match fault {
        Fault::IdTokenWrongTypesOfAcrAndAuthTime => {
            draft.set("acr", json!(2));
            draft.set("auth_time", json!("this morning"));
        }
        Fault::IdTokenWrongIssuer => draft.set("iss", json!("https://other.example")),
        Fault::IdTokenIssuerWithSlash => {
            let issuer = draft.claims.get("iss").and_then(Value::as_str);
            let issuer = format!("{}/", issuer.unwrap_or_default());
            draft.set("iss", json!(issuer));
        }
        Fault::IdTokenWrongAudience => draft.set("aud", json!("another-client")),
        Fault::IdTokenExtraAudience => {
            let audience = draft.claims.get("aud").cloned();
            draft.set("aud", json!([audience, "another-client"]));
        }
        Fault::IdTokenWrongAuthorizedParty => draft.set("azp", json!("another-client")),
        Fault::IdTokenWrongNonce => draft.set("nonce", json!("another-nonce")),
        Fault::IdTokenMissingNonce => draft.remove("nonce"),
        Fault::IdTokenWrongAtHash => draft.set("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
        Fault::IdTokenMissingSub => draft.remove("sub"),
        Fault::IdTokenWrongSub => draft.set("sub", json!("somebody-else")),
        // Base64url makes it longer by a third, so that it has 100 KiB.
        Fault::HugeIdToken => draft.set("padding", json!("x".repeat(75 << 10))),
        _ => {}
    }
}

/// Applies a fault of a time. `now` is in seconds since 1970.
fn apply_to_times(draft: &mut TokenDraft, fault: Fault, now: u64) {
    const HOUR: u64 = 60 * 60;
    const YEAR: u64 = 365 * 24 * HOUR;
    match fault {
        Fault::IdTokenExpired => draft.set("exp", json!(now.saturating_sub(HOUR))),
        Fault::IdTokenMissingExp => draft.remove("exp"),
        Fault::IdTokenStringExp => {
            let exp = now.saturating_add(HOUR).to_string();
            draft.set("exp", json!(exp));
        }
        Fault::IdTokenNotYetValid => draft.set("nbf", json!(now.saturating_add(HOUR))),
        Fault::IdTokenIssuedInFuture => draft.set("iat", json!(now.saturating_add(HOUR))),
        Fault::RefreshIdTokenOld => draft.set("iat", json!(now.saturating_sub(HOUR))),
        Fault::IdTokenMissingAuthTime => draft.remove("auth_time"),
        Fault::RefreshIdTokenLaterAuthTime => {
            let time = draft.claims.get("auth_time").and_then(Value::as_u64);
            let later = time.unwrap_or(now).saturating_add(1);
            draft.set("auth_time", json!(now.max(later)));
            draft.set("acr", json!("gold"));
        }
        Fault::RefreshIdTokenFutureAuthTime => {
            draft.set("auth_time", json!(now.saturating_add(HOUR)));
        }
        Fault::RefreshIdTokenEarlierAuthTime => {
            let time = draft.claims.get("auth_time").and_then(Value::as_u64);
            draft.set("auth_time", json!(time.unwrap_or(now).saturating_sub(1)));
        }
        Fault::IdTokenOldAuthTime => draft.set("auth_time", json!(now.saturating_sub(YEAR))),
        _ => {}
    }
}

/// The left half of the access token's hash, with the hash function of the signature (OpenID
/// Connect Core 1.0 section 3.1.3.6).
fn at_hash(algorithm: SigningAlgorithm, access_token: &str) -> String {
    let hash = match algorithm {
        SigningAlgorithm::Es384 => digest(&SHA384, access_token.as_bytes()),
        SigningAlgorithm::Rs256 => digest(&SHA256, access_token.as_bytes()),
    };
    let left_half = hash.as_ref().iter().take(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode_to_string(left_half.copied().collect::<Vec<_>>())
}
