use super::super::fields::{Buffers, OUTSIDE};
use super::*;

const ID_TOKEN_TEXT: &str = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhbGljZSJ9.c2ln";

const CREATED_AT: UnixMillis = UnixMillis(1_794_999_999_123);

fn body() -> Body {
    Body {
        identity: Identity::IdToken(StoredToken::new(ID_TOKEN_TEXT)),
        refresh_token: Some(StoredToken::new("refresh")),
        access_tokens: AccessTokens::from_buf([StoredAccessToken::new(
            Target::DEFAULT,
            "access",
            None,
        )]),
        scope: Some(Bytes::from_static(b"openid profile")),
        user_info: Some(Bytes::from_static(br#"{"nickname":"al"}"#)),
        added: Some(Bytes::from_static(br#"["nickname"]"#)),
        data: Some(Bytes::from_static(b"[1]")),
        refreshed_at: Some(UnixMillis::from_seconds(1_795_000_000)),
        after_refusal: Some(AfterRefusal::demanded([1, 2, 3, 4], None)),
        authentication: Authentication {
            time: Some(UnixMillis::from_seconds(1_794_999_000)),
            acr: Some(Bytes::from_static(b"gold")),
        },
        id_token_hint: Some(StoredToken::new("hint")),
        provider_key: ResolverKey::parse("acme"),
        sid: Some(Bytes::from_static(b"at the provider")),
        unknown: UnknownFields::default(),
    }
}

/// Both parts of a body's fields.
fn written(body: &Body) -> (Vec<u8>, Vec<u8>) {
    let fields = body.fields(CREATED_AT);
    (fields.block().to_vec(), fields.outside().to_vec())
}

fn read(block: &[u8], outside: &[u8]) -> Result<Body, FrameError> {
    let buffers = Buffers::of(block, outside);
    Body::read(Content::all_of(&buffers), CREATED_AT).map(|(body, _)| body)
}

fn read_again(body: &Body) -> Body {
    let (block, outside) = written(body);
    read(&block, &outside).unwrap()
}

#[test]
fn a_body_comes_back_whole() {
    let read = read_again(&body());

    let Identity::IdToken(id_token) = &read.identity else {
        panic!("the ID token was stored");
    };
    assert_eq!(id_token.text().as_str(), ID_TOKEN_TEXT);
    assert_eq!(read.identity.claims().unwrap(), r#"{"sub":"alice"}"#);
    assert_eq!(read.refresh_token.unwrap().text().as_str(), "refresh");
    assert_eq!(read.access_tokens[0].token.text().as_str(), "access");
    assert_eq!(read.scope.as_deref(), Some(&b"openid profile"[..]));
    assert_eq!(read.user_info.unwrap(), r#"{"nickname":"al"}"#);
    assert_eq!(read.data.unwrap(), "[1]");
    assert_eq!(read.refreshed_at, body().refreshed_at);
    assert_eq!(read.after_refusal, body().after_refusal);
    assert_eq!(read.authentication, body().authentication);
    assert_eq!(read.id_token_hint.unwrap().text().as_str(), "hint");
    assert_eq!(read.provider_key, body().provider_key);
    assert_eq!(read.sid, body().sid);
}

#[test]
fn an_acr_of_unusual_length_is_not_kept() {
    for (length, is_kept) in [(255, true), (256, false)] {
        let acr = "a".repeat(length);
        let json = format!(r#"{{"sub":"alice","auth_time":7,"acr":"{acr}"}}"#);
        let claims = Claims::from_json(json.into()).unwrap();

        let authentication = Authentication::from_claims(&claims);

        assert_eq!(authentication.time, Some(UnixMillis::from_seconds(7)));
        assert_eq!(authentication.acr.is_some(), is_kept, "{length}");
    }
}

#[test]
fn a_newer_token_replaces_the_one_for_the_same_target() {
    let mut body = body();
    let api = Target {
        resource: Some("https://api.example".to_owned()),
        organization: None,
    };
    body.put_access_token(StoredAccessToken::new(api.clone(), "first", None));
    body.put_access_token(StoredAccessToken::new(api.clone(), "second", None));

    assert_eq!(body.access_tokens.len(), 2);
    let text = |target| body.access_token(target).unwrap().token.text().to_string();
    assert_eq!(text(&api), "second");
    assert_eq!(text(&Target::DEFAULT), "access");
}

#[test]
fn without_a_refusal_its_mark_takes_no_bytes() {
    let mut unmarked = body();
    unmarked.after_refusal = None;

    assert_eq!(read_again(&unmarked).after_refusal, None);
    assert_eq!(written(&body()).0.len(), written(&unmarked).0.len() + 7);
}

/// What becomes of a field with this tag and content behind the known ones: the error, or the content that
/// is there when the session is written again.
fn rewritten(tag: u8, content: &[u8]) -> Result<Vec<u8>, FrameError> {
    let (mut block, outside) = written(&body());
    let known = block.len();
    let more = write_fields(|writer| writer.field(tag, content));
    block.extend_from_slice(more.block());
    let read = read(&block, &outside)?;
    Ok(written(&read).0.split_off(known))
}

#[test]
fn two_bits_of_an_unknown_tag_say_what_becomes_of_its_field() {
    let kept = |tag| Ok(vec![tag, 3, 1, 2, 3]);
    for (tag, expected) in [
        (15, Ok(vec![])),
        (31, Ok(vec![])),
        (COPIED, kept(COPIED)),
        (COPIED | 1, kept(COPIED | 1)),
        (0x5f, kept(0x5f)),
        (0x80, Err(FrameError::UnknownCriticalField)),
        (200, Err(FrameError::UnknownCriticalField)),
        (0xdf, Err(FrameError::UnknownCriticalField)),
    ] {
        assert_eq!(rewritten(tag, &[1, 2, 3]), expected, "{tag}");
    }
}

#[test]
fn an_unknown_field_is_copied_with_its_bytes_outside_of_the_block() {
    let (mut block, mut outside) = written(&body());
    let more = write_fields(|writer| {
        writer.field_of(COPIED | 3, |content| {
            content.byte(7);
            content.bytes_outside(b"key");
        });
        writer.field_outside(30, b"dropped");
    });
    block.extend_from_slice(more.block());
    outside.extend_from_slice(more.outside());

    let (again, outside_again) = written(&read(&block, &outside).unwrap());

    assert!(again.ends_with(&[COPIED | 3 | OUTSIDE, 3, 1, 7]));
    assert!(outside_again.ends_with(b"key"));
}

#[test]
fn a_token_with_an_unknown_critical_field_is_dropped_alone() {
    let other = Target {
        resource: Some("https://api.example".to_owned()),
        organization: None,
    };
    let token = StoredAccessToken::new(other, "bound", None);
    let more = write_fields(|writer| {
        writer.field_of(ACCESS_TOKEN, |content| {
            content.field(0x81, &[]);
            token.write(CREATED_AT, content);
        });
    });
    let (mut block, mut outside) = written(&body());
    block.extend_from_slice(more.block());
    outside.extend_from_slice(more.outside());

    let read = read(&block, &outside).unwrap();

    assert_eq!(read.access_tokens.len(), 1);
    assert_eq!(read.access_tokens[0].token.text().as_str(), "access");
}

#[test]
fn claims_that_name_a_secret_stay_out_of_the_block() {
    let secret = r#"{"sub":"alice","idp":{"access_token":"ya29.secret"}}"#;
    let mut with_secrets = body();
    with_secrets.identity = Identity::Claims(secret.into());
    with_secrets.user_info = Some(secret.into());
    with_secrets.data = Some(Bytes::from_static(b"\"data\""));

    let (block, _) = written(&with_secrets);
    let read = read_again(&with_secrets);

    let block = String::from_utf8_lossy(&block);
    assert!(
        !block.contains("ya29") && !block.contains("data"),
        "{block}"
    );
    assert_eq!(read.identity.claims().unwrap(), secret);
    assert_eq!(read.user_info.unwrap(), secret);
}

#[test]
fn where_iss_and_sub_stand_is_written_with_the_claims() {
    let json = r#"{"act":{"sub":"b"},"iss":"https://op.example","sub":"alice"}"#;
    for (json, is_found) in [(json, true), (r#"{"sub":"alice"}"#, false)] {
        let mut body = body();
        body.identity = Identity::Claims(json.into());
        let fields = body.fields(CREATED_AT);
        let buffers = Buffers::written(&fields);

        let (_, ranges) = Body::read(Content::all_of(&buffers), CREATED_AT).unwrap();

        let sub = ranges.map(|ranges| &json[ranges.sub()]);
        assert_eq!(sub, is_found.then_some("alice"));
    }
}

#[test]
fn unknown_fields_are_copied_up_to_the_size_of_a_cookie() {
    let copied = |length| rewritten(COPIED, &vec![1; length]).unwrap().len();

    assert_eq!(copied(4093), 4096);
    assert_eq!(copied(4094), 0);
}

#[test]
fn a_sid_of_unusual_length_is_not_kept() {
    for (length, is_kept) in [(0, true), (255, true), (256, false)] {
        let sid = "s".repeat(length);
        let json = format!(r#"{{"sub":"alice","sid":"{sid}"}}"#);
        let claims = Claims::from_json(json.into()).unwrap();

        assert_eq!(sid_of(&claims).is_some(), is_kept, "{length}");
    }
}

#[test]
fn a_wrong_length_or_a_field_given_twice_is_refused() {
    let (block, outside) = written(&body());
    for more in [
        &[20, 4, 1, 2, 3][..],
        &[SCOPE, 1, b'a'],
        &[CLAIMS, 2, b'{', b'}'],
        &[IDENTITY_RANGES, 2, 1, 1],
    ] {
        assert!(
            read(&[&block, more].concat(), &outside).is_err(),
            "{more:?}"
        );
    }
    assert!(read(&block, &outside[1..]).is_err());
    assert!(read(&block, &[&outside[..], b"more"].concat()).is_err());
    assert!(read(&[], &[]).is_err());
}
