//! The claims that specifications and vendors define.

use std::fmt;
use std::time::SystemTime;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::json_object::{InvalidClaims, JsonMembers};
use super::values::{OneOrMany, SecondsOrMillis, TrueOrFalse, lenient};
use crate::json::Object;

/// Claims about a user by their type: those of OpenID Connect Core 1.0 section 5.1, and Logto's.
///
/// `None` is a claim that is absent, `null` or of another type than it should be; none of them makes
/// the others unreadable. Claims that are not among them are read with
/// [`Claims::get`](super::Claims::get). `Debug` shows no value.
///
/// ```
/// use relying_party::Claims;
///
/// let json = r#"{"sub":"42","username":"alice","email":null,"updated_at":1800000000000,
///     "organizations":["org-1"],"organization_roles":["org-1:admin"]}"#;
/// let claims = Claims::from_json(json.into())?.standard();
/// assert_eq!(claims.username.as_deref(), Some("alice"));
/// assert_eq!(claims.roles_in("org-1").collect::<Vec<_>>(), ["admin"]);
/// # Ok::<(), relying_party::InvalidClaims>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandardClaims {
    /// The full name, for display.
    pub name: Option<String>,
    /// The given names or first names.
    pub given_name: Option<String>,
    /// The surnames or last names.
    pub family_name: Option<String>,
    /// The middle names.
    pub middle_name: Option<String>,
    /// A casual name.
    pub nickname: Option<String>,
    /// A short name the user likes to be called by. It is not unique and may change.
    pub preferred_username: Option<String>,
    /// The URL of the user's profile page.
    pub profile: Option<String>,
    /// The URL of a picture of the user.
    pub picture: Option<String>,
    /// The URL of the user's web page.
    pub website: Option<String>,
    /// The email address. It may change, or be claimed by someone else at another issuer.
    pub email: Option<String>,
    /// Whether the provider has checked that the email address is the user's.
    pub email_verified: Option<bool>,
    /// The gender: `female`, `male` or another value.
    pub gender: Option<String>,
    /// The birthday: `YYYY-MM-DD`, or `YYYY`; `0000` if the year is left out.
    pub birthdate: Option<String>,
    /// The time zone, by its name in the IANA database.
    pub zoneinfo: Option<String>,
    /// The language, as a BCP 47 tag.
    pub locale: Option<String>,
    /// The telephone number, in E.164 by recommendation.
    pub phone_number: Option<String>,
    /// Whether the provider has checked that the telephone number is the user's.
    pub phone_number_verified: Option<bool>,
    /// The postal address.
    pub address: Option<Address>,
    /// When the claims last changed: seconds since 1970, or milliseconds as Logto sends them.
    pub updated_at: Option<SystemTime>,
    /// Logto: the name that the user signs in with.
    pub username: Option<String>,
    /// Logto: when the user was created: milliseconds since 1970, or seconds.
    pub created_at: Option<SystemTime>,
    /// Logto: what the application keeps with the user, an object.
    pub custom_data: Option<JsonText>,
    /// Logto: the user's accounts at social providers, an object.
    pub identities: Option<JsonText>,
    /// Logto: the user's accounts at enterprise providers, an array.
    pub sso_identities: Option<JsonText>,
    /// Names of the user's roles.
    pub roles: Option<Vec<String>>,
    /// Logto: identifiers of the organizations that the user is a member of.
    pub organizations: Option<Vec<String>>,
    /// Logto: the user's roles there, each as `{organization id}:{role name}`.
    pub organization_roles: Option<Vec<String>>,
    /// Logto: what those organizations are.
    pub organization_data: Option<Vec<Organization>>,
}

impl StandardClaims {
    /// The names of the user's roles in an organization, by `organization_roles`.
    pub fn roles_in(&self, organization_id: &str) -> impl Iterator<Item = &str> {
        self.organization_roles
            .iter()
            .flatten()
            .filter_map(move |it| it.strip_prefix(organization_id)?.strip_prefix(':'))
    }

    pub(super) fn from_members(claims: &JsonMembers<'_>) -> Self {
        let text = |name| claims.get::<String>(name);
        let list = |name| claims.get::<OneOrMany>(name).map(|it| it.0);
        let boolean = |name| claims.get::<TrueOrFalse>(name).map(|it| it.0);
        let time = |name| claims.get::<SecondsOrMillis>(name)?.to_system_time();
        let json = |name| claims.get::<Box<RawValue>>(name).map(JsonText);
        Self {
            name: text("name"),
            given_name: text("given_name"),
            family_name: text("family_name"),
            middle_name: text("middle_name"),
            nickname: text("nickname"),
            preferred_username: text("preferred_username"),
            profile: text("profile"),
            picture: text("picture"),
            website: text("website"),
            email: text("email"),
            email_verified: boolean("email_verified"),
            gender: text("gender"),
            birthdate: text("birthdate"),
            zoneinfo: text("zoneinfo"),
            locale: text("locale"),
            phone_number: text("phone_number"),
            phone_number_verified: boolean("phone_number_verified"),
            address: Address::from_members(claims),
            updated_at: time("updated_at"),
            username: text("username"),
            created_at: time("created_at"),
            custom_data: json("custom_data").filter(|it| it.0.get().starts_with('{')),
            identities: json("identities").filter(|it| it.0.get().starts_with('{')),
            sso_identities: json("sso_identities").filter(|it| it.0.get().starts_with('[')),
            roles: list("roles"),
            organizations: list("organizations"),
            organization_roles: list("organization_roles"),
            organization_data: claims
                .get::<Vec<Object<Organization>>>("organization_data")
                .map(|list| list.into_iter().map(|it| it.0).collect()),
        }
    }
}

impl fmt::Debug for StandardClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StandardClaims([redacted])")
    }
}

/// A postal address (OpenID Connect Core 1.0 section 5.1.1).
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Address {
    /// The whole address, for display or a label; lines may be separated by line feeds. Some
    /// providers send nothing else, and not in an object.
    #[serde(default, deserialize_with = "lenient")]
    pub formatted: Option<String>,
    /// Street, house number and what else belongs to it.
    #[serde(default, deserialize_with = "lenient")]
    pub street_address: Option<String>,
    /// City.
    #[serde(default, deserialize_with = "lenient")]
    pub locality: Option<String>,
    /// State, province or region.
    #[serde(default, deserialize_with = "lenient")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(default, deserialize_with = "lenient")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(default, deserialize_with = "lenient")]
    pub country: Option<String>,
}

impl Address {
    fn from_members(claims: &JsonMembers<'_>) -> Option<Self> {
        let formatted = |formatted| Self {
            formatted: Some(formatted),
            ..Self::default()
        };
        let object = || {
            let Object(address) = claims.get::<Object<Self>>("address")?;
            (address != Self::default()).then_some(address)
        };
        claims.get("address").map(formatted).or_else(object)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address([redacted])")
    }
}

/// An organization that the user is a member of, as Logto describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Organization {
    /// Identifies the organization.
    pub id: String,
    /// Its name, for display.
    #[serde(default, deserialize_with = "lenient")]
    pub name: Option<String>,
    /// What it is, for display.
    #[serde(default, deserialize_with = "lenient")]
    pub description: Option<String>,
}

/// The JSON of a claim or of a header parameter that has no type of its own, as the provider wrote it.
/// `Debug` does not show it.
#[derive(Clone)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    pub(crate) fn new(json: &RawValue) -> Self {
        Self(json.to_owned())
    }

    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The value as a type of the application's own.
    ///
    /// # Errors
    ///
    /// It does not fit the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, InvalidClaims> {
        serde_json::from_str(self.as_str())
            .map_err(|_| InvalidClaims::new("they do not fit the type"))
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonText {}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonText([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};

    use super::*;
    use crate::Claims;

    fn standard(mut claims: Value) -> StandardClaims {
        claims["sub"] = json!("alice");
        let claims = Claims::from_json(claims.to_string().into());
        claims.unwrap().standard()
    }

    const NAMES: [&str; 28] = [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
        "username",
        "created_at",
        "custom_data",
        "identities",
        "sso_identities",
        "roles",
        "organizations",
        "organization_roles",
        "organization_data",
    ];

    #[test]
    fn every_claim_of_logto_and_of_the_standard_is_read() {
        let mut claims = json!({
            "email_verified": "true", "phone_number_verified": false,
            "address": { "locality": "Paris", "country": null, "postal_code": 75_001 },
            "updated_at": 1_800_000_000_123_u64, "created_at": 1_800_000_000,
            "custom_data": { "theme": "dark" }, "identities": { "github": { "userId": "1" } },
            "sso_identities": [{ "issuer": "i" }], "roles": ["admin"], "organizations": [],
            "organization_roles": ["org-1:admin", "org-10:owner", "org-1:a:b", "org-1"],
            "organization_data": [{ "id": "org-1", "name": "One", "description": null, "x": 1 }],
        });
        for name in NAMES {
            if claims.get(name).is_none() {
                claims[name] = json!(name);
            }
        }
        let claims = standard(claims);
        for (claim, name) in [
            (&claims.name, "name"),
            (&claims.given_name, "given_name"),
            (&claims.family_name, "family_name"),
            (&claims.middle_name, "middle_name"),
            (&claims.nickname, "nickname"),
            (&claims.preferred_username, "preferred_username"),
            (&claims.profile, "profile"),
            (&claims.picture, "picture"),
            (&claims.website, "website"),
            (&claims.email, "email"),
            (&claims.gender, "gender"),
            (&claims.birthdate, "birthdate"),
            (&claims.zoneinfo, "zoneinfo"),
            (&claims.locale, "locale"),
            (&claims.phone_number, "phone_number"),
            (&claims.username, "username"),
        ] {
            assert_eq!(claim.as_deref(), Some(name));
        }
        assert_eq!(
            (claims.email_verified, claims.phone_number_verified),
            (Some(true), Some(false))
        );
        let address = claims.address.clone().unwrap();
        assert_eq!(address.locality.as_deref(), Some("Paris"));
        assert_eq!(address.country, None);
        let time = |millis| Some(UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(claims.updated_at, time(1_800_000_000_123));
        assert_eq!(claims.created_at, time(1_800_000_000_000));
        let data: Value = claims.custom_data.as_ref().unwrap().deserialize().unwrap();
        assert_eq!(data, json!({ "theme": "dark" }));
        let identities = claims.identities.as_ref().unwrap();
        assert_eq!(identities.as_str(), r#"{"github":{"userId":"1"}}"#);
        assert!(identities.deserialize::<Vec<u8>>().is_err());
        assert!(claims.sso_identities.is_some());
        assert_eq!(claims.roles, Some(vec!["admin".to_owned()]));
        assert_eq!(claims.organizations, Some(vec![]));
        let roles: Vec<_> = claims.roles_in("org-1").collect();
        assert_eq!(roles, ["admin", "a:b"]);
        let organization = &claims.organization_data.as_ref().unwrap()[0];
        assert_eq!(
            (&*organization.id, organization.name.as_deref()),
            ("org-1", Some("One"))
        );
    }

    #[test]
    fn a_claim_that_is_null_or_malformed_is_absent_and_harms_no_other() {
        for name in NAMES {
            for value in [
                json!(null),
                json!(7.5),
                json!([[7]]),
                json!({ "formatted": 7, "a": {} }),
            ] {
                // These are what some claims may be.
                if matches!(
                    (name, &value),
                    ("updated_at" | "created_at", Value::Number(_))
                        | ("sso_identities", Value::Array(_))
                        | ("custom_data" | "identities", Value::Object(_))
                ) {
                    continue;
                }
                let mut claims = json!({ "nickname": "a", "email": "b" });
                claims[name] = value.clone();
                let claims = standard(claims);
                let expected = StandardClaims {
                    nickname: (name != "nickname").then(|| "a".to_owned()),
                    email: (name != "email").then(|| "b".to_owned()),
                    ..StandardClaims::default()
                };
                assert!(claims == expected, "{name}: {value}");
            }
        }
        for value in [
            json!(true),
            json!(-1),
            json!(1e300),
            json!("2026-01-01T00:00:00Z"),
        ] {
            assert_eq!(standard(json!({ "updated_at": value })).updated_at, None);
        }
        for json in [
            r#"{"sub":"a","nickname":"b","nickname":"c"}"#,
            r#"{"sub":"a","nickname":"c"}"#,
        ] {
            let claims = Claims::from_json(json.into()).unwrap().standard();
            assert_eq!(claims.nickname.as_deref(), Some("c"), "the last one counts");
        }
    }

    #[test]
    fn an_address_may_be_one_text_and_roles_one_role() {
        let claims = standard(json!({ "address": "1 Main St\nParis", "roles": "admin" }));
        let address = claims.address.unwrap();
        assert_eq!(address.formatted.as_deref(), Some("1 Main St\nParis"));
        assert_eq!(claims.roles, Some(vec!["admin".to_owned()]));
    }

    #[test]
    fn debug_shows_no_claim() {
        let claims = standard(json!({
            "name": "canary", "address": "canary", "custom_data": { "canary": 1 },
        }));
        let shown = format!("{claims:?} {:?} {:?}", claims.address, claims.custom_data);
        assert!(!shown.contains("canary"), "{shown}");
    }
}
