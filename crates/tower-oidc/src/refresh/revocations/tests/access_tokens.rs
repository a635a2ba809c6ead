//! The access tokens of a session that has ended, where the settings say that they are revoked too.

use super::*;
use crate::refresh::RevokeAtSignOut;
use crate::session::access_token::{StoredAccessToken, Target};

const MINUTE: Duration = Duration::from_secs(60);

fn stage() -> Stage {
    Stage::with(|auth| auth.revoke_at_sign_out(RevokeAtSignOut::AllTokens))
}

/// Ends a session with this many access tokens, which are valid for a minute.
async fn end(stage: &Stage, number: usize, access_tokens: usize) {
    let provider = &stage.shared.providers.with_id("main").unwrap().provider;
    let now = stage.shared.persistence.now();
    let session = sample::numbered(number, "token", 0, now);
    let session = sample::at_provider(&session, provider);
    let mut body = session.body.clone();
    for number in 0..access_tokens {
        let target = Target {
            resource: Some(format!("https://api.example/{number}")),
            organization: None,
        };
        let expires_at = Some(now.plus(MINUTE).to_system_time());
        let token = StoredAccessToken::new(target, "access", expires_at);
        body.access_tokens.push(token);
    }
    let session = Arc::new(session.with_body(body));
    stage.shared.refresher.end(&session).await;
}

#[tokio::test(start_paused = true)]
async fn all_access_tokens_of_a_session_are_revoked_after_its_refresh_token() {
    let stage = stage();
    stage.revoker.answer(200);

    end(&stage, 1, 40).await;

    assert_eq!((stage.revoker.revoked(), stage.waiting()), (41, 0));
}

#[tokio::test(start_paused = true)]
async fn if_the_provider_is_down_few_access_tokens_are_sent_and_all_wait() {
    let stage = stage();

    end(&stage, 1, 40).await;

    assert_eq!(stage.revoker.seconds().len(), 1 + MAX_AT_ONCE);
    assert_eq!(stage.waiting(), 41);
    stage.revoker.answer(200);
    tokio::time::sleep(FIRST_PAUSE * 2).await;
    assert_eq!((stage.revoker.revoked(), stage.waiting()), (41, 0));
    assert!(stage.reasons().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_revocation_of_an_access_token_waits_until_it_has_expired() {
    let stage = stage();
    end(&stage, 1, 3).await;
    assert_eq!(stage.waiting(), 4);
    stage.clock.0.store(61_000, Ordering::SeqCst);

    tokio::time::sleep(FIRST_PAUSE * 2).await;

    assert_eq!(stage.waiting(), 1, "the refresh token");
    assert!(stage.reasons().is_empty());
}

#[tokio::test(start_paused = true)]
async fn access_tokens_leave_half_of_the_room_for_refresh_tokens() {
    let stage = stage();
    for number in 0..MAX_WAITING / 2 {
        stage.end(number).await;
    }

    end(&stage, MAX_WAITING, 2).await;

    assert_eq!(stage.waiting(), MAX_WAITING / 2 + 1);
    assert_eq!(stage.reasons(), ["too_many"; 2]);
}
