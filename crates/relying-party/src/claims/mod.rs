//! Claims about a user, and what reads them.
//!
//! [`Claims`] are those of an ID token or of a UserInfo response. [`StandardClaims`] and [`UserProfile`]
//! are parts of them with types. [`UnverifiedClaims`] are those of an access token, whose signature is
//! not checked.

mod by_name;
mod edit;
mod identity_ranges;
mod json_object;
mod member_index;
mod profile;
mod roles;
mod standard;
mod unverified;
mod values;
mod vendor;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};

use crate::json;

pub use self::identity_ranges::IdentityRanges;
pub use self::json_object::InvalidClaims;
pub(crate) use self::json_object::JsonObject;
use self::member_index::MemberIndex;
pub use self::profile::UserProfile;
pub use self::standard::{Address, JsonText, Organization, StandardClaims};
pub use self::unverified::{UnverifiedClaims, decode_jwt_unverified};
pub(crate) use self::values::{NumericDate, OneOrMany, ScopeText, TrueOrFalse, lenient};

/// Claims about a user: a JSON object with a `sub` (OpenID Connect Core 1.0 sections 2 and 5.1).
///
/// The most important standard claims have accessors. Read any other claim with [`get`](Self::get), or
/// all claims with [`deserialize`](Self::deserialize), from the JSON as the provider sent it (or, with claims from elsewhere, from one object of both): numbers
/// keep their digits, `null` stays `null`. A standard claim of the wrong type counts as absent.
///
/// Claims serialize to that JSON. Cloning is cheap. `Debug` shows the names of the claims only.
///
/// ```
/// use relying_party::Claims;
///
/// let json = r#"{"iss":"https://op.example","sub":"42","roles":["admin"]}"#;
/// let claims = Claims::from_json(json.into())?;
/// assert_eq!(claims.sub(), "42");
/// assert_eq!(claims.get::<Vec<String>>("roles"), Some(vec!["admin".to_owned()]));
/// # Ok::<(), relying_party::claims::InvalidClaims>(())
/// ```
#[derive(Clone)]
pub struct Claims(Arc<ParsedClaims>);

struct ParsedClaims {
    json: JsonObject,
    /// Where `iss` and `sub` stand, if the text was accepted before and is not parsed yet.
    identity: Option<IdentityRanges>,
    /// Further claims, which are added to the text when one of them, or another one than `iss` and `sub`, is read.
    more: Option<MoreClaims>,
    standard: OnceLock<Standard>,
    /// Where the claims stand, once one of them is read by its name. `None` if the text is no JSON.
    index: OnceLock<Option<MemberIndex>>,
}

struct MoreClaims {
    json: JsonObject,
    /// The text with them.
    whole: OnceLock<JsonObject>,
}

#[derive(Default, Deserialize)]
struct Standard {
    sub: String,
    #[serde(default, deserialize_with = "lenient")]
    iss: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    aud: Option<OneOrMany>,
    #[serde(default, deserialize_with = "lenient")]
    exp: Option<NumericDate>,
    #[serde(default, deserialize_with = "lenient")]
    iat: Option<NumericDate>,
    #[serde(default, deserialize_with = "lenient")]
    auth_time: Option<NumericDate>,
    #[serde(default, deserialize_with = "lenient")]
    nonce: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    acr: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    azp: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    sid: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    preferred_username: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    picture: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    email: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    email_verified: Option<TrueOrFalse>,
}

impl Claims {
    /// Reads claims from JSON.
    ///
    /// # Errors
    ///
    /// The JSON is not an object in UTF-8 of at most 64 KiB, it has no `sub` that is a non-empty
    /// string, or it has a standard claim twice.
    pub fn from_json(json: Bytes) -> Result<Self, InvalidClaims> {
        Self::from_object(JsonObject::new(json)?)
    }

    fn from_object(json: JsonObject) -> Result<Self, InvalidClaims> {
        // `json` begins like an object, so this reads no array. Only after a failure it is read again,
        // to name the faulty claim: this code runs for each session that is opened.
        let standard: Standard = serde_json::from_str(json.as_str()).map_err(|_| {
            let why = json::object_from_str::<Standard>(json.as_str()).err();
            InvalidClaims::new(why.map_or_else(String::new, |why| why.to_string()))
        })?;
        if standard.sub.is_empty() {
            return Err(InvalidClaims::new("the sub is empty"));
        }
        Ok(Self(Arc::new(ParsedClaims {
            json,
            identity: None,
            more: None,
            standard: OnceLock::from(standard),
            index: OnceLock::new(),
        })))
    }

    /// Takes JSON that [`from_json`](Self::from_json) accepted before, and does not parse it until a claim other than
    /// `iss` and `sub` is read. If it is not such JSON after all, the other claims count as absent.
    ///
    /// `None` if it does not begin like a JSON object, or if `identity` names no strings in it.
    ///
    /// ```
    /// use relying_party::Claims;
    /// use relying_party::claims::IdentityRanges;
    ///
    /// let json = r#"{"iss":"https://op.example","sub":"42"}"#;
    /// let ranges = IdentityRanges::find(json.as_bytes()).expect("both claims");
    /// let claims = Claims::from_accepted_json(json.into(), ranges).expect("accepted before");
    /// assert_eq!(claims.sub(), "42");
    /// ```
    #[must_use]
    pub fn from_accepted_json(json: Bytes, identity: IdentityRanges) -> Option<Self> {
        Self::accepted(JsonObject::accepted(json)?, identity, None)
    }

    /// Takes claims that were accepted before, and further ones from elsewhere, `more`; see
    /// [`from_accepted_json`](Self::from_accepted_json). Where both have a claim of one name, that of `json` counts. If together they are no JSON that [`from_json`](Self::from_json) accepts, those of `json` count
    /// alone.
    ///
    /// ```
    /// use relying_party::Claims;
    /// use relying_party::claims::IdentityRanges;
    ///
    /// let json = r#"{"iss":"https://op.example","sub":"42","name":"Ada"}"#;
    /// let ranges = IdentityRanges::find(json.as_bytes()).expect("both claims");
    /// let more = r#"{"name":"Eve","locale":"en"}"#;
    /// let claims = Claims::from_accepted_parts(json.into(), ranges, more.into()).expect("accepted before");
    /// assert_eq!(claims.name(), Some("Ada"));
    /// assert_eq!(claims.get::<String>("locale").as_deref(), Some("en"));
    /// ```
    #[must_use]
    pub fn from_accepted_parts(json: Bytes, identity: IdentityRanges, more: Bytes) -> Option<Self> {
        let more = MoreClaims {
            json: JsonObject::accepted(more)?,
            whole: OnceLock::new(),
        };
        Self::accepted(JsonObject::accepted(json)?, identity, Some(more))
    }

    fn accepted(
        json: JsonObject,
        identity: IdentityRanges,
        more: Option<MoreClaims>,
    ) -> Option<Self> {
        identity.fit(json.as_bytes()).then(|| {
            Self(Arc::new(ParsedClaims {
                json,
                identity: Some(identity),
                more,
                standard: OnceLock::new(),
                index: OnceLock::new(),
            }))
        })
    }

    /// All claims.
    fn object(&self) -> &JsonObject {
        let json = &self.0.json;
        let Some(more) = &self.0.more else {
            return json;
        };
        let merge = || json.with(&more.json).unwrap_or_else(|| json.clone());
        more.whole.get_or_init(merge)
    }

    fn standard_claims(&self) -> &Standard {
        let parse = || serde_json::from_str(self.as_json()).unwrap_or_default();
        self.0.standard.get_or_init(parse)
    }

    /// The value that stands in a range.
    fn value(&self, range: impl FnOnce(&IdentityRanges) -> std::ops::Range<usize>) -> Option<&str> {
        let range = range(self.0.identity.as_ref()?);
        std::str::from_utf8(self.0.json.as_bytes().get(range)?).ok()
    }

    /// Returns the JSON as the provider sent it, or with claims from elsewhere, one object of both.
    #[must_use]
    pub fn as_json(&self) -> &str {
        self.object().as_str()
    }

    /// Returns the subject identifier, which identifies the user at this issuer. It is never
    /// reassigned, and has at most 255 characters. Store it together with [`iss`](Self::iss), and no
    /// other claim, as the user's identity.
    #[must_use]
    pub fn sub(&self) -> &str {
        self.value(IdentityRanges::sub)
            .unwrap_or_else(|| &self.standard_claims().sub)
    }

    /// Returns the issuer. Empty for a UserInfo response without `iss`.
    #[must_use]
    pub fn iss(&self) -> &str {
        self.value(IdentityRanges::iss)
            .or_else(|| self.standard_claims().iss.as_deref())
            .unwrap_or_default()
    }

    /// Returns the audiences of the ID token: client identifiers.
    pub fn aud(&self) -> impl Iterator<Item = &str> {
        self.standard_claims()
            .aud
            .iter()
            .flat_map(|aud| aud.0.iter().map(String::as_str))
    }

    /// Returns when the ID token expires.
    #[must_use]
    pub fn exp(&self) -> Option<SystemTime> {
        self.standard_claims()
            .exp
            .and_then(NumericDate::to_system_time)
    }

    /// Returns when the ID token was issued.
    #[must_use]
    pub fn iat(&self) -> Option<SystemTime> {
        self.standard_claims()
            .iat
            .and_then(NumericDate::to_system_time)
    }

    /// Returns when the user last authenticated. In a refreshed ID token it may be later than the
    /// sign-in in this browser: another client of the same provider session may have requested an
    /// authentication.
    #[must_use]
    pub fn auth_time(&self) -> Option<SystemTime> {
        self.standard_claims()
            .auth_time
            .and_then(NumericDate::to_system_time)
    }

    /// Returns the nonce of the sign-in.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.standard_claims().nonce.as_deref()
    }

    /// Returns the authentication context class that the authentication satisfied.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.standard_claims().acr.as_deref()
    }

    /// Returns the authorized party: the client that the ID token was issued to.
    #[must_use]
    pub fn azp(&self) -> Option<&str> {
        self.standard_claims().azp.as_deref()
    }

    /// Returns the identifier of the session at the provider (OpenID Connect Front-Channel Logout 1.0
    /// section 3).
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.standard_claims().sid.as_deref()
    }

    /// Returns the user's full name, for display.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.standard_claims().name.as_deref()
    }

    /// Returns the short name that the user prefers. It is not unique and may change.
    #[must_use]
    pub fn preferred_username(&self) -> Option<&str> {
        self.standard_claims().preferred_username.as_deref()
    }

    /// Returns the URL of a picture of the user.
    #[must_use]
    pub fn picture(&self) -> Option<&str> {
        self.standard_claims().picture.as_deref()
    }

    /// Returns the user's email address. It may change, and another user may have the same one at
    /// another issuer.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.standard_claims().email.as_deref()
    }

    /// Returns whether the provider has verified the email address. The strings `"true"` and `"false"`,
    /// which some providers send, count as booleans.
    #[must_use]
    pub fn email_verified(&self) -> Option<bool> {
        self.standard_claims().email_verified.map(|it| it.0)
    }

    /// Returns the claims that most pages show: a name, the email address, a picture, a telephone
    /// number.
    #[must_use]
    pub fn profile(&self) -> UserProfile {
        UserProfile::new(self.sub(), self.standard())
    }

    /// Returns the claims of the standard and of Logto, with their types.
    #[must_use]
    pub fn standard(&self) -> StandardClaims {
        let members = self.object().members();
        members.map_or_else(StandardClaims::default, |it| {
            StandardClaims::from_members(&it)
        })
    }

    /// Reads all claims as a type of the application.
    ///
    /// # Errors
    ///
    /// The claims do not fit the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, InvalidClaims> {
        self.object().deserialize()
    }
}

/// Writes the JSON as the provider sent it. It needs a serializer of `serde_json`.
impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object().serialize(serializer)
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object().debug_names("Claims", f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::Value;

    use super::*;

    fn claims(json: &str) -> Result<Claims, InvalidClaims> {
        Claims::from_json(Bytes::copy_from_slice(json.as_bytes()))
    }

    #[test]
    fn claims_are_read_from_the_json_as_it_was_sent() {
        let json = r#" {"sub":"a\u0062","iss":"i","exp":1.9e9,"email_verified":true,
            "none":null,"big":12345678901234567890} "#;
        let claims = claims(json).unwrap();
        assert_eq!(claims.as_json(), json);
        assert_eq!(claims.sub(), "ab");
        assert_eq!(
            claims.exp(),
            Some(UNIX_EPOCH + Duration::from_secs(1_900_000_000))
        );
        assert_eq!(claims.email_verified(), Some(true));
        assert_eq!(claims.get::<u64>("big"), Some(12_345_678_901_234_567_890));
        assert_eq!(claims.get::<String>("big"), None);
        assert_eq!(claims.get::<Value>("none"), None);
        assert_eq!(claims.get::<Value>("absent"), None);
        assert_eq!(claims.deserialize::<Value>().unwrap()["sub"], "ab");
        assert!(claims.deserialize::<Vec<u8>>().is_err());
    }

    #[test]
    fn who_the_user_is_is_known_without_parsing_the_claims() {
        let json = r#"{"iss":"i","sub":"a" and no JSON"#;
        let ranges = IdentityRanges::new(8..9, 18..19);
        let more = Bytes::from_static(b"{ no JSON either");

        let claims = Claims::from_accepted_parts(json.into(), ranges, more).unwrap();

        assert_eq!((claims.iss(), claims.sub()), ("i", "a"));
        assert_eq!(claims.name(), None);
    }

    #[test]
    fn further_claims_are_added_and_replace_none() {
        let json = r#"{"iss":"i","sub":"a","name":"Ada"}"#;
        let ranges = IdentityRanges::find(json.as_bytes()).unwrap();
        let with = |more: &str| {
            let more = Bytes::copy_from_slice(more.as_bytes());
            Claims::from_accepted_parts(json.into(), ranges.clone(), more).unwrap()
        };

        let claims = with(r#"{"sub":"b","iss":"j","name":"Eve","email":"ada@example.com"}"#);

        assert_eq!((claims.iss(), claims.sub()), ("i", "a"));
        assert_eq!(claims.name(), Some("Ada"));
        assert_eq!(claims.email(), Some("ada@example.com"));
        let all = r#"{"email":"ada@example.com","iss":"i","name":"Ada","sub":"a"}"#;
        assert_eq!(claims.as_json(), all);
        let large = format!(r#"{{"x":"{}"}}"#, "x".repeat(64 * 1024 - 8));
        assert_eq!(with(&large).as_json(), json);
    }

    #[test]
    fn claims_serialize_to_the_json_that_they_were_read_from() {
        let json = r#"{"sub":"a\u0062", "big":12345678901234567890,"none":null,"x":1,"x":2}"#;
        let claims = claims(&format!(" {json}\n")).unwrap();
        assert_eq!(serde_json::to_string(&claims).unwrap(), json);
        let nested = serde_json::to_string(&[&claims]).unwrap();
        assert_eq!(nested, format!("[{json}]"));
        assert_eq!(serde_json::to_value(&claims).unwrap()["sub"], "ab");
    }

    #[test]
    fn a_standard_claim_of_the_wrong_type_counts_as_absent() {
        let claims = claims(r#"{"sub":"a","name":7,"exp":"soon","aud":{},"email_verified":"yes"}"#);
        let claims = claims.unwrap();
        assert_eq!(
            (claims.name(), claims.exp(), claims.email_verified()),
            (None, None, None)
        );
        assert_eq!(claims.aud().count(), 0);
    }

    #[test]
    fn claims_without_a_valid_sub_are_refused() {
        let large = format!(r#"{{"sub":"a","x":"{}"}}"#, "x".repeat(64 * 1024));
        for json in [
            "",
            "{}",
            "null",
            "[]",
            r#"["a"]"#,
            r#""sub""#,
            r#"{"sub":null}"#,
            r#"{"sub":""}"#,
            r#"{"sub":1}"#,
            r#"{"sub":"a"}x"#,
            r#"{"sub":"a","sub":"b"}"#,
            r#"{"sub":"a",}"#,
            &large,
        ] {
            assert!(claims(json).is_err(), "{json:.40}");
        }
        assert!(Claims::from_json(Bytes::from_static(b"{\"sub\":\"\xff\"}")).is_err());
    }

    /// A deeply nested claim must not overflow the stack, so it is skipped without recursion.
    #[test]
    fn nesting_of_any_depth_does_no_harm() {
        let json = format!(
            r#"{{"sub":"a","x":{}{}}}"#,
            "[".repeat(30_000),
            "]".repeat(30_000)
        );
        let claims = claims(&json).unwrap();
        assert_eq!(claims.get::<Value>("x"), None);
        assert!(claims.deserialize::<Value>().is_err());
        assert_eq!(format!("{claims:?}"), r#"Claims{"sub", "x"}"#);
    }
}
