//! The ID token (OpenID Connect Core 1.0 section 2).

use base64_simd::URL_SAFE_NO_PAD;
use ring::{
    digest::{SHA256, SHA384, digest},
    hmac,
};
use serde_json::{Map, Value, json};

use crate::{
    clients::Client,
    faults::{ActiveFaults, Fault},
    jwt,
    keys::SigningAlgorithm,
    state::State,
    store::Grant,
};

pub(super) struct IdTokenRequest<'a> {
    pub(super) client: &'a Client,
    pub(super) grant: &'a Grant,
    pub(super) nonce: Option<&'a str>,
    pub(super) access_token: &'a str,
}

/// A token before it is signed, to which faults are applied.
struct Draft {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signer: Signer,
}

enum Signer {
    Key(SigningAlgorithm),
    /// A signature with one wrong bit.
    KeyWithError(SigningAlgorithm),
    ClientSecret,
    None,
}

pub(super) fn issue(state: &State, request: &IdTokenRequest<'_>, faults: &ActiveFaults) -> String {
    let mut draft = Draft::new(state, request);
    for fault in faults.iter() {
        draft.apply_to_signature(fault);
        draft.apply_to_claims(fault);
        draft.apply_to_times(fault, state.now());
    }
    draft.sign(state, request.client)
}

impl Draft {
    fn new(state: &State, request: &IdTokenRequest<'_>) -> Self {
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
        if let Some(nonce) = request.nonce {
            set("nonce", json!(nonce));
        }
        Self {
            header,
            claims,
            signer: Signer::Key(algorithm),
        }
    }

    /// Applies a fault of the header or the signature.
    fn apply_to_signature(&mut self, fault: Fault) {
        match fault {
            Fault::IdTokenBadSignature => {
                if let Signer::Key(algorithm) = self.signer {
                    self.signer = Signer::KeyWithError(algorithm);
                }
            }
            Fault::IdTokenAlgNone => {
                self.set_header("alg", "none");
                self.signer = Signer::None;
            }
            Fault::IdTokenHs256 => {
                self.set_header("alg", "HS256");
                self.signer = Signer::ClientSecret;
            }
            Fault::IdTokenEs512 => {
                self.set_header("alg", "ES512");
                self.signer = Signer::None;
            }
            Fault::IdTokenEncrypted => {
                self.set_header("alg", "RSA-OAEP-256");
                self.set_header("enc", "A256GCM");
                self.set_header("cty", "JWT");
            }
            Fault::IdTokenUnknownKid => self.set_header("kid", "unknown"),
            Fault::IdTokenMissingKid => {
                self.header.remove("kid");
            }
            Fault::IdTokenCriticalHeader => {
                self.header.insert("crit".to_owned(), json!(["x-new"]));
                self.set_header("x-new", "1");
            }
            Fault::IdTokenWrongType => self.set_header("typ", "at+jwt"),
            _ => {}
        }
    }

    /// Applies a fault of a claim that is not a time.
    fn apply_to_claims(&mut self, fault: Fault) {
        match fault {
            Fault::IdTokenWrongTypesOfAcrAndAuthTime => {
                self.set("acr", json!(2));
                self.set("auth_time", json!("this morning"));
            }
            Fault::IdTokenWrongIssuer => self.set("iss", json!("https://other.example")),
            Fault::IdTokenIssuerWithSlash => {
                let issuer = self.claims.get("iss").and_then(Value::as_str);
                let issuer = format!("{}/", issuer.unwrap_or_default());
                self.set("iss", json!(issuer));
            }
            Fault::IdTokenWrongAudience => self.set("aud", json!("another-client")),
            Fault::IdTokenExtraAudience => {
                let audience = self.claims.get("aud").cloned();
                self.set("aud", json!([audience, "another-client"]));
            }
            Fault::IdTokenWrongAuthorizedParty => self.set("azp", json!("another-client")),
            Fault::IdTokenWrongNonce => self.set("nonce", json!("another-nonce")),
            Fault::IdTokenMissingNonce => self.remove("nonce"),
            Fault::IdTokenWrongAtHash => self.set("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")),
            Fault::IdTokenMissingSub => self.remove("sub"),
            Fault::IdTokenWrongSub => self.set("sub", json!("somebody-else")),
            // Base64url makes it longer by a third, so that it has 100 KiB.
            Fault::HugeIdToken => self.set("padding", json!("x".repeat(75 << 10))),
            _ => {}
        }
    }

    /// Applies a fault of a time. `now` is in seconds since 1970.
    fn apply_to_times(&mut self, fault: Fault, now: u64) {
        const HOUR: u64 = 60 * 60;
        const YEAR: u64 = 365 * 24 * HOUR;
        match fault {
            Fault::IdTokenExpired => self.set("exp", json!(now.saturating_sub(HOUR))),
            Fault::IdTokenMissingExp => self.remove("exp"),
            Fault::IdTokenStringExp => {
                let exp = now.saturating_add(HOUR).to_string();
                self.set("exp", json!(exp));
            }
            Fault::IdTokenNotYetValid => self.set("nbf", json!(now.saturating_add(HOUR))),
            Fault::IdTokenIssuedInFuture => self.set("iat", json!(now.saturating_add(HOUR))),
            Fault::RefreshIdTokenOld => self.set("iat", json!(now.saturating_sub(HOUR))),
            Fault::IdTokenMissingAuthTime => self.remove("auth_time"),
            Fault::RefreshIdTokenLaterAuthTime => {
                let time = self.claims.get("auth_time").and_then(Value::as_u64);
                let later = time.unwrap_or(now).saturating_add(1);
                self.set("auth_time", json!(now.max(later)));
                self.set("acr", json!("gold"));
            }
            Fault::RefreshIdTokenFutureAuthTime => {
                self.set("auth_time", json!(now.saturating_add(HOUR)));
            }
            Fault::RefreshIdTokenEarlierAuthTime => {
                let time = self.claims.get("auth_time").and_then(Value::as_u64);
                self.set("auth_time", json!(time.unwrap_or(now).saturating_sub(1)));
            }
            Fault::IdTokenOldAuthTime => self.set("auth_time", json!(now.saturating_sub(YEAR))),
            _ => {}
        }
    }

    fn set(&mut self, claim: &str, value: Value) {
        self.claims.insert(claim.to_owned(), value);
    }

    fn remove(&mut self, claim: &str) {
        self.claims.remove(claim);
    }

    fn set_header(&mut self, name: &str, value: &str) {
        self.header.insert(name.to_owned(), json!(value));
    }

    fn sign(&self, state: &State, client: &Client) -> String {
        let input = jwt::signing_input(&self.header, &self.claims);
        let by_key = |algorithm| state.keys().signing_key(algorithm).sign(input.as_bytes());
        let signature = match self.signer {
            Signer::Key(algorithm) => by_key(algorithm),
            Signer::KeyWithError(algorithm) => {
                let mut signature = by_key(algorithm);
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
                signature
            }
            Signer::ClientSecret => {
                let secret = client.secret().unwrap_or_default();
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
                hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
            }
            Signer::None => Vec::new(),
        };
        if self.header.contains_key("enc") {
            // An encrypted token has five parts. Nothing decrypts these.
            return jwt::with_signature(&format!("{input}.AA.AA"), &signature);
        }
        jwt::with_signature(&input, &signature)
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
