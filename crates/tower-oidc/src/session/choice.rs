//! Which session is used if a request has several.

use super::frame::Frame;
use super::not_signed_in::NotSignedIn;

/// A request has valid sessions of different sign-ins.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConflictingSessions;

impl From<ConflictingSessions> for NotSignedIn {
    fn from(ConflictingSessions: ConflictingSessions) -> Self {
        Self::ConflictingSessions
    }
}

/// The newer of two valid sessions of one request, if there was one before: the one with the higher
/// generation, or, if that is equal, the one that was sealed later. If they are of *different* sign-ins,
/// another host of the same site set one of the cookies, so none of them is used.
pub(crate) fn newer<T>(
    former: Option<T>,
    found: T,
    frame: impl Fn(&T) -> &Frame,
) -> Result<T, ConflictingSessions> {
    let Some(former) = former else {
        return Ok(found);
    };
    if frame(&former).session_id != frame(&found).session_id {
        return Err(ConflictingSessions);
    }
    let is_newer = frame(&found).version() >= frame(&former).version();
    Ok(if is_newer { found } else { former })
}

#[cfg(test)]
mod tests {
    use super::super::frame::{ProviderId, SessionId};
    use super::*;
    use crate::format::time::UnixMillis;

    fn frame(id: u8, generation: u64, sealed_at: u64) -> Frame {
        Frame {
            session_id: SessionId([id; 12]),
            provider: ProviderId([0; 8]),
            generation,
            created_at: UnixMillis(0),
            sealed_at: UnixMillis(sealed_at),
            not_after: UnixMillis(1_000),
            id_token_issued_at: 0,
        }
    }

    fn chosen(frames: &[Frame]) -> Result<Option<(u64, UnixMillis)>, ConflictingSessions> {
        let mut newest = None;
        for frame in frames {
            newest = Some(newer(newest, *frame, |frame| frame)?);
        }
        Ok(newest.map(|frame| frame.version()))
    }

    #[test]
    fn the_highest_generation_counts_and_then_the_latest_seal() {
        let version = |generation, sealed_at| Ok(Some((generation, UnixMillis(sealed_at))));

        assert_eq!(chosen(&[]), Ok(None));
        assert_eq!(chosen(&[frame(1, 0, 5)]), version(0, 5));
        let renewed = [frame(1, 3, 5), frame(1, 3, 7), frame(1, 3, 6)];
        assert_eq!(chosen(&renewed), version(3, 7));
        let refreshed = [frame(1, 2, 9), frame(1, 4, 1), frame(1, 3, 9)];
        assert_eq!(chosen(&refreshed), version(4, 1));
    }

    #[test]
    fn sessions_of_different_sign_ins_conflict_even_if_one_is_older() {
        let planted = [frame(1, 7, 9), frame(1, 8, 9), frame(2, 0, 1)];

        assert_eq!(chosen(&planted), Err(ConflictingSessions));
    }
}
