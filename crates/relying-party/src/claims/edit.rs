//! Edited copies of claims.

use serde::Serialize;
use serde_json::value::to_raw_value;

use super::json_object::{InvalidClaims, JsonMembers};
use super::{Claims, JsonObject};

impl Claims {
    /// The claims that cannot be edited, because later checks compare them: at a refresh (OpenID
    /// Connect Core 1.0 section 12.2), at a step-up and at a sign-out.
    pub const PROTOCOL: &'static [&'static str] = &[
        "iss",
        "sub",
        "aud",
        "azp",
        "exp",
        "iat",
        "auth_time",
        "nonce",
        "acr",
        "amr",
        "sid",
    ];

    /// Returns a copy of these claims with one more claim. It replaces a claim of the same name.
    ///
    /// ```
    /// use relying_party::Claims;
    ///
    /// let claims = Claims::from_json(r#"{"iss":"https://op.example","sub":"42"}"#.into())?;
    /// let claims = claims.with("tenant", "acme")?;
    /// assert_eq!(claims.get::<String>("tenant").as_deref(), Some("acme"));
    /// assert!(claims.with("sub", "43").is_err());
    /// # Ok::<(), relying_party::claims::InvalidClaims>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The name is one of [`PROTOCOL`](Self::PROTOCOL), the value cannot be written as JSON, or the
    /// claims would be larger than 64 KiB.
    pub fn with(
        &self,
        name: &str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<Self, InvalidClaims> {
        let value = to_raw_value(value)
            .map_err(|_| InvalidClaims::new("the value cannot be written as JSON"))?;
        let mut members = self.editable(name)?;
        members.0.insert(name.to_owned(), &value);
        Self::from_members(&members)
    }

    /// Returns a copy of these claims without the one of this name, if there is one.
    ///
    /// # Errors
    ///
    /// The name is one of [`PROTOCOL`](Self::PROTOCOL).
    pub fn without(&self, name: &str) -> Result<Self, InvalidClaims> {
        let mut members = self.editable(name)?;
        members.0.remove(name);
        Self::from_members(&members)
    }

    fn editable(&self, name: &str) -> Result<JsonMembers<'_>, InvalidClaims> {
        if Self::PROTOCOL.contains(&name) {
            return Err(InvalidClaims::new(
                "a claim of the protocol cannot be edited",
            ));
        }
        let members = self.object().members();
        members.ok_or_else(|| InvalidClaims::new("not a JSON object"))
    }

    fn from_members(members: &JsonMembers<'_>) -> Result<Self, InvalidClaims> {
        let json = serde_json::to_vec(&members.0)
            .map_err(|_| InvalidClaims::new("the claims cannot be written as JSON"))?;
        let object = JsonObject::new(json.into())?;
        Self::from_object(object)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn claims() -> Claims {
        let json = r#"{"iss":"i","sub":"a","aud":["x"],"big":12345678901234567890,"none":null,
            "q\"uote":"\u0062"}"#;
        Claims::from_json(json.into()).unwrap()
    }

    #[test]
    fn an_edit_changes_one_claim_and_no_byte_of_the_others() {
        let edited = claims()
            .with("roles", &["admin"])
            .and_then(|claims| claims.with("none", "some"))
            .unwrap();

        assert_eq!(
            edited.as_json(),
            r#"{"aud":["x"],"big":12345678901234567890,"iss":"i","none":"some","q\"uote":"\u0062","roles":["admin"],"sub":"a"}"#
        );
        let again = edited.without("roles").unwrap().without("q\"uote").unwrap();
        assert_eq!(
            again.as_json(),
            r#"{"aud":["x"],"big":12345678901234567890,"iss":"i","none":"some","sub":"a"}"#
        );
        assert_eq!(again.without("absent").unwrap().as_json(), again.as_json());
    }

    #[test]
    fn a_claim_of_the_protocol_is_neither_changed_nor_added_nor_removed() {
        for name in Claims::PROTOCOL {
            assert!(claims().with(name, "x").is_err(), "{name}");
            assert!(claims().without(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_value_without_json_form_and_one_that_is_too_large_are_refused() {
        let no_json = BTreeMap::from([((1, 2), 3)]);

        assert!(claims().with("x", &no_json).is_err());
        assert!(claims().with("x", &"x".repeat(64 * 1024)).is_err());
    }
}
