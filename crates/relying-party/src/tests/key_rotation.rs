//! Key rotations with failures: how long sign-ins wait, how often the documents are fetched, and the
//! error if no key is found.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{HandClock, ISSUER, SignIn, Signer, join_all, token_response};
use crate::{Claims, Error, ErrorKind, RefreshRequest, TransportErrorKind};

/// A sign-in whose provider still has the previous keys, with a clock that follows the paused time.
async fn before_a_rotation() -> SignIn {
    let signer = Signer::es384("key-1");
    let sign_in = SignIn::at(HandClock::following_paused_time(), signer, |provider| {
        provider
    });
    sign_in.exchange_for(json!({})).await.unwrap();
    assert_eq!(sign_in.key_requests(), 1);
    sign_in
}

/// The same, and the provider signs with a key that it has not published.
async fn at_a_rotation() -> SignIn {
    let mut sign_in = before_a_rotation().await;
    sign_in.signer = Signer::es384("key-2");
    sign_in
}

async fn after<T>(span: Duration, change: impl FnOnce() -> T) -> T {
    sleep(span).await;
    change()
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_failed_fetch_is_repeated_after_a_second() {
    for failure in [Ok((503, "")), Ok((429, "")), Ok((200, "<html>")), Err(())] {
        let sign_in = at_a_rotation().await;
        match failure {
            Ok((status, body)) => sign_in.op.answer("/jwks", status, body),
            Err(()) => sign_in.op.fail_with("/jwks", TransportErrorKind::Timeout),
        }
        let begun = Instant::now();
        let publish = after(SECOND / 2, || sign_in.op.publish_keys(&[&sign_in.signer]));

        let (exchanged, ()) = tokio::join!(sign_in.exchange_for(json!({})), publish);

        exchanged.unwrap();
        assert!(begun.elapsed() <= 2 * SECOND, "{failure:?}");
        assert!(sign_in.key_requests() <= 4, "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_the_keys_that_is_two_seconds_old_delays_a_sign_in_by_two_seconds() {
    let sign_in = at_a_rotation().await;
    let begun = Instant::now();
    // The copy was made a moment before the sign-in.
    let age = Duration::from_millis(1_990);
    let publish = after(age, || sign_in.op.publish_keys(&[&sign_in.signer]));

    let ((), exchanged) = tokio::join!(publish, sign_in.exchange_for(json!({})));

    exchanged.unwrap();
    assert_eq!(begun.elapsed(), 2 * SECOND);
    assert_eq!(sign_in.key_requests(), 1 + 3);
}

#[tokio::test(start_paused = true)]
async fn two_rotations_in_five_seconds_delay_sign_ins_by_a_few_seconds() {
    let mut sign_in = at_a_rotation().await;
    let errors = async {
        sleep(SECOND / 2).await;
        sign_in.op.answer("/jwks", 503, "");
        sleep(SECOND).await;
        sign_in.op.publish_keys(&[&sign_in.signer]);
    };
    let (exchanged, ()) = tokio::join!(sign_in.exchange_for(json!({})), errors);
    exchanged.unwrap();
    sleep(3 * SECOND).await;
    sign_in.signer = Signer::es384("key-3");
    sign_in.op.publish_keys(&[&sign_in.signer]);
    let begun = Instant::now();

    sign_in.exchange_for(json!({})).await.unwrap();

    assert!(begun.elapsed() <= 5 * SECOND);
    assert_eq!(sign_in.key_requests(), 1 + 3 + 1);
}

#[tokio::test(start_paused = true)]
async fn keys_that_moved_are_fetched_from_where_the_newest_metadata_say() {
    for (status, body) in [
        (404, ""),
        (410, ""),
        (301, ""),
        (200, "<html>"),
        (200, "{}"),
    ] {
        let sign_in = at_a_rotation().await;
        sign_in.op.answer("/jwks", status, body);
        let keys = json!({ "keys": [sign_in.signer.jwk()] }).to_string();
        sign_in.op.answer("/moved", 200, &keys);
        let metadata = json!({ "jwks_uri": format!("{ISSUER}/moved") });
        sign_in.op.publish(&metadata);
        let begun = Instant::now();

        sign_in.exchange_for(json!({})).await.unwrap();

        assert_eq!(begun.elapsed(), SECOND, "{status} {body}");
        assert_eq!(sign_in.document_requests(), 2, "{status} {body}");
        assert_eq!(sign_in.op.requests_to("/moved").len(), 1);
        assert_eq!(sign_in.key_requests(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_moved_are_found_whether_the_old_url_responds_or_not() {
    for is_gone in [true, false] {
        let sign_in = at_a_rotation().await;
        sleep(20 * SECOND).await;
        if is_gone {
            sign_in.op.fail_with("/jwks", TransportErrorKind::Connect);
        }
        let keys = json!({ "keys": [sign_in.signer.jwk()] }).to_string();
        sign_in.op.answer("/moved", 200, &keys);
        let metadata = json!({ "jwks_uri": format!("{ISSUER}/moved") });
        sign_in.op.publish(&metadata);
        let begun = Instant::now();

        sign_in.exchange_for(json!({})).await.unwrap();

        assert_eq!(begun.elapsed(), 2 * SECOND, "{is_gone}");
        assert_eq!(sign_in.document_requests(), 2, "{is_gone}");
    }
}

/// The same if the keys have expired while the metadata are fresh.
#[tokio::test(start_paused = true)]
async fn keys_that_moved_are_found_when_the_previous_ones_have_expired() {
    let sign_in = SignIn::new();
    let head = http::Response::builder().header("cache-control", "max-age=60");
    let keys = json!({ "keys": [sign_in.signer.jwk()] }).to_string();
    sign_in.op.answer_with("/jwks", head, &keys);
    sign_in.exchange_for(json!({})).await.unwrap();
    sign_in.clock.advance(60 * SECOND);
    sign_in.op.answer("/jwks", 404, "");
    sign_in.op.answer("/moved", 200, &keys);
    let metadata = json!({ "jwks_uri": format!("{ISSUER}/moved") });
    sign_in.op.publish(&metadata);

    sign_in.exchange_for(json!({})).await.unwrap();

    assert_eq!(sign_in.document_requests(), 2);
    assert_eq!(sign_in.op.requests_to("/moved").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_each_fetch() {
    let sign_in = at_a_rotation().await;
    let publish = after(SECOND / 2, || sign_in.op.publish_keys(&[&sign_in.signer]));
    let callers = join_all((0..64).map(|_| sign_in.exchange_for(json!({}))));

    let (results, ()) = tokio::join!(callers, publish);

    assert!(results.iter().all(Result::is_ok));
    assert_eq!(sign_in.key_requests(), 1 + 2);
}

#[tokio::test(start_paused = true)]
async fn made_up_kids_cause_three_fetches_and_then_one_in_ten_seconds() {
    let sign_in = at_a_rotation().await;
    let begun = Instant::now();
    let jwt = sign_in.signer.sign(&sign_in.claims(json!({})));
    let mut codes = std::collections::BTreeSet::new();
    while begun.elapsed() < 60 * SECOND {
        let before = Instant::now();
        let error = sign_in.exchange_for_jwt(&jwt).await.unwrap_err();
        assert!(
            before.elapsed() <= 5 * SECOND,
            "a caller waits five seconds"
        );
        codes.insert(error.code());
        sleep(SECOND / 4).await;
    }

    assert!(sign_in.key_requests() <= 1 + 3 + 6);
    // Only after a fetch it is certain that no key fits.
    assert_eq!(
        codes.into_iter().collect::<Vec<_>>(),
        ["id_token.signature", "jwks.throttled"]
    );
}

/// A wrong signature with a known `kid` does not become valid later.
#[tokio::test(start_paused = true)]
async fn a_forged_signature_causes_one_fetch_and_no_wait() {
    let mut sign_in = before_a_rotation().await;
    sign_in.signer = Signer::es384("key-1");
    let begun = Instant::now();

    let error = sign_in.exchange_for(json!({})).await.unwrap_err();

    assert_eq!(error.code(), "id_token.signature");
    assert_eq!(sign_in.key_requests(), 2);
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

fn means_try_again(error: &Error) -> bool {
    error.is_transient() && matches!(error.kind(), ErrorKind::Provider | ErrorKind::Transport)
}

/// The signature may be valid, so the error must not say that it is not.
#[tokio::test(start_paused = true)]
async fn a_sign_in_without_keys_is_a_transient_error() {
    let sign_in = at_a_rotation().await;
    sign_in.op.answer("/jwks", 503, "");
    for _ in 0..3 {
        let error = sign_in.exchange_for(json!({})).await.unwrap_err();
        assert!(means_try_again(&error), "{error}");
        assert!(error.may_have_been_sent(), "the code is used up");
    }
    sign_in.op.publish_keys(&[&sign_in.signer]);
    sleep(5 * SECOND).await;
    let begun = Instant::now();

    sign_in.exchange_for(json!({})).await.unwrap();

    assert!(begun.elapsed() <= 5 * SECOND);
}

/// Without keys for the new ID token, the new refresh token is kept, because the old one is used up.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_finds_no_keys_keeps_the_new_refresh_token() {
    let sign_in = at_a_rotation().await;
    let jwt = sign_in.signer.sign(&sign_in.claims(json!({})));
    sign_in
        .op
        .answer("/token", 200, &token_response(&jwt).to_string());
    sign_in.op.answer("/jwks", 503, "");
    let claims = sign_in.claims(json!({})).to_string();
    let claims = Claims::from_json(claims.into()).unwrap();
    let request = RefreshRequest::new("the-old-one", &claims);

    let error = sign_in.relying_party.refresh(request).await.unwrap_err();

    assert!(means_try_again(error.error()), "{error}");
    assert_eq!(error.refresh_token(), Some("the-refresh-token"));
    sign_in.op.publish_keys(&[&sign_in.signer]);
    sleep(5 * SECOND).await;
    sign_in.relying_party.refresh(request).await.unwrap();
}
