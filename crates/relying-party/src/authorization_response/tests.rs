use super::*;

fn is_refused(query: &str) -> bool {
    AuthorizationResponse::parse(Some(query)).is_err()
}

#[test]
fn a_response_is_read_with_its_values_decoded() {
    let response = AuthorizationResponse::parse(Some(
        "code=a%2Bb+c&state=%41bc&iss=https%3A%2F%2Fop.example&session_state=x&&unknown=1&unknown=2",
    ))
    .unwrap();
    assert_eq!(response.state(), "Abc");
    assert!(response.has_code());
    assert_eq!(response.error_code(), None);
    assert_eq!(
        response
            .validate(
                &Provider::new("https://op.example", "client-id"),
                true,
                &TransactionSecrets::derive(&[7; 32], 'a')
            )
            .unwrap()
            .expose(),
        "a+b c"
    );
}

#[test]
fn an_error_response_has_its_registered_code_or_other() {
    let response = AuthorizationResponse::parse(Some("error=access_denied&state=s")).unwrap();
    assert!(!response.has_code());
    assert_eq!(response.error_code(), Some("access_denied"));
    let response = AuthorizationResponse::parse(Some("error=%3Cscript%3E&state=s")).unwrap();
    assert_eq!(response.error_code(), Some("other"));
}

#[test]
fn a_missing_or_malformed_state_is_refused() {
    let long = format!("code=c&state={}", "s".repeat(129));
    for query in [
        "code=c",
        "code=c&state",
        "code=c&state=",
        &long,
        "code=c&state=%ff",
        "code=c&state=%C3%A9",
        "code=c&state=%",
        "code=c&state=%4",
        "code=c&state=%zz",
        "code=c&state=%+1",
        "code=c&state=a+b",
        "code=c&state=a%00",
        "code=c&state=a%7F",
    ] {
        assert!(is_refused(query), "{query}");
    }
    assert!(!is_refused(&format!("code=c&state={}", "s".repeat(128))));
    assert!(AuthorizationResponse::parse(None).is_err());
}

#[test]
fn duplicate_parameters_and_imitations_are_refused() {
    for name in PARAMETERS {
        for imitation in [
            name.to_owned(),
            name.to_uppercase(),
            format!("{name}[]"),
            format!("{name}[0]"),
            format!("%{:02x}{}", name.as_bytes()[0], &name[1..]),
            format!("{name}+"),
        ] {
            let query = format!("code=c&state=s&{name}=1&{imitation}=2");
            assert!(is_refused(&query), "{query}");
        }
        assert!(
            is_refused(&format!("code=c&state=s&x=1;{name}=2")),
            "{name}"
        );
    }
    assert!(is_refused("code=c&state=s&Code=d"));
    assert!(is_refused("code[]=c&state=s"));
    assert!(is_refused("code=c;code=d&state=s"));
    assert!(!is_refused("code=c;d&state=s"));
}

#[test]
fn a_response_has_either_a_code_or_an_error() {
    assert!(is_refused("code=c&error=access_denied&state=s"));
    assert!(is_refused("state=s"));
    assert!(is_refused("code=&state=s"));
    assert!(is_refused("code=%0d%0a&state=s"));
    assert!(is_refused("code=%C3%A9&state=s"));
}

#[test]
fn size_and_number_of_parameters_are_bounded() {
    let padding = |count| "x=1&".repeat(count);
    assert!(!is_refused(&format!("{}code=c&state=s", padding(30))));
    let long = |length: usize| format!("code=c&state=s&x={}", "x".repeat(length - 17));
    assert!(!is_refused(&long(MAX_QUERY_BYTES)));
    assert!(is_refused(&long(MAX_QUERY_BYTES + 1)));
    assert!(is_refused(&format!("{}code=c&state=s", padding(31))));
    assert!(is_refused(&format!(
        "code=c&state=s&error_description={}",
        "x".repeat(1 << 20)
    )));
    let semicolons = format!("code=c&state=s&x={}", ";".repeat(16_000));
    assert!(!is_refused(&semicolons));
}

#[test]
fn no_truncated_query_and_no_character_causes_a_panic() {
    let query = "code=a%2Bb&state=%41bc&iss=https%3A%2F%2Fop.example;x[]=1";
    for length in 0..query.len() {
        let _ = AuthorizationResponse::parse(Some(&query[..length]));
    }
    for character in ('\0'..='\u{ff}').chain(['\u{2000}', '\u{1f511}']) {
        let _ = AuthorizationResponse::parse(Some(&format!("{query}{character}=%{character}")));
    }
}
