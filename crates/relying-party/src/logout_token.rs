//! Logout tokens (OpenID Connect Back-Channel Logout 1.0).

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::claims::{NumericDate, OneOrMany, lenient};
use crate::error::{Error, ErrorKind};
use crate::id_token::{MaxAge, Parties, Times, TokenClock, TokenKind};
use crate::json::{self, Object};
use crate::jwks::VerifyingKey;
use crate::log_text::SentSecrets;
use crate::provider::Provider;

/// Signed tokens of providers have some 1,000 bytes.
const MAX_BYTES: usize = 16 * 1024;

/// The largest `sub` (OpenID Connect Core 1.0 section 2), which counts for `sid` too.
const MAX_NAME: usize = 255;

/// Section 4 recommends that a token expires after two minutes at most. `exp` is required only since the errata of
/// 2023, so this is how long a token of an older provider is accepted.
const LIFE_WITHOUT_EXP: Duration = Duration::from_secs(2 * 60);

/// A provider may repeat the request for a while if this application did not answer.
const MAX_AGE: Duration = Duration::from_secs(10 * 60);

/// A verified logout token: the provider ended a session, or all sessions of a user (OpenID Connect Back-Channel
/// Logout 1.0 section 2.4). Only [`RelyingParty::verify_logout_token`](crate::RelyingParty::verify_logout_token)
/// creates one.
///
/// `Debug` shows the issuer only.
#[derive(Clone)]
pub struct LogoutToken {
    iss: String,
    sub: Option<String>,
    sid: Option<String>,
    jti: String,
    issued_at: SystemTime,
    valid_until: SystemTime,
}

impl LogoutToken {
    /// Returns the issuer, one that the settings accept.
    #[must_use]
    pub fn iss(&self) -> &str {
        &self.iss
    }

    /// Returns the user whose sessions end, at most 255 bytes. If there is a [`sid`](Self::sid) too, only that
    /// session ends. If there is none, there is a `sub`.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// Returns the session that ends, as the `sid` of its ID tokens names it, at most 255 bytes.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Returns the identifier of the token, which no other token of the issuer has. It may be as long as a token.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// Returns when the token was issued, by the provider's clock.
    #[must_use]
    pub fn iat(&self) -> SystemTime {
        self.issued_at
    }

    /// Returns when the verification begins to refuse the token. Its [`jti`](Self::jti) need not be remembered for
    /// longer. By this application's clock, at most ten minutes after [`iat`](Self::iat), plus twice the leeway.
    #[must_use]
    pub fn valid_until(&self) -> SystemTime {
        self.valid_until
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutToken")
            .field("iss", &self.iss)
            .finish_non_exhaustive()
    }
}

/// The claims that are checked. A claim of the wrong type is an error and does not count as absent.
#[derive(Deserialize)]
struct CheckedClaims<'a> {
    iss: String,
    aud: OneOrMany,
    azp: Option<String>,
    iat: NumericDate,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    jti: Option<String>,
    sub: Option<String>,
    sid: Option<String>,
    #[serde(borrow)]
    events: Option<&'a RawValue>,
    #[serde(default, rename = "nonce", deserialize_with = "present")]
    has_nonce: bool,
    /// Absent if it is of the wrong type. Only the tenants of a provider with many have to be known.
    #[serde(default, deserialize_with = "lenient")]
    tid: Option<String>,
}

/// Section 2.4: the value of the member is an object, which should be empty.
#[derive(Deserialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    _logout: Object<AnyMembers>,
}

#[derive(Deserialize)]
struct AnyMembers {}

/// Whether a member is there, even if it is `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Refuses a token that is too large, before anything reads it.
pub(crate) fn check_size(text: &str) -> Result<(), Error> {
    if text.len() <= MAX_BYTES {
        return Ok(());
    }
    let what = "the logout token is larger than 16 KiB";
    Err(refused("logout_token.too_large", what))
}

fn refused(code: &'static str, what: &'static str) -> Error {
    Error::new(ErrorKind::Response, code, what)
}

/// Checks the claims: the steps of section 2.6 after the signature.
pub(crate) fn check(
    payload: &[u8],
    key: &VerifyingKey<'_>,
    provider: &Provider,
    now: u64,
) -> Result<LogoutToken, Error> {
    let claims: CheckedClaims<'_> = json::object_from_slice(payload).map_err(|why| {
        let what = format!("the logout token's claims cannot be used: {why}");
        Error::new(ErrorKind::Response, "logout_token.claims", what)
    })?;
    let parties = Parties {
        token: TokenKind::LogoutToken,
        iss: &claims.iss,
        aud: &claims.aud,
        azp: claims.azp.as_deref(),
        tid: claims.tid.as_deref(),
    };
    parties.check_issuer(provider, &SentSecrets::nothing())?;
    parties.check_tenant(provider, key)?;
    parties.check_client(&provider.client_id)?;
    parties.check_trust(provider)?;
    claims.check_content()?;
    let clock = TokenClock {
        now,
        leeway: provider.leeway.as_secs(),
    };
    claims.into_token(clock)
}

impl CheckedClaims<'_> {
    /// Checks what the token says, other than by whom, for whom and when.
    fn check_content(&self) -> Result<(), Error> {
        // Step 5.
        let names = [&self.sub, &self.sid].into_iter().flatten();
        let mut lengths = names.map(String::len).peekable();
        if lengths.peek().is_none() {
            return Err(refused(
                "logout_token.subject",
                "the logout token has neither `sub` nor `sid`",
            ));
        }
        if !lengths.all(|length| (1..=MAX_NAME).contains(&length)) {
            return Err(refused(
                "logout_token.subject",
                "`sub` or `sid` of the logout token is empty or longer than 255 bytes",
            ));
        }
        // Step 6.
        let events = self.events.map(|events| events.get());
        if events.is_none_or(|events| json::object_from_str::<Events>(events).is_err()) {
            return Err(refused(
                "logout_token.events",
                "`events` of the logout token is not an object with a back-channel logout",
            ));
        }
        // Step 7: an ID token is not a logout token.
        if self.has_nonce {
            return Err(refused(
                "logout_token.nonce",
                "the logout token has a `nonce`, as an ID token does",
            ));
        }
        if self.jti.as_ref().is_none_or(String::is_empty) {
            return Err(refused("logout_token.jti", "the logout token has no `jti`"));
        }
        Ok(())
    }

    fn into_token(self, clock: TokenClock) -> Result<LogoutToken, Error> {
        let max_age = match self.exp {
            Some(_) => MaxAge {
                age: MAX_AGE,
                says: "was issued more than ten minutes ago",
            },
            None => MaxAge {
                age: LIFE_WITHOUT_EXP,
                says: "has no `exp` and was issued more than two minutes ago",
            },
        };
        let times = Times {
            exp: self.exp,
            iat: self.iat,
            nbf: self.nbf,
        };
        times.check(TokenKind::LogoutToken, clock, Some(&max_age))?;
        let last = self.iat.0.saturating_add(max_age.age.as_secs());
        // The age may be reached, and the expiry may not.
        let end = self
            .exp
            .map_or(u64::MAX, |exp| exp.0)
            .min(last.saturating_add(1));
        let time = |seconds| {
            let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
            time.ok_or_else(|| {
                refused(
                    "logout_token.claims",
                    "a time of the logout token is not a time",
                )
            })
        };
        Ok(LogoutToken {
            iss: self.iss,
            sub: self.sub,
            sid: self.sid,
            jti: self.jti.unwrap_or_default(),
            issued_at: time(self.iat.0)?,
            valid_until: time(end.saturating_add(clock.leeway))?,
        })
    }
}
