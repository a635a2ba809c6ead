use std::time::Duration;

use sealed_cookie::ReceivedCookie;

use super::sample::{DAY, HOUR, persistence, sent_back};
use super::sessions::Sessions;
use super::writing::NotWritten;
use super::*;
use crate::event::AuthEventKind;
use crate::session::access_token::{StoredAccessToken, Target};
use crate::session::frame::ProviderId;
use crate::session::not_signed_in::NotSignedIn;
use crate::session::shrink::Droppable;
use crate::session::{Session, sample};

fn written(persistence: &SessionPersistence, session: &Session) -> ReceivedCookie {
    let written = persistence.write(session, None, Droppable::Replaceable);
    sent_back(written.unwrap().cookies, persistence)
}

fn refused(persistence: &SessionPersistence, received: &ReceivedCookie) -> Option<NotSignedIn> {
    persistence.open_without_stores(received).err()
}

#[test]
fn a_written_session_opens_again_until_it_ends() {
    let (persistence, clock) = persistence(2);
    let session = sample::session("token", 3, persistence.now());
    let received = written(&persistence, &session);

    let opened = persistence.open_without_stores(&received).unwrap();

    assert_eq!(opened.session.frame.generation, 3);
    assert!(!opened.is_outdated);
    clock.advance(DAY);
    // The sample session ends after a day.
    let expired = Some(NotSignedIn::AbsoluteExpired);
    assert_eq!(refused(&persistence, &received), expired);
}

#[tokio::test]
async fn an_ended_session_is_neither_opened_nor_written() {
    let (persistence, _) = persistence(2);
    let session = sample::session("token", 0, persistence.now());
    let received = written(&persistence, &session);

    persistence
        .end(&session, AuthEventKind::SignedOut, None)
        .await;

    let signed_out = Some(NotSignedIn::SignedOut);
    assert_eq!(refused(&persistence, &received), signed_out);
    let rewritten = persistence.write(&session, None, Droppable::Replaceable);
    assert!(matches!(rewritten, Err(NotWritten::Ended)));
}

#[test]
fn a_session_of_another_provider_is_not_opened() {
    let (persistence, _) = persistence(2);
    let theirs = sample::session("token", 0, persistence.now());
    let mut frame = theirs.frame;
    frame.provider = ProviderId([9; 8]);
    let theirs = Session::new(frame, theirs.body.clone());

    let received = written(&persistence, &theirs);

    let other = Some(NotSignedIn::OtherProvider);
    assert_eq!(refused(&persistence, &received), other);
}

#[test]
fn a_session_that_is_too_large_is_written_without_what_can_be_dropped() {
    let (persistence, _) = persistence(1);
    let session = sample::session("token", 0, persistence.now());
    let mut body = session.body.clone();
    for name in ["first", "second"] {
        let target = Target {
            resource: Some(name.to_owned()),
            organization: None,
        };
        body.put_access_token(StoredAccessToken::new(target, &"t".repeat(3_000), None));
    }
    let session = session.with_body(body);

    let written = persistence.write(&session, None, Droppable::Replaceable);

    let written = written.unwrap();
    assert_eq!(written.session.body.access_tokens.len(), 1);
    let opened = persistence.open_without_stores(&sent_back(written.cookies, &persistence));
    assert_eq!(opened.unwrap().session.body.access_tokens.len(), 1);
}

#[test]
fn a_session_that_cannot_shrink_enough_is_not_written() {
    let (persistence, _) = persistence(1);
    let session = sample::session(&"t".repeat(6_000), 0, persistence.now());

    let written = persistence.write(&session, None, Droppable::AllButRefreshToken);

    assert!(matches!(written, Err(NotWritten::TooLarge(_))));
}

#[test]
fn after_a_minute_the_browser_may_have_a_newer_session_than_was_opened() {
    let (persistence, clock) = persistence(2);
    let session = sample::session("token", 0, persistence.now());
    let opened = persistence
        .open_without_stores(&written(&persistence, &session))
        .unwrap();

    clock.advance(Duration::from_millis(59_999));
    assert!(!opened.may_be_superseded(persistence.now()));
    clock.advance(Duration::from_millis(1));
    assert!(opened.may_be_superseded(persistence.now()));
    assert!(persistence.renewal_due(&session.frame, persistence.now().plus(HOUR * 6)));
}

mod kept_tokens;
