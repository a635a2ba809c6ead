//! Which parts of a session are dropped if it is too large for its cookies.

use zeroize::Zeroizing;

use super::Session;
use super::access_token::Target;
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
    let mut smaller = session.with_body(session.body.clone());
    let mut dropped = Vec::new();
    while smaller.plaintext_len(now) > limit {
        dropped.push(drop_next(&mut smaller, droppable)?);
    }
    Some((smaller, dropped))
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

/// Drops the next part, and returns its code; `None` if nothing more may be dropped.
fn drop_next(session: &mut Session, droppable: Droppable) -> Option<&'static str> {
    let mut body = session.body.clone();
    // After a refresh, the caller waits for the newest token.
    let kept = usize::from(droppable == Droppable::AllButRefreshToken);
    let candidates = body.access_tokens.len().saturating_sub(kept);
    let part = if let Some(index) = body
        .access_tokens
        .iter()
        .take(candidates)
        .position(|stored| !stored.target.is_default())
    {
        body.access_tokens.remove(index);
        "access_token_of_a_resource"
    } else if body.id_token_hint.take().is_some() {
        "id_token"
    } else if body.user_info.take().is_some() {
        "user_info"
    } else if let Some(claims) = body.identity.without_token() {
        body.identity = claims;
        "id_token"
    } else if droppable == Droppable::AllButRefreshToken && !body.access_tokens.is_empty() {
        body.access_tokens.remove(0);
        "access_token"
    } else if droppable == Droppable::AllButRefreshToken && body.unknown.clear() {
        "unknown_field"
    } else {
        return None;
    };
    *session = session.with_body(body);
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::super::access_token::StoredAccessToken;
    use super::super::body::Identity;
    use super::super::sample;
    use super::super::token::StoredToken;
    use super::super::unknown_fields::COPIED;
    use super::*;
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
        body.identity = Identity::IdToken(StoredToken::new(ID_TOKEN));
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

    /// What is dropped one after the other until nothing more may be.
    fn order(mut session: Session, droppable: Droppable) -> Vec<&'static str> {
        std::iter::from_fn(|| drop_next(&mut session, droppable)).collect()
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
        assert_eq!(order(full(), Droppable::Replaceable), replaceable);

        let after_a_refresh = [
            "access_token_of_a_resource",
            "id_token",
            "user_info",
            "id_token",
            "access_token",
            "access_token",
            "unknown_field",
        ];
        assert_eq!(
            order(full(), Droppable::AllButRefreshToken),
            after_a_refresh
        );
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
        let mut smallest = full();
        while drop_next(&mut smallest, Droppable::AllButRefreshToken).is_some() {}
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
            let mut smallest = full();
            while drop_next(&mut smallest, droppable).is_some() {}
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
}
