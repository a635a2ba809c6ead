//! The claims of the standard and of Logto, with their types.

use std::fmt;
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::json_object::{InvalidClaims, JsonMembers};
use super::values::{self, OneOrMany, SecondsOrMillis, TrueOrFalse, lenient};
use crate::json::Object;

/// Claims about a user with their types: those of OpenID Connect Core 1.0 section 5.1, and Logto's.
///
/// A field is `None` if the claim is absent, `null` or of the wrong type; such a claim does not make
/// the others unreadable. Read other claims with [`Claims::get`](crate::Claims::get).
///
/// It serializes to claims that read back as the same value: without those that are `None`, and with
/// times in seconds, or in milliseconds if they have a fraction. `Debug` shows no value.
///
/// ```
/// use relying_party::Claims;
///
/// let json = r#"{"sub":"42","username":"alice","email":null,"updated_at":1800000000000,
///     "organizations":["org-1"],"organization_roles":["org-1:admin"]}"#;
/// let claims = Claims::from_json(json.into())?.standard();
/// assert_eq!(claims.username.as_deref(), Some("alice"));
/// assert_eq!(claims.roles_in("org-1").collect::<Vec<_>>(), ["admin"]);
/// # Ok::<(), relying_party::claims::InvalidClaims>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StandardClaims {
    /// The full name, for display.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The given names or first names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// The surnames or last names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// The middle names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// A casual name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// The short name that the user prefers. It is not unique and may change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The URL of the user's profile page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The URL of a picture of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The URL of the user's web page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// The email address. It may change, and another user may have the same one at another issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the provider has verified the email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// The gender: `female`, `male` or another value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// The birthday: `YYYY-MM-DD`, or `YYYY`. The year is `0000` if it is omitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// The time zone, by its name in the IANA database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    /// The language, as a BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The telephone number, in E.164 by recommendation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Whether the provider has verified the telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    /// The postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// When the claims last changed: seconds since 1970, or milliseconds as Logto sends them.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "values::time"
    )]
    pub updated_at: Option<SystemTime>,
    /// Logto: the name that the user signs in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Logto: when the user was created: milliseconds since 1970, or seconds.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "values::time"
    )]
    pub created_at: Option<SystemTime>,
    /// Logto: data that the application stores with the user, an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<JsonText>,
    /// Logto: the user's accounts at social providers, an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<JsonText>,
    /// Logto: the user's accounts at enterprise providers, an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_identities: Option<JsonText>,
    /// Names of the user's roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// Logto: identifiers of the organizations that the user is a member of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<String>>,
    /// Logto: the user's roles in organizations, each as `{organization id}:{role name}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_roles: Option<Vec<String>>,
    /// Logto: the names and descriptions of the user's organizations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_data: Option<Vec<Organization>>,
}

impl StandardClaims {
    /// Returns the names of the user's roles in an organization, from `organization_roles`.
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
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Address {
    /// The full address, for display or a label; lines may be separated by line feeds. Some providers
    /// send only this, as a string instead of an object.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub formatted: Option<String>,
    /// Street, house number and further lines.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub street_address: Option<String>,
    /// City.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub locality: Option<String>,
    /// State, province or region.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub region: Option<String>,
    /// Postal code.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Organization {
    /// The identifier of the organization.
    pub id: String,
    /// The name of the organization, for display.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub name: Option<String>,
    /// The description of the organization, for display.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub description: Option<String>,
}

/// The JSON of a claim or of a header parameter that has no type in this crate, as the provider sent
/// it. `Debug` does not show it.
#[derive(Clone)]
pub struct JsonText(Box<RawValue>);

impl JsonText {
    pub(crate) fn new(json: &RawValue) -> Self {
        Self(json.to_owned())
    }

    /// Returns the JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Reads the value as a type of the application.
    ///
    /// # Errors
    ///
    /// The value does not fit the type.
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

/// Writes the JSON as the provider sent it. It needs a serializer of `serde_json`.
impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonText([redacted])")
    }
}

#[cfg(test)]
mod tests;
