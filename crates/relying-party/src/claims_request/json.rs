//! The JSON of a claims request.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{ClaimsRequest, RequestedClaim, RequestedClaims, RequestedValue};
use crate::claims::InvalidClaims;
use crate::json::{self, Object};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestJson {
    #[serde(default)]
    id_token: ClaimsJson,
    #[serde(default)]
    userinfo: ClaimsJson,
}

type ClaimsJson = BTreeMap<String, Option<Object<ClaimJson>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimJson {
    #[serde(default)]
    essential: bool,
    value: Option<Value>,
    values: Option<Vec<Value>>,
}

impl ClaimsRequest {
    /// Returns the value of the parameter `claims`: a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let members = [("id_token", &self.id_token), ("userinfo", &self.user_info)];
        let members = members
            .into_iter()
            .filter(|(_, claims)| !claims.is_empty())
            .map(|(name, claims)| (name.to_owned(), to_value(claims)));
        Value::Object(members.collect()).to_string()
    }

    /// Reads the JSON that [`to_json`](Self::to_json) returned, for example from a stored transaction.
    ///
    /// # Errors
    ///
    /// The JSON is not a claims request. The error shows nothing of it.
    pub fn from_json(json: &str) -> Result<Self, InvalidClaims> {
        let written: RequestJson = json::object_from_str(json)
            .map_err(|_| InvalidClaims::new("the JSON is not a claims request"))?;
        Ok(Self {
            id_token: read(written.id_token),
            user_info: read(written.userinfo),
        })
    }
}

fn to_value(claims: &RequestedClaims) -> Value {
    let claims = claims
        .iter()
        .map(|(name, claim)| (name.clone(), claim.to_value()));
    Value::Object(claims.collect())
}

fn read(claims: ClaimsJson) -> RequestedClaims {
    let claims = claims.into_iter().map(|(name, claim)| {
        let claim = claim.map_or(RequestedClaim::voluntary(), |Object(claim)| claim.into());
        (name, claim)
    });
    claims.collect()
}

impl RequestedClaim {
    fn to_value(&self) -> Value {
        let mut members = Map::new();
        if self.is_essential {
            members.insert("essential".to_owned(), json!(true));
        }
        match &self.value {
            RequestedValue::One(value) => drop(members.insert("value".to_owned(), value.clone())),
            RequestedValue::OneOf(values) => {
                drop(members.insert("values".to_owned(), json!(values)))
            }
            RequestedValue::Any | RequestedValue::NotJson => {}
        }
        // Section 5.5.1: `null` requests a voluntary claim.
        if members.is_empty() {
            return Value::Null;
        }
        Value::Object(members)
    }
}

impl From<ClaimJson> for RequestedClaim {
    fn from(written: ClaimJson) -> Self {
        let value = match (written.value, written.values) {
            (_, Some(values)) => RequestedValue::OneOf(values),
            (Some(value), None) => RequestedValue::One(value),
            (None, None) => RequestedValue::Any,
        };
        Self {
            is_essential: written.essential,
            value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of OpenID Connect Core 1.0 section 5.5.
    #[test]
    fn the_standards_example_is_written_and_read_back() {
        let claims = ClaimsRequest::new()
            .user_info("given_name", RequestedClaim::essential())
            .user_info("nickname", RequestedClaim::voluntary())
            .user_info("email", RequestedClaim::essential())
            .user_info("email_verified", RequestedClaim::essential())
            .user_info("picture", RequestedClaim::voluntary())
            .user_info(
                "http://example.info/claims/groups",
                RequestedClaim::voluntary(),
            )
            .id_token("auth_time", RequestedClaim::essential())
            .id_token(
                "acr",
                RequestedClaim::voluntary().values(["urn:mace:incommon:iap:silver"]),
            );
        let expected = json!({
            "userinfo": {
                "given_name": {"essential": true}, "nickname": null,
                "email": {"essential": true}, "email_verified": {"essential": true},
                "picture": null, "http://example.info/claims/groups": null,
            },
            "id_token": {
                "auth_time": {"essential": true},
                "acr": {"values": ["urn:mace:incommon:iap:silver"]},
            },
        });
        let json = claims.to_json();

        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), expected);
        assert_eq!(ClaimsRequest::from_json(&json).unwrap(), claims);
    }

    #[test]
    fn strings_numbers_and_booleans_keep_their_json_types() {
        let claims = ClaimsRequest::new()
            .id_token("a", RequestedClaim::voluntary().value("ü\"\n"))
            .id_token("b", RequestedClaim::essential().values([1, 2]).value(7))
            .id_token("c", RequestedClaim::voluntary().value(true));
        let json = claims.to_json();

        assert_eq!(
            json,
            r#"{"id_token":{"a":{"value":"ü\"\n"},"b":{"essential":true,"value":7},"c":{"value":true}}}"#
        );
        assert_eq!(ClaimsRequest::from_json(&json).unwrap(), claims);
        assert_eq!(ClaimsRequest::new().to_json(), "{}");
        assert!(ClaimsRequest::from_json("{}").unwrap().is_empty());
    }

    #[test]
    fn json_that_is_not_a_claims_request_is_refused() {
        for json in [
            "",
            "[]",
            "null",
            r#"{"id_token":[]}"#,
            r#"{"id_token":{"acr":[true]}}"#,
            r#"{"id_token":{"acr":{"essential":"yes"}}}"#,
            r#"{"id_token":{"acr":{"must":true}}}"#,
            r#"{"access_token":{}}"#,
            r#"{"id_token":{}}{}"#,
        ] {
            let error = ClaimsRequest::from_json(json).unwrap_err().to_string();
            assert_eq!(
                error, "invalid claims: the JSON is not a claims request",
                "{json}"
            );
        }
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let claims =
            ClaimsRequest::new().id_token("sub", RequestedClaim::voluntary().value("canary"));
        let shown = format!("{claims:?}");

        assert!(
            shown.contains("sub") && !shown.contains("canary"),
            "{shown}"
        );
    }
}
