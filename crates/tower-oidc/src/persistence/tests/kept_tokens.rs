//! An access token that no cookie has room for is kept in memory, for its session alone.

use super::*;
use crate::format::manual_clock::ManualClock;
use crate::session::access_token::StoredAccessToken;

/// Fits into no cookie beside the rest of a session.
const LENGTH: usize = 6_000;

fn with_token(session: &Session, clock: &ManualClock, life: Duration) -> Session {
    with_token_of(LENGTH, session, clock, life)
}

fn with_token_of(length: usize, session: &Session, clock: &ManualClock, life: Duration) -> Session {
    let expires_at = UnixMillis::of(clock.now()).plus(life).to_system_time();
    let token = StoredAccessToken::new(Target::DEFAULT, &"t".repeat(length), Some(expires_at));
    let mut body = session.body.clone();
    body.put_access_token(token);
    session.with_body(body)
}

/// Writes a session, and returns what the browser sends back.
fn written(persistence: &SessionPersistence, session: &Session) -> ReceivedCookie {
    let written = persistence.write(session, None, Droppable::AllButRefreshToken);
    sent_back(written.unwrap().cookies, persistence)
}

/// A session whose token, valid for an hour, is in memory alone.
fn session_with_kept_token(
    persistence: &SessionPersistence,
    clock: &ManualClock,
) -> (Session, ReceivedCookie) {
    let session = sample::session("refresh", 0, persistence.now());
    let session = with_token(&session, clock, HOUR);
    let received = written(persistence, &session);
    assert!(has_token(persistence, &received));
    (session, received)
}

fn has_token(persistence: &SessionPersistence, received: &ReceivedCookie) -> bool {
    let opened = persistence.open_without_stores(received).unwrap();
    opened.with_token.is_some()
}

#[tokio::test(start_paused = true)]
async fn a_token_that_no_cookie_has_room_for_is_kept_until_it_expires() {
    let (persistence, clock) = persistence(1);
    let (session, received) = session_with_kept_token(&persistence, &clock);

    let opened = persistence.open_without_stores(&received).unwrap();

    let token = |session: &Session| {
        let stored = session.body.access_token(&Target::DEFAULT);
        stored.map(|stored| stored.token.text().to_string())
    };
    assert_eq!(token(&opened.with_token.unwrap()), token(&session));
    assert_eq!(
        token(&opened.session),
        None,
        "data are refused if it had to fit"
    );
    assert!(!opened.is_outdated, "the cookie need not be written again");
    // In this time the memory forgets a session that no request needs.
    clock.advance(HOUR - Duration::from_millis(1));
    tokio::time::sleep(HOUR / 10).await;
    assert!(has_token(&persistence, &received));
    clock.advance(Duration::from_millis(1));
    assert!(!has_token(&persistence, &received));
}

/// The characters of its token are stored at six bits each.
#[test]
fn a_token_of_more_than_32_kib_is_not_kept() {
    for (length, is_kept) in [(43_690, true), (43_692, false)] {
        let (persistence, clock) = persistence(1);
        let session = sample::session("refresh", 0, persistence.now());
        let session = with_token_of(length, &session, &clock, HOUR);

        let received = written(&persistence, &session);

        assert_eq!(has_token(&persistence, &received), is_kept, "{length}");
    }
}

#[test]
fn another_session_does_not_get_the_token() {
    let (persistence, clock) = persistence(1);
    session_with_kept_token(&persistence, &clock);

    for other in [
        sample::numbered(2, "refresh", 0, persistence.now()),
        // What another instance refreshed.
        sample::session("refreshed", 1, persistence.now()),
    ] {
        let received = written(&persistence, &other);
        assert!(!has_token(&persistence, &received));
    }
}

/// `clear_access_tokens` at another instance, for example.
#[test]
fn a_token_does_not_come_back_after_another_instance_wrote_the_session_later() {
    let (here, clock) = persistence(1);
    let (session, _) = session_with_kept_token(&here, &clock);
    let (there, _) = persistence(1);

    let received = written(&there, &session.without_access_tokens(there.now()));

    assert!(!has_token(&here, &received));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_takes_its_token_along() {
    let (persistence, clock) = persistence(1);
    let (session, received) = session_with_kept_token(&persistence, &clock);

    persistence.refresher.end(&Arc::new(session)).await;

    assert!(!has_token(&persistence, &received));
}

#[test]
fn a_token_that_fits_again_is_not_kept_longer_than_the_session() {
    let (persistence, clock) = persistence(1);
    let (session, _) = session_with_kept_token(&persistence, &clock);
    let later = persistence.now().plus(HOUR / 2);
    let mut body = session.body.clone();
    body.access_tokens.clear();
    body.put_access_token(StoredAccessToken::new(Target::DEFAULT, "short", None));
    let smaller = session.with_body(body);

    written(&persistence, &smaller);

    clock.set(later);
    assert!(persistence.refresher.newest_for(&smaller).is_none());
}
