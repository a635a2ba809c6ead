//! What the browser stores of a sign-in until the callback: one small sealed cookie for each attempt. Its
//! name contains a hash of the attempt's state, so several tabs can sign in at once.

use std::time::Duration;

use relying_party::{ClaimsRequest, TransactionSecrets};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::format::codec::{Malformed, Reader, Writer, utf8};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;
use crate::session::after_refusal::AfterRefusal;
use crate::session::frame::ProviderId;
use crate::session::frame::{ProviderRef, ResolverKey};
use crate::sign_in::request_parameters::RequestParameters;

/// How long a user may take at the provider. The start is sealed into the cookie, so no browser can extend it.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// How many sign-ins one browser may have in progress.
pub(crate) const MAX_ALIVE: usize = 5;

const SCHEMA: u8 = 0;

const REDIRECT_URI: u8 = 1;
const RETURN_TO: u8 = 2;
const MAX_AGE: u8 = 3;
const ACR_VALUES: u8 = 4;
const EXPECTED_SUB: u8 = 5;
const FOLLOWS_REFUSAL: u8 = 6;
const PARAMETERS: u8 = 7;
const PARAMETERS_NOT_KEPT: u8 = 8;
const CLAIMS_REQUEST: u8 = 9;
const EXPECTED_ISS: u8 = 10;
const PROVIDER_KEY: u8 = 11;

/// Whether this sign-in repeats one whose cookie was lost, or that the provider could not finish. It is the
/// first character of the state, so that a callback without a cookie knows it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    First,
    Restarted,
}

impl Attempt {
    const fn mark(self) -> char {
        match self {
            Self::First => 'a',
            Self::Restarted => 'b',
        }
    }

    /// Reads the attempt from `state`, if it has the form of our states.
    pub(crate) fn from_state(state: &str) -> Option<Self> {
        let (mark, secret) = state.split_at_checked(1)?;
        let ours = secret.len() == 43
            && secret
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        [Self::First, Self::Restarted]
            .into_iter()
            .find(|attempt| ours && mark.starts_with(attempt.mark()))
    }
}

/// The first 16 bytes of the state's SHA-256. They are a part of the cookie's name, and the seal is bound to
/// them.
pub(crate) fn id_of_state(state: &str) -> [u8; 16] {
    let mut id = [0; 16];
    let hash = Sha256::digest(state.as_bytes());
    for (to, from) in id.iter_mut().zip(hash) {
        *to = from;
    }
    id
}

pub(crate) struct Transaction {
    /// The state, the nonce and the PKCE verifier are derived from it.
    seed: Zeroizing<[u8; 32]>,
    attempt: Attempt,
    pub(crate) created_at: UnixMillis,
    pub(crate) provider: ProviderRef,
    pub(crate) redirect_uri: String,
    pub(crate) return_to: Option<String>,
    /// `max_age` and `acr_values` of the authorization request, which the ID token must satisfy (OpenID
    /// Connect Core 1.0 section 3.1.3.7, steps 12 and 13).
    pub(crate) max_age: Option<Duration>,
    pub(crate) acr_values: Option<String>,
    /// The part of this sign-in's claims request that the ID token must satisfy. It replaced the claims
    /// request of the provider's settings.
    pub(crate) claims_request: Option<ClaimsRequest>,
    pub(crate) expected_sub: Option<String>,
    /// The issuer of the expected user, if it is not the registered issuer.
    pub(crate) expected_iss: Option<String>,
    /// The refusal that caused this sign-in. If the same is refused again, another sign-in would not help.
    pub(crate) after_refusal: Option<AfterRefusal>,
    /// The other parameters of the authorization request; `None` if they were too long to be stored.
    pub(crate) parameters: Option<RequestParameters>,
}

impl Transaction {
    pub(crate) fn new(
        seed: Zeroizing<[u8; 32]>,
        attempt: Attempt,
        created_at: UnixMillis,
        provider: ProviderRef,
        redirect_uri: String,
    ) -> Self {
        Self {
            seed,
            attempt,
            created_at,
            provider,
            redirect_uri,
            return_to: None,
            max_age: None,
            acr_values: None,
            claims_request: None,
            expected_sub: None,
            expected_iss: None,
            after_refusal: None,
            parameters: Some(RequestParameters::default()),
        }
    }

    pub(crate) fn secrets(&self) -> TransactionSecrets {
        TransactionSecrets::derive(&self.seed, self.attempt.mark())
    }

    /// Whether this sign-in repeats an earlier one.
    pub(crate) fn is_restarted(&self) -> bool {
        self.attempt == Attempt::Restarted
    }

    /// Whether any valid session of its provider satisfies this sign-in: it demands nothing that a session
    /// may lack, and no refusal caused it.
    pub(crate) fn any_session_will_do(&self) -> bool {
        let parameters = self.parameters.as_ref();
        self.max_age.is_none()
            && self.acr_values.is_none()
            && self.claims_request.is_none()
            && self.expected_sub.is_none()
            && self.after_refusal.is_none()
            && parameters.is_some_and(RequestParameters::demand_nothing)
    }

    pub(crate) fn is_alive(&self, now: UnixMillis) -> bool {
        now.since(self.created_at) < LIFETIME
    }

    pub(crate) fn encode(&self) -> Wiped {
        let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let parameters = self.parameters.as_ref();
        let parameters = parameters.and_then(RequestParameters::encode);
        let claims_request = self.claims_request.as_ref().map(ClaimsRequest::to_json);
        let mut writer = Writer::with_capacity(
            128_usize
                .saturating_add(self.redirect_uri.len())
                .saturating_add(optional(&self.return_to))
                .saturating_add(optional(&self.acr_values))
                .saturating_add(optional(&self.expected_sub))
                .saturating_add(optional(&claims_request))
                .saturating_add(optional(&self.expected_iss))
                .saturating_add(parameters.as_ref().map_or(0, Writer::len)),
        );
        writer.byte(SCHEMA);
        writer.bytes(self.seed.as_slice());
        writer.byte(u8::from(self.attempt == Attempt::Restarted));
        writer.number(self.created_at.0);
        writer.bytes(&self.provider.id.0);
        writer.field(REDIRECT_URI, self.redirect_uri.as_bytes());
        if let Some(max_age) = self.max_age {
            let mut seconds = Writer::with_capacity(10);
            seconds.number(max_age.as_secs());
            writer.field(MAX_AGE, seconds.as_ref());
        }
        for (tag, text) in [
            (RETURN_TO, &self.return_to),
            (ACR_VALUES, &self.acr_values),
            (EXPECTED_SUB, &self.expected_sub),
            (CLAIMS_REQUEST, &claims_request),
            (EXPECTED_ISS, &self.expected_iss),
        ] {
            if let Some(text) = text {
                writer.field(tag, text.as_bytes());
            }
        }
        if let Some(key) = &self.provider.key {
            writer.field(PROVIDER_KEY, key.as_str().as_bytes());
        }
        if let Some(refusal) = self.after_refusal {
            let mut content = Writer::with_capacity(8);
            refusal.write(&mut content);
            writer.field(FOLLOWS_REFUSAL, content.as_ref());
        }
        match parameters {
            Some(parameters) if parameters.len() == 0 => {}
            Some(parameters) => writer.field(PARAMETERS, parameters.as_ref()),
            None => writer.field(PARAMETERS_NOT_KEPT, &[]),
        }
        writer.finish()
    }

    pub(crate) fn decode(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(plaintext);
        if reader.byte()? != SCHEMA {
            return Err(Malformed);
        }
        let mut transaction = Self::new(
            Zeroizing::new(reader.array()?),
            match reader.byte()? {
                0 => Attempt::First,
                1 => Attempt::Restarted,
                _ => return Err(Malformed),
            },
            UnixMillis(reader.number()?),
            ProviderRef::registered(ProviderId(reader.array()?)),
            String::new(),
        );
        while let Some((tag, content)) = reader.field()? {
            let text = || utf8(content).map(str::to_owned);
            match tag {
                REDIRECT_URI => transaction.redirect_uri = text()?,
                RETURN_TO => transaction.return_to = Some(text()?),
                MAX_AGE => {
                    let seconds = Reader::new(content).number()?;
                    transaction.max_age = Some(Duration::from_secs(seconds));
                }
                ACR_VALUES => transaction.acr_values = Some(text()?),
                EXPECTED_SUB => transaction.expected_sub = Some(text()?),
                CLAIMS_REQUEST => {
                    let claims = ClaimsRequest::from_json(utf8(content)?);
                    transaction.claims_request = Some(claims.map_err(|_| Malformed)?);
                }
                EXPECTED_ISS => transaction.expected_iss = Some(text()?),
                PROVIDER_KEY => transaction.provider.key = Some(ResolverKey::read(content)?),
                FOLLOWS_REFUSAL => {
                    transaction.after_refusal = Some(AfterRefusal::read(content));
                }
                PARAMETERS => {
                    transaction.parameters = Some(RequestParameters::decode(content)?);
                }
                PARAMETERS_NOT_KEPT => transaction.parameters = None,
                // A newer version may have added a rule, which an older version must not skip.
                _ => return Err(Malformed),
            }
        }
        if transaction.redirect_uri.is_empty() {
            return Err(Malformed);
        }
        Ok(transaction)
    }
}

#[cfg(test)]
mod tests {
    use relying_party::RequestedClaim;

    use super::*;

    fn transaction(attempt: Attempt) -> Transaction {
        let mut transaction = Transaction::new(
            Zeroizing::new([7; 32]),
            attempt,
            UnixMillis(1_795_000_000_000),
            ProviderRef::registered(ProviderId([1; 8])),
            "https://app.example/auth/callback".to_owned(),
        );
        transaction.return_to = Some("/orders?page=2".to_owned());
        transaction.max_age = Some(Duration::from_secs(300));
        transaction.expected_sub = Some("alice".to_owned());
        transaction.expected_iss = Some("https://other.example".to_owned());
        transaction.after_refusal = Some(AfterRefusal::demanded([1, 2, 3, 4], None));
        let acr = RequestedClaim::essential().values(["gold"]);
        transaction.claims_request = Some(ClaimsRequest::new().id_token("acr", acr));
        transaction.parameters = Some(RequestParameters {
            login_hint: Some("bob".to_owned()),
            ..RequestParameters::default()
        });
        transaction
    }

    #[test]
    fn a_transaction_comes_back_with_the_same_secrets() {
        let before = transaction(Attempt::First);
        let after = Transaction::decode(&before.encode()).unwrap();

        assert_eq!(after.secrets().state(), before.secrets().state());
        assert_eq!(after.secrets().nonce(), before.secrets().nonce());
        assert_eq!(after.redirect_uri, before.redirect_uri);
        assert_eq!(after.return_to, before.return_to);
        assert_eq!(after.max_age, before.max_age);
        assert_eq!(after.claims_request, before.claims_request);
        assert_eq!(after.expected_sub, before.expected_sub);
        assert_eq!(after.expected_iss, before.expected_iss);
        assert_eq!(after.after_refusal, before.after_refusal);
        assert_eq!(after.parameters, before.parameters);
        assert!(!after.is_restarted());
    }

    #[test]
    fn parameters_that_are_too_long_are_remembered_as_such() {
        let mut before = transaction(Attempt::First);
        before.parameters = Some(RequestParameters {
            login_hint: Some("x".repeat(1_000)),
            ..RequestParameters::default()
        });
        let after = Transaction::decode(&before.encode()).unwrap();

        assert_eq!(after.parameters, None);
    }

    #[test]
    fn a_demand_or_a_refusal_needs_a_new_sign_in() {
        let plain = || {
            let mut plain = transaction(Attempt::First);
            plain.max_age = None;
            plain.claims_request = None;
            plain.expected_sub = None;
            plain.after_refusal = None;
            plain.parameters = Some(RequestParameters::default());
            plain
        };
        assert!(plain().any_session_will_do());
        let demands: [fn(&mut Transaction); 6] = [
            |it| it.claims_request = Some(ClaimsRequest::new()),
            |it| it.max_age = Some(Duration::ZERO),
            |it| it.acr_values = Some("urn:mace".to_owned()),
            |it| it.expected_sub = Some("alice".to_owned()),
            |it| it.after_refusal = Some(AfterRefusal::Refused),
            |it| it.parameters = None,
        ];
        for (number, demand) in demands.into_iter().enumerate() {
            let mut transaction = plain();
            demand(&mut transaction);
            assert!(!transaction.any_session_will_do(), "{number}");
        }
    }

    #[test]
    fn the_state_says_whether_the_sign_in_was_restarted() {
        for attempt in [Attempt::First, Attempt::Restarted] {
            let secrets = transaction(attempt).secrets();

            assert_eq!(Attempt::from_state(secrets.state()), Some(attempt));
        }
        for state in [
            "",
            "a",
            "ü",
            &"a".repeat(43),
            &"c".repeat(44),
            &"a".repeat(45),
        ] {
            assert_eq!(Attempt::from_state(state), None, "{state}");
        }
    }

    #[test]
    fn the_documentation_lists_every_field_that_is_read_and_no_other() {
        let page = include_str!("../../SESSION.md");
        let (_, section) = page.split_once("## A sign-in's cookie").unwrap();
        let (_, table) = section.split_once("| tag |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        let before = transaction(Attempt::First).encode();
        // Empty text, an empty mark, a number, JSON, or a key.
        let contents: [&[u8]; 4] = [&[], &[1], b"{}", b"acme"];

        for tag in 1..=u8::MAX {
            let is_listed = table.contains(&format!("\n| {tag} |"));
            let is_read = contents.iter().any(|content| {
                let mut field = Writer::with_capacity(4);
                field.field(tag, content);
                let cookie = [before.as_ref(), field.as_ref()].concat();
                // An empty redirect URI is refused, so the first one is repeated behind it.
                let mut redirect_uri = Writer::with_capacity(4);
                redirect_uri.field(REDIRECT_URI, b"https://app.example/auth/callback");
                let cookie = [cookie.as_slice(), redirect_uri.as_ref()].concat();
                Transaction::decode(&cookie).is_ok()
            });
            assert_eq!(is_listed, is_read, "{tag}");
        }
    }

    #[test]
    fn a_transaction_lives_ten_minutes() {
        let transaction = transaction(Attempt::First);
        let created = transaction.created_at;

        assert!(transaction.is_alive(created.plus(LIFETIME - Duration::from_millis(1))));
        assert!(!transaction.is_alive(created.plus(LIFETIME)));
    }

    /// An older version must not ignore a requirement that it does not know.
    #[test]
    fn an_unknown_or_cut_field_is_refused() {
        let mut unknown = transaction(Attempt::First).encode().to_vec();
        unknown.extend_from_slice(&[99, 1, 0]);
        assert!(Transaction::decode(&unknown).is_err());

        let whole = transaction(Attempt::First).encode().to_vec();
        for end in 0..50 {
            assert!(Transaction::decode(&whole[..end]).is_err());
        }
    }
}
