//! The part of the claims that most pages show.

use std::fmt;

use serde::Serialize;

use super::StandardClaims;

/// The claims that most pages show. It serializes to an object with its fields, without those that are
/// `None`. `Debug` shows no value.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UserProfile {
    /// Identifies the user at this issuer, like [`Claims::sub`](crate::Claims::sub).
    pub sub: String,
    /// The full name. If it is absent, the name that the user signs in with (Logto's `username`), or
    /// else the `preferred_username`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The email address. It may not have been checked, and may change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// The telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl UserProfile {
    pub(super) fn new(sub: &str, standard: StandardClaims) -> Self {
        let is_given = |text: &String| !text.trim().is_empty();
        let names = [
            standard.name,
            standard.username,
            standard.preferred_username,
        ];
        Self {
            sub: sub.to_owned(),
            name: names.into_iter().flatten().find(is_given),
            email: standard.email.filter(is_given),
            picture: standard.picture.filter(is_given),
            phone: standard.phone_number.filter(is_given),
        }
    }
}

impl fmt::Debug for UserProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserProfile([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Claims;

    fn profile(json: &'static str) -> UserProfile {
        Claims::from_json(json.into()).unwrap().profile()
    }

    #[test]
    fn the_name_falls_back_to_the_names_that_users_sign_in_with() {
        for (json, name) in [
            (r#"{"sub":"1","name":"A B","username":"ab"}"#, Some("A B")),
            (
                r#"{"sub":"1","name":null,"username":"ab","preferred_username":"b"}"#,
                Some("ab"),
            ),
            (r#"{"sub":"1","name":" ","username":"ab"}"#, Some("ab")),
            (
                r#"{"sub":"1","name":7,"username":null,"preferred_username":"b"}"#,
                Some("b"),
            ),
            (r#"{"sub":"1"}"#, None),
        ] {
            assert_eq!(profile(json).name.as_deref(), name, "{json}");
        }
    }

    #[test]
    fn the_other_fields_are_the_providers_claims() {
        let profile = profile(
            r#"{"sub":"1","email":"a@example.com","picture":"https://p.example","phone_number":"+1"}"#,
        );
        assert_eq!(profile.sub, "1");
        assert_eq!(profile.email.as_deref(), Some("a@example.com"));
        assert_eq!(profile.picture.as_deref(), Some("https://p.example"));
        assert_eq!(profile.phone.as_deref(), Some("+1"));
        assert_eq!(format!("{profile:?}"), "UserProfile([redacted])");
        assert_eq!(
            serde_json::to_string(&profile).unwrap(),
            r#"{"sub":"1","email":"a@example.com","picture":"https://p.example","phone":"+1"}"#
        );
    }
}
