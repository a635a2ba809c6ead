//! Which parts of a session are dropped if it is too large for its cookies.

use zeroize::Zeroizing;

use super::Session;
use super::access_token::{StoredAccessToken, Target};
use super::body::{Body, write_access_token};
use super::frame::padded_len;
use crate::format::codec::measure;
use crate::format::time::UnixMillis;

/// Which parts of a session that is too large may be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Droppable {
    /// Parts that can be obtained again, and the ID token, whose claims stay. If the rest does not fit, a
    /// sign-in fails, because the session would lack what the application needs.
    Replaceable,
    /// After a refresh also all access tokens, the newest one last, and then what a newer version of this crate
    /// stored: the old refresh token is no longer valid, so the new one must not be lost.
    AllButRefreshToken,
}

/// A session that fits into its cookies.
pub(crate) struct Fitted {
    pub(crate) session: Session,
    /// The bytes to seal.
    pub(crate) plaintext: Zeroizing<Vec<u8>>,
    /// The parts for which there was no room, as the codes of log lines and events.
    pub(crate) dropped: Vec<&'static str>,
}

/// Drops parts of a session, sealed at `now`, until its plaintext fits into `limit` bytes; none if there is room.
/// Returns `None` if it does not fit without all parts that may be dropped.
pub(crate) fn shrink_to_fit(
    session: &Session,
    limit: usize,
    droppable: Droppable,
    now: UnixMillis,
) -> Option<Fitted> {
    let (session, dropped) = shrink(session, limit, droppable, now)?;
    Some(Fitted {
        plaintext: session.encode(now),
        session,
        dropped,
    })
}

/// The same for a session that is not sealed now, so nothing is encoded. Returns the smaller session, and the
/// parts that would be dropped.
pub(crate) fn shrink(
    session: &Session,
    limit: usize,
    droppable: Droppable,
    now: UnixMillis,
) -> Option<(Session, Vec<&'static str>)> {
    let mut smaller = Shrinking::new(session, limit, now);
    smaller.drop_parts(droppable);
    let fits = smaller.fits();
    fits.then(|| (session.with_body(smaller.body), smaller.dropped))
}

/// Whether cookies that hold `limit` bytes will carry the token for `target` when the session is
/// written.
pub(crate) fn has_room_for_token(
    session: &Session,
    target: &Target,
    limit: usize,
    now: UnixMillis,
) -> bool {
    shrink(session, limit, Droppable::AllButRefreshToken, now)
        .is_some_and(|(smaller, _)| smaller.body.access_token(target).is_some())
}

/// A session from which parts are dropped, one after the other, while it does not fit.
struct Shrinking {
    body: Body,
    /// The length of the body. What a part takes is subtracted, so that many of them need not be measured each time.
    body_len: usize,
    frame_len: usize,
    limit: usize,
    dropped: Vec<&'static str>,
}

impl Shrinking {
    fn new(session: &Session, limit: usize, now: UnixMillis) -> Self {
        Self {
            body: session.body.clone(),
            body_len: measure(|writer| session.body.write(writer)),
            frame_len: measure(|writer| session.frame.sealed(now).write(writer)),
            limit,
            dropped: Vec::new(),
        }
    }

    fn fits(&self) -> bool {
        padded_len(self.frame_len.saturating_add(self.body_len)) <= self.limit
    }

    fn drop_parts(&mut self, droppable: Droppable) {
        let is_refreshed = droppable == Droppable::AllButRefreshToken;
        // After a refresh, the caller waits for the newest token.
        let kept = usize::from(is_refreshed);
        let candidates = self.body.access_tokens.len().saturating_sub(kept);
        self.drop_access_tokens("access_token_of_a_resource", |index, token| {
            index < candidates && !token.target.is_default()
        });
        self.drop_part("id_token", |body| body.id_token_hint.take().is_some());
        self.drop_part("user_info", |body| body.user_info.take().is_some());
        self.drop_part("id_token", |body| {
            let claims = body.identity.without_token();
            claims.map(|claims| body.identity = claims).is_some()
        });
        if is_refreshed {
            self.drop_access_tokens("access_token", |_, _| true);
            self.drop_part("unknown_field", |body| body.unknown.clear());
        }
    }

    /// Drops a part that a session has once. `drop_it` returns whether it was there.
    fn drop_part(&mut self, code: &'static str, drop_it: impl FnOnce(&mut Body) -> bool) {
        if !self.fits() && drop_it(&mut self.body) {
            self.body_len = measure(|writer| self.body.write(writer));
            self.dropped.push(code);
        }
    }

    /// Drops access tokens from the oldest on.
    fn drop_access_tokens(
        &mut self,
        code: &'static str,
        may_drop: impl Fn(usize, &StoredAccessToken) -> bool,
    ) {
        let tokens = std::mem::take(&mut self.body.access_tokens);
        for (index, token) in tokens.into_iter().enumerate() {
            if self.fits() || !may_drop(index, &token) {
                self.body.access_tokens.push(token);
                continue;
            }
            let length = measure(|writer| write_access_token(writer, &token));
            self.body_len = self.body_len.saturating_sub(length);
            self.dropped.push(code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::Identity;
    use super::super::sample;
    use super::super::token::StoredToken;
    use super::super::unknown_fields::COPIED;
    use super::*;
    use crate::format::codec::MEASURED;
    use bytes::Bytes;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);
    const ID_TOKEN: &str = "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhbGljZSJ9.c2ln";

    fn resource(name: &str) -> Target {
        Target {
            resource: Some(format!("https://{name}.example")),
            organization: None,
        }
    }

    /// A session with every part that can be dropped, each larger than the steps of the padding.
    fn full() -> Session {
        let session = sample::session("refresh", 0, NOW);
        let mut body = session.body.clone();
        let id_token = ID_TOKEN.to_owned() + &"c2ln".repeat(100);
        body.identity = Identity::IdToken(StoredToken::new(&id_token));
        body.id_token_hint = Some(StoredToken::new(&"h".repeat(400)));
        body.user_info = Some("u".repeat(200).into());
        for target in [resource("first"), Target::DEFAULT, resource("newest")] {
            let token = StoredAccessToken::new(target, &"t".repeat(400), None);
            body.put_access_token(token);
        }
        body.unknown
            .read(COPIED, Bytes::from_static(&[0; 100]))
            .unwrap();
        session.with_body(body)
    }

    /// The session without all that may be dropped, and the order in which it was.
    fn smallest(session: &Session, droppable: Droppable) -> (Session, Vec<&'static str>) {
        let mut smallest = Shrinking::new(session, 0, NOW);
        smallest.drop_parts(droppable);
        (session.with_body(smallest.body), smallest.dropped)
    }

    #[test]
    fn parts_are_dropped_in_the_order_in_which_they_can_be_replaced() {
        let replaceable = [
            "access_token_of_a_resource",
            "access_token_of_a_resource",
            "id_token",
            "user_info",
            "id_token",
        ];
        let (_, order) = smallest(&full(), Droppable::Replaceable);
        assert_eq!(order, replaceable);

        let after_a_refresh = [
            "access_token_of_a_resource",
            "id_token",
            "user_info",
            "id_token",
            "access_token",
            "access_token",
            "unknown_field",
        ];
        let (_, order) = smallest(&full(), Droppable::AllButRefreshToken);
        assert_eq!(order, after_a_refresh);
    }

    #[test]
    fn a_session_that_fits_stays_whole_and_is_encoded_once() {
        let session = full();
        let limit = session.plaintext_len(NOW);

        let fitted = shrink_to_fit(&session, limit, Droppable::Replaceable, NOW).unwrap();

        assert!(fitted.dropped.is_empty());
        assert_eq!(fitted.plaintext.as_slice(), session.encode(NOW).as_slice());
    }

    #[test]
    fn no_more_is_dropped_than_the_limit_demands() {
        let limit = full().plaintext_len(NOW) - 1;

        let fitted = shrink_to_fit(&full(), limit, Droppable::Replaceable, NOW).unwrap();

        assert_eq!(fitted.dropped, ["access_token_of_a_resource"]);
        assert!(fitted.plaintext.len() <= limit);
        let body = &fitted.session.body;
        assert!(body.access_token(&resource("first")).is_none());
        assert!(body.access_token(&resource("newest")).is_some());
    }

    #[test]
    fn the_refresh_token_and_the_claims_remain_of_a_refreshed_session() {
        let (smallest, _) = smallest(&full(), Droppable::AllButRefreshToken);
        let limit = smallest.plaintext_len(NOW);

        let fitted = shrink_to_fit(&full(), limit, Droppable::AllButRefreshToken, NOW).unwrap();

        let body = &fitted.session.body;
        assert!(body.access_tokens.is_empty());
        assert_eq!(
            body.refresh_token.as_ref().unwrap().text().as_str(),
            "refresh"
        );
        assert_eq!(body.identity.claims().unwrap(), r#"{"sub":"alice"}"#);
    }

    #[test]
    fn a_session_that_cannot_shrink_enough_does_not_fit() {
        for droppable in [Droppable::Replaceable, Droppable::AllButRefreshToken] {
            let (smallest, _) = smallest(&full(), droppable);
            let too_small = smallest.plaintext_len(NOW) - 1;

            assert!(shrink_to_fit(&full(), too_small, droppable, NOW).is_none());
        }
    }

    #[test]
    fn the_newest_token_finds_room_before_older_ones() {
        let limit = full().plaintext_len(NOW) - 1;

        assert!(has_room_for_token(&full(), &resource("newest"), limit, NOW));
        assert!(!has_room_for_token(&full(), &resource("first"), limit, NOW));
        assert!(!has_room_for_token(&full(), &resource("newest"), 64, NOW));
    }

    #[test]
    fn for_every_limit_the_fewest_parts_are_dropped() {
        for droppable in [Droppable::Replaceable, Droppable::AllButRefreshToken] {
            let (smallest, order) = smallest(&full(), droppable);
            let largest = full().plaintext_len(NOW);
            let mut lengths = vec![largest];
            for limit in (smallest.plaintext_len(NOW)..largest).rev() {
                let (smaller, dropped) = shrink(&full(), limit, droppable, NOW).unwrap();

                let length = smaller.plaintext_len(NOW);
                assert!(length <= limit);
                assert_eq!(dropped, order[..dropped.len()]);
                if dropped.len() == lengths.len() {
                    lengths.push(length);
                }
                // With one part less it would not fit.
                assert!(lengths[dropped.len() - 1] > limit, "{limit}");
            }
            assert_eq!(lengths.len(), order.len() + 1);
        }
    }

    /// A session with this many tokens of resources.
    fn with_tokens(count: usize) -> Session {
        let mut session = full();
        for number in 0..count {
            let target = resource(&number.to_string());
            let token = StoredAccessToken::new(target, &"t".repeat(400), None);
            session.body.put_access_token(token);
        }
        session
    }

    #[test]
    fn twice_as_many_tokens_are_measured_twice_as_often() {
        let measured = |count| {
            let session = with_tokens(count);
            let before = MEASURED.get();
            let (smaller, dropped) =
                shrink(&session, 2000, Droppable::AllButRefreshToken, NOW).unwrap();
            assert!(smaller.plaintext_len(NOW) <= 2000 && dropped.len() >= count);
            MEASURED.get() - before
        };

        let (once, twice) = (measured(200), measured(400));

        assert!(twice < 2 * once + once / 4, "{once} and {twice} bytes");
    }
}
