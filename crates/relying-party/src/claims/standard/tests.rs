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

#[test]
fn typed_claims_serialize_to_claims_that_read_back_as_the_same_value() {
    let json = json!({
        "name": "Alice", "email_verified": true,
        "address": { "locality": "Paris" },
        "updated_at": 1_800_000_000_123_u64, "created_at": 1_800_000_000,
        "custom_data": { "theme": "dark" }, "sso_identities": [{ "issuer": "i" }],
        "roles": ["admin"], "organization_roles": ["org-1:admin"],
        "organization_data": [{ "id": "org-1", "name": "One" }],
    });
    let claims = standard(json.clone());

    let written = serde_json::to_value(&claims).unwrap();

    assert_eq!(written, json);
    assert!(standard(written) == claims);
    assert_eq!(
        serde_json::to_string(&StandardClaims::default()).unwrap(),
        "{}"
    );
}

#[test]
fn claims_that_are_normalized_when_they_are_read_serialize_in_the_form_of_the_standard() {
    let claims = standard(json!({
        "email_verified": "true", "address": "1 Main St", "roles": "admin", "nickname": null,
        "created_at": 1_800_000_000_000_u64,
    }));

    let written = serde_json::to_value(&claims).unwrap();

    let expected = json!({
        "email_verified": true, "address": { "formatted": "1 Main St" }, "roles": ["admin"],
        "created_at": 1_800_000_000,
    });
    assert_eq!(written, expected);
}
