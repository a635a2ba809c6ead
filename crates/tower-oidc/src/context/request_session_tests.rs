use super::*;
use crate::event::AuthEventKind;
use crate::format::manual_clock::ManualClock;
use crate::persistence::SessionPersistence;
use crate::persistence::sample::{HOUR, fields_sent_back, persistence, sent_back};
use crate::refresh::SessionHandle;
use crate::session::sample;
use crate::session::shrink::Droppable;

struct Setup {
    persistence: Arc<SessionPersistence>,
    clock: Arc<ManualClock>,
    session: Arc<Session>,
}

impl Setup {
    fn new() -> Self {
        let (persistence, clock) = persistence(2);
        let session = sample::session("token", 0, persistence.now());
        Self {
            persistence,
            clock,
            session,
        }
    }

    /// A request whose browser sends the session.
    fn request(&self) -> RequestSession {
        let written = self
            .persistence
            .write(&self.session, None, Droppable::Replaceable);
        let fields = fields_sent_back(written.ok().unwrap().cookies);
        RequestSession::new(self.sessions(), fields, None, false)
    }

    fn sessions(&self) -> Arc<dyn Sessions> {
        Arc::<SessionPersistence>::clone(&self.persistence)
    }

    fn handle(&self) -> Arc<SessionHandle> {
        self.persistence.refresher.hold(&self.session)
    }

    fn set_data(&self, request: &RequestSession, data: &'static [u8]) -> bool {
        let data = Some(Bytes::from_static(data));
        let now = self.persistence.now();
        let with = Arc::new(self.session.with_data(data.clone(), now));
        request.set_data(with, data, self.handle()).is_ok()
    }
}

/// The cookies for the response's head, if it has to write the session.
fn cookies(request: &RequestSession, renewal: Renewal) -> Option<SetCookies> {
    match request.write(renewal) {
        HeadWrite::Nothing => None,
        HeadWrite::Cookies(cookies) => Some(cookies),
        HeadWrite::Store(_) => panic!("there is no store"),
    }
}

/// The session that the browser has after these cookies.
fn stored(setup: &Setup, cookies: SetCookies) -> Arc<Session> {
    let received = sent_back(cookies, &setup.persistence);
    setup
        .persistence
        .open_without_stores(&received)
        .ok()
        .unwrap()
        .session
}

#[test]
fn a_session_that_nobody_looked_at_is_not_opened_and_not_written() {
    let setup = Setup::new();
    let request = setup.request();
    setup.clock.advance(HOUR * 7);

    assert!(cookies(&request, Renewal::IfDue).is_none());
    assert!(request.if_opened().is_none());
}

#[test]
fn an_unchanged_session_is_written_when_its_renewal_is_due() {
    let setup = Setup::new();
    for (age, is_written) in [(HOUR, false), (HOUR * 7, true)] {
        let request = setup.request();
        setup.clock.advance(age);
        assert!(request.open().is_ok());

        assert_eq!(cookies(&request, Renewal::IfDue).is_some(), is_written);
    }
    let request = setup.request();
    setup.clock.advance(HOUR * 7);
    assert!(request.open().is_ok());
    assert!(cookies(&request, Renewal::Never).is_none());
}

#[test]
fn a_response_that_takes_over_a_minute_repeats_nothing() {
    let setup = Setup::new();
    let request = setup.request();
    setup.clock.advance(HOUR * 7);
    assert!(request.open().is_ok());
    setup.clock.advance(std::time::Duration::from_secs(60));

    assert!(cookies(&request, Renewal::IfDue).is_none());
}

#[test]
fn a_change_is_written_however_long_the_response_takes() {
    let setup = Setup::new();
    let request = setup.request();
    assert!(request.open().is_ok());
    assert!(setup.set_data(&request, b"7"));
    setup.clock.advance(HOUR);

    let cookies = cookies(&request, Renewal::Never).unwrap();

    let stored = stored(&setup, cookies);
    assert_eq!(stored.body.data.as_deref(), Some(&b"7"[..]));
}

#[tokio::test]
async fn a_session_that_ended_while_the_handler_worked_is_not_written() {
    let setup = Setup::new();
    let request = setup.request();
    assert!(request.open().is_ok());
    assert!(setup.set_data(&request, b"7"));

    setup
        .persistence
        .end(&setup.session, AuthEventKind::SignedOut, None)
        .await;

    assert!(cookies(&request, Renewal::IfDue).is_none());
    assert!(!request.will_persist(&setup.session, &Target::DEFAULT));
}

#[test]
fn after_the_head_data_are_refused_and_the_session_is_unchanged() {
    let setup = Setup::new();
    let request = setup.request();
    assert!(setup.set_data(&request, b"7"));
    request.close();
    assert!(request.changed().is_some());
    let closed = setup.request();
    closed.close();

    assert!(!setup.set_data(&closed, b"7"));

    assert!(closed.changed().is_none());
    assert!(closed.cannot_be_written());
}

#[test]
fn a_newer_session_keeps_the_data_that_the_request_set() {
    let setup = Setup::new();
    let request = setup.request();
    assert!(setup.set_data(&request, b"7"));
    let newer = sample::session("newer", 1, setup.persistence.now());

    let replaced = request.replace_session(&newer, setup.handle());

    assert_eq!(replaced.frame.generation, 1);
    assert_eq!(replaced.body.data.as_deref(), Some(&b"7"[..]));
    assert_eq!(request.current().unwrap().frame.generation, 1);
}

#[test]
fn a_refused_request_has_no_session_whatever_its_cookie_says() {
    let (persistence, _) = persistence(2);
    let reason = NotSignedIn::ForeignOrigin;

    let request = RequestSession::new(persistence, CookieFields::default(), Some(reason), false);

    assert_eq!(request.open().err(), Some(reason));
    assert!(request.current().is_none());
}
