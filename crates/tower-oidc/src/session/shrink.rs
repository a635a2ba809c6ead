//! Which parts of a session are dropped if it is too large for its cookies.

use super::Session;
use super::access_token::Target;
use super::body::Body;
use super::room::{Compression, Room};
use crate::format::time::UnixMillis;
use crate::format::wiped::Wiped;

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
    pub(crate) plaintext: Wiped,
    /// The parts for which there was no room, as the codes of log lines and events.
    pub(crate) dropped: Vec<&'static str>,
}

/// Drops parts of a session, sealed at `now`, until its plaintext fits into the room: one cookie, if that is enough
/// for all that cannot be obtained again, and otherwise all that are allowed. None is dropped if there is room.
/// Returns `None` if it does not fit without all parts that may be dropped.
pub(crate) fn shrink_to_fit(
    session: &Session,
    room: &Room,
    droppable: Droppable,
    now: UnixMillis,
) -> Option<Fitted> {
    let steps = Steps::new(session, droppable);
    let within = |limit, dropped| steps.within(limit, session, dropped, room, now);
    let whole = within(room.allowed, 0);
    let is_one_cookie = |fitted: &Fitted| fitted.plaintext.len() <= room.preferred;
    if whole.as_ref().is_some_and(is_one_cookie) {
        return whole;
    }
    if let Some(smallest) = within(room.preferred, steps.replaceable) {
        let fewest = |dropped| within(room.preferred, dropped);
        return Some(fewest_dropped(steps.replaceable, smallest, fewest));
    }
    if whole.is_some() {
        return whole;
    }
    let smallest = within(room.allowed, steps.all.len())?;
    let fewest = |dropped| within(room.allowed, dropped);
    Some(fewest_dropped(steps.all.len(), smallest, fewest))
}

/// Looks for the session that fits with the fewest parts dropped. `all` of them are dropped from `smallest`, which fits.
/// The numbers are not tried one by one, because each needs an encoding.
fn fewest_dropped(
    all: usize,
    smallest: Fitted,
    within: impl Fn(usize) -> Option<Fitted>,
) -> Fitted {
    let (mut too_few, mut enough, mut best) = (0, all, smallest);
    while enough.saturating_sub(too_few) > 1 {
        let middle = too_few.midpoint(enough);
        match within(middle) {
            Some(candidate) => (enough, best) = (middle, candidate),
            None => too_few = middle,
        }
    }
    best
}

/// The same for a session that is not sealed now. Returns the smaller session, and the parts that would be dropped.
pub(crate) fn shrink(
    session: &Session,
    room: &Room,
    droppable: Droppable,
    now: UnixMillis,
) -> Option<(Session, Vec<&'static str>)> {
    // A packed block is never longer than the block, and to pack one takes long.
    if session.fits(room.preferred, now, Compression::Off) {
        return Some((session.with_body(session.body.clone()), Vec::new()));
    }
    let fitted = shrink_to_fit(session, room, droppable, now)?;
    Some((fitted.session, fitted.dropped))
}

/// Whether cookies with this room will carry the token for `target` when the session is written.
pub(crate) fn has_room_for_token(
    session: &Session,
    target: &Target,
    room: &Room,
    now: UnixMillis,
) -> bool {
    shrink(session, room, Droppable::AllButRefreshToken, now)
        .is_some_and(|(smaller, _)| smaller.body.access_token(target).is_some())
}

/// A part of a body that may be dropped.
#[derive(Clone, Copy)]
enum Part {
    /// The access token at this place.
    AccessToken(usize),
    IdTokenHint,
    UserInfo,
    /// The ID token, whose claims stay.
    IdToken,
    UnknownFields,
}

/// The parts that may be dropped, in the order in which they are.
struct Steps {
    all: Vec<(Part, &'static str)>,
    /// How many of them can be obtained again.
    replaceable: usize,
}

impl Steps {
    fn new(session: &Session, droppable: Droppable) -> Self {
        let body = &session.body;
        let is_refreshed = droppable == Droppable::AllButRefreshToken;
        // After a refresh, the caller waits for the newest token.
        let kept = usize::from(is_refreshed);
        let candidates = body.access_tokens.len().saturating_sub(kept);
        let tokens = body.access_tokens.iter().enumerate();
        let (of_resources, others): (Vec<_>, Vec<_>) =
            tokens.partition(|(index, token)| *index < candidates && !token.target.is_default());
        let mut all: Vec<(Part, &'static str)> = of_resources
            .into_iter()
            .map(|(index, _)| (Part::AccessToken(index), "access_token_of_a_resource"))
            .collect();
        let once = [
            (Part::IdTokenHint, "id_token", body.id_token_hint.is_some()),
            (Part::UserInfo, "user_info", body.user_info.is_some()),
            (
                Part::IdToken,
                "id_token",
                body.identity.without_token().is_some(),
            ),
        ];
        all.extend(
            once.into_iter()
                .filter(|(_, _, is_there)| *is_there)
                .map(|(part, code, _)| (part, code)),
        );
        let replaceable = all.len();
        if is_refreshed {
            all.extend(
                others
                    .into_iter()
                    .map(|(index, _)| (Part::AccessToken(index), "access_token")),
            );
            if !body.unknown.is_empty() {
                all.push((Part::UnknownFields, "unknown_field"));
            }
        }
        Self { all, replaceable }
    }

    /// The session without the first parts, if it fits into `limit` bytes.
    fn within(
        &self,
        limit: usize,
        session: &Session,
        dropped: usize,
        room: &Room,
        now: UnixMillis,
    ) -> Option<Fitted> {
        let dropped = self.all.get(..dropped).unwrap_or(&self.all);
        let mut body = session.body.clone();
        for (part, _) in dropped {
            drop_part(&mut body, *part);
        }
        drop_access_tokens(&mut body, dropped);
        let session = session.with_body(body);
        Some(Fitted {
            plaintext: session.encode_within(limit, now, room.compression)?,
            session,
            dropped: dropped.iter().map(|(_, code)| *code).collect(),
        })
    }
}

fn drop_part(body: &mut Body, part: Part) {
    match part {
        Part::AccessToken(_) => {}
        Part::IdTokenHint => body.id_token_hint = None,
        Part::UserInfo => body.user_info = None,
        Part::IdToken => {
            if let Some(claims) = body.identity.without_token() {
                body.identity = claims;
            }
        }
        Part::UnknownFields => body.unknown.clear(),
    }
}

fn drop_access_tokens(body: &mut Body, dropped: &[(Part, &'static str)]) {
    let mut is_kept = vec![true; body.access_tokens.len()];
    for (part, _) in dropped {
        if let Part::AccessToken(index) = part
            && let Some(is_kept) = is_kept.get_mut(*index)
        {
            *is_kept = false;
        }
    }
    let mut is_kept = is_kept.into_iter();
    body.access_tokens
        .retain(|_| is_kept.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::super::access_token::StoredAccessToken;
    use super::super::block::PACKED_BLOCKS;
    use super::super::body::Identity;
    use super::super::fields::{Buffers, Content};
    use super::super::sample;
    use super::super::token::StoredToken;
    use super::super::unknown_fields::COPIED;
    use super::*;
    use crate::format::codec::MEASURED;

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
        let unknown = Buffers::of(&[], &[0; 100]);
        let content = Content::all_of(&unknown);
        body.unknown.read(COPIED, content).unwrap();
        session.with_body(body)
    }

    /// Room for this many bytes that are not compressed, so that the length of each part is known.
    fn room(allowed: usize) -> Room {
        Room::of(allowed, Compression::Off)
    }

    fn length(session: &Session) -> usize {
        session.encode(NOW, Compression::Off).len()
    }

    /// The session without all that may be dropped, and the order in which it was.
    fn smallest(session: &Session, droppable: Droppable) -> (Session, Vec<&'static str>) {
        let steps = Steps::new(session, droppable);
        let fitted = steps.within(usize::MAX, session, steps.all.len(), &room(0), NOW);
        let fitted = fitted.unwrap();
        (fitted.session, fitted.dropped)
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
    fn a_session_that_fits_stays_whole() {
        let session = full();
        let limit = length(&session);

        let fitted = shrink_to_fit(&session, &room(limit), Droppable::Replaceable, NOW).unwrap();

        assert!(fitted.dropped.is_empty());
        let whole = session.encode(NOW, Compression::Off);
        assert_eq!(fitted.plaintext.as_ref(), whole.as_ref());
    }

    #[test]
    fn no_more_is_dropped_than_the_limit_demands() {
        let limit = length(&full()) - 1;

        let fitted = shrink_to_fit(&full(), &room(limit), Droppable::Replaceable, NOW).unwrap();

        assert_eq!(fitted.dropped, ["access_token_of_a_resource"]);
        assert!(fitted.plaintext.len() <= limit);
        let body = &fitted.session.body;
        assert!(body.access_token(&resource("first")).is_none());
        assert!(body.access_token(&resource("newest")).is_some());
    }

    #[test]
    fn the_refresh_token_and_the_claims_remain_of_a_refreshed_session() {
        let (smallest, _) = smallest(&full(), Droppable::AllButRefreshToken);
        let limit = length(&smallest);

        let fitted =
            shrink_to_fit(&full(), &room(limit), Droppable::AllButRefreshToken, NOW).unwrap();

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
            let too_small = length(&smallest) - 1;

            assert!(shrink_to_fit(&full(), &room(too_small), droppable, NOW).is_none());
        }
    }

    #[test]
    fn the_newest_token_finds_room_before_older_ones() {
        let limit = length(&full()) - 1;

        assert!(has_room_for_token(
            &full(),
            &resource("newest"),
            &room(limit),
            NOW
        ));
        assert!(!has_room_for_token(
            &full(),
            &resource("first"),
            &room(limit),
            NOW
        ));
        assert!(!has_room_for_token(
            &full(),
            &resource("newest"),
            &room(64),
            NOW
        ));
    }

    #[test]
    fn for_every_limit_the_fewest_parts_are_dropped() {
        for droppable in [Droppable::Replaceable, Droppable::AllButRefreshToken] {
            let (smallest, order) = smallest(&full(), droppable);
            let largest = length(&full());
            let mut lengths = vec![largest];
            for limit in (length(&smallest)..largest).rev() {
                let (smaller, dropped) = shrink(&full(), &room(limit), droppable, NOW).unwrap();

                let length = length(&smaller);
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

    #[test]
    fn a_session_that_fits_without_compression_is_packed_once_to_be_written_and_never_to_decide() {
        let session = full();
        let fits_at_once = Room::of(length(&session), Compression::On);
        let packed = |work: &dyn Fn()| {
            let before = PACKED_BLOCKS.get();
            work();
            PACKED_BLOCKS.get() - before
        };

        let decided = packed(&|| {
            let (whole, dropped) =
                shrink(&session, &fits_at_once, Droppable::Replaceable, NOW).unwrap();
            assert!(dropped.is_empty());
            assert_eq!(length(&whole), length(&session));
            let newest = resource("newest");
            assert!(has_room_for_token(&session, &newest, &fits_at_once, NOW));
        });
        let written = packed(&|| {
            let fitted = shrink_to_fit(&session, &fits_at_once, Droppable::Replaceable, NOW);
            assert!(fitted.unwrap().dropped.is_empty());
        });

        assert_eq!((decided, written), (0, 1));
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

    /// Two thousand tokens would take a thousand encodings, if they were dropped one by one.
    #[test]
    fn twice_as_many_tokens_need_one_encoding_more() {
        let measured = |count| {
            let session = with_tokens(count);
            let before = MEASURED.get();
            let (smaller, dropped) =
                shrink(&session, &room(2000), Droppable::AllButRefreshToken, NOW).unwrap();
            assert!(length(&smaller) <= 2000 && dropped.len() >= count);
            MEASURED.get() - before
        };

        let (once, twice) = (measured(200), measured(400));

        assert!(twice < 3 * once, "{once} and {twice} bytes");
    }

    #[test]
    fn what_can_be_obtained_again_is_dropped_to_reach_one_cookie() {
        let (smallest, order) = smallest(&full(), Droppable::Replaceable);
        let preferred = length(&smallest);
        let room = Room {
            preferred,
            allowed: 4 * preferred,
            compression: Compression::Off,
        };

        let (smaller, dropped) = shrink(&full(), &room, Droppable::Replaceable, NOW).unwrap();

        assert!(length(&smaller) <= preferred);
        assert_eq!(dropped, order);
    }

    #[test]
    fn nothing_is_dropped_if_one_cookie_cannot_be_reached() {
        let (smallest, _) = smallest(&full(), Droppable::Replaceable);
        let room = Room {
            preferred: length(&smallest) - 1,
            allowed: length(&full()),
            compression: Compression::Off,
        };
        for droppable in [Droppable::Replaceable, Droppable::AllButRefreshToken] {
            let (_, dropped) = shrink(&full(), &room, droppable, NOW).unwrap();
            assert!(dropped.is_empty());
        }
    }

    #[test]
    fn what_cannot_be_obtained_again_is_not_dropped_for_the_sake_of_one_cookie() {
        let (of_sign_in, _) = smallest(&full(), Droppable::Replaceable);
        let room = Room {
            preferred: 64,
            // The newest token is not dropped before the others.
            allowed: length(&of_sign_in) + 384,
            compression: Compression::Off,
        };

        let (smaller, _) = shrink(&full(), &room, Droppable::AllButRefreshToken, NOW).unwrap();

        assert!(smaller.body.access_token(&Target::DEFAULT).is_some());
    }
}
