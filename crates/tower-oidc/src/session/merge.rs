//! One session of two versions that requests made at the same time, so that neither change is lost.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;

use super::Session;
use super::access_token::{AccessTokens, StoredAccessToken, Target};
use crate::format::time::UnixMillis;

impl Session {
    /// This session with what another request stored in the meantime; `None` if the stored one has everything.
    ///
    /// `base` is this session before its changes, from the store or from a cookie: what differs from it is a change.
    /// The newer generation counts, because its refresh token is the valid one. Access tokens that one of the two
    /// obtained, replaced or removed since `base` are changed in the result. `data` is the application's data if this
    /// request changed them; otherwise the stored ones count.
    pub(crate) fn merged_with(
        &self,
        stored: &Self,
        base: &Self,
        data: Option<&Option<Bytes>>,
        now: UnixMillis,
    ) -> Option<Self> {
        // A record that the browser never knew of: the session continued in cookies. Its refresh token may be the
        // newest one nevertheless; the rest of it is outdated.
        let is_left_behind = stored.frame.sealed_at < base.frame.sealed_at;
        let is_stored_newer = stored.frame.version() >= self.frame.version();
        let before = match is_left_behind && !is_stored_newer {
            true => stored,
            false => base,
        };
        let (newer, older) = match is_stored_newer {
            true => (stored, self),
            false => (self, stored),
        };
        let access_tokens = TokensOfTargets::merge(newer, older, before);
        let data = match data {
            Some(changed) => changed,
            None if is_left_behind => &self.body.data,
            None => &stored.body.data,
        };
        let has_same_tokens = || is_same_list(&access_tokens, &stored.body.access_tokens);
        if is_stored_newer && *data == stored.body.data && has_same_tokens() {
            return None;
        }
        let mut body = newer.body.clone();
        body.access_tokens = access_tokens;
        body.data.clone_from(data);
        let mut merged = newer.with_body(body);
        // Later than both, so that no instance takes its own version for the newer one.
        let latest = self.frame.sealed_at.max(stored.frame.sealed_at);
        let later = latest.plus(Duration::from_millis(1));
        merged.frame = newer.frame.sealed(now.max(later));
        Some(merged)
    }
}

/// The access tokens of one version of a session. A session may have hundreds.
struct TokensOfTargets<'a>(HashMap<&'a Target, &'a StoredAccessToken>);

impl<'a> TokensOfTargets<'a> {
    fn of(session: &'a Session) -> Self {
        let tokens = session.body.access_tokens.iter();
        Self(tokens.map(|token| (&token.target, token)).collect())
    }

    fn get(&self, target: &Target) -> Option<&'a StoredAccessToken> {
        self.0.get(target).copied()
    }

    /// The tokens of two versions that changed since `before`, in the order in which they were obtained.
    fn merge(newer: &'a Session, older: &'a Session, before: &'a Session) -> AccessTokens {
        let (in_newer, in_older) = (Self::of(newer), Self::of(older));
        let in_base = Self::of(before);
        let merged = |target: &Target| {
            let (newer, older) = (in_newer.get(target), in_older.get(target));
            let base = in_base.get(target);
            if is_same(newer, base) {
                older
            } else if is_same(older, base) {
                newer
            } else {
                newer.or(older)
            }
        };
        let only_in_older = older.body.access_tokens.iter();
        let only_in_older = only_in_older.filter(|it| in_newer.get(&it.target).is_none());
        let all = only_in_older.chain(&newer.body.access_tokens);
        all.filter_map(|it| merged(&it.target)).cloned().collect()
    }
}

fn is_same(one: Option<&StoredAccessToken>, other: Option<&StoredAccessToken>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.token.text() == other.token.text(),
        (None, None) => true,
        _ => false,
    }
}

fn is_same_list(one: &[StoredAccessToken], other: &[StoredAccessToken]) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|(one, other)| one.target == other.target && is_same(Some(one), Some(other)))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn organization(name: &str) -> Target {
        Target {
            resource: None,
            organization: Some(name.to_owned()),
        }
    }

    /// A session of a generation with these access tokens, each an organization and a text, and these data.
    fn session(generation: u64, tokens: &[(&str, &str)], data: &'static str) -> Session {
        let session = sample::session("token", generation, NOW);
        let mut body = session.body.clone();
        body.access_tokens.clear();
        for (name, text) in tokens {
            body.put_access_token(StoredAccessToken::new(organization(name), text, None));
        }
        body.data = Some(Bytes::from_static(data.as_bytes()));
        session.with_body(body)
    }

    fn sealed_later(mut session: Session, milliseconds: u64) -> Session {
        let later = NOW.plus(Duration::from_millis(milliseconds));
        session.frame = session.frame.sealed(later);
        session
    }

    fn tokens(session: &Session) -> Vec<(String, String)> {
        let tokens = session.body.access_tokens.iter();
        tokens
            .map(|it| {
                let name = it.target.organization.clone().unwrap();
                (name, it.token.text().to_string())
            })
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let expected = expected.iter();
        expected
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn tokens_that_either_of_them_obtained_are_kept_and_the_newer_generation_counts() {
        let base = session(0, &[], "0");
        let first = session(1, &[("a", "a1"), ("b", "b1")], "1");
        let second = session(2, &[("b", "b2"), ("c", "c2")], "2");
        for merged in [
            first.merged_with(&second, &base, None, NOW),
            second.merged_with(&first, &base, None, NOW),
        ] {
            let merged = merged.unwrap();
            assert_eq!(merged.frame.generation, 2);
            assert_eq!(
                tokens(&merged),
                pairs(&[("a", "a1"), ("b", "b2"), ("c", "c2")])
            );
        }
    }

    #[test]
    fn a_token_that_one_of_them_removed_does_not_come_back() {
        let both = &[("a", "a"), ("b", "b")];
        let base = session(1, both, "0");
        let removed = session(1, &[("b", "b")], "0");
        for generation in [1, 2] {
            let other = session(generation, both, "1");
            let ours = removed.merged_with(&other, &base, None, NOW).unwrap();
            assert_eq!(tokens(&ours), pairs(&[("b", "b")]));
            let data = Some(Bytes::from_static(b"1"));
            let theirs = other.merged_with(&removed, &base, Some(&data), NOW);
            assert_eq!(tokens(&theirs.unwrap()), pairs(&[("b", "b")]));
        }
    }

    #[test]
    fn a_token_that_replaced_a_removed_one_stays() {
        let base = session(1, &[("a", "refused")], "0");
        let removed = session(1, &[], "0");
        let replaced = sealed_later(session(1, &[("a", "new")], "0"), 5);

        let ours = removed.merged_with(&replaced, &base, None, NOW);
        assert!(ours.is_none(), "the stored one has everything");
        let theirs = replaced.merged_with(&removed, &base, None, NOW).unwrap();
        assert_eq!(tokens(&theirs), pairs(&[("a", "new")]));
    }

    /// Another instance stored a record, and the browser continued with a later session in its cookies.
    #[test]
    fn a_record_that_was_left_behind_gives_nothing_but_a_newer_refresh_token() {
        let base = sealed_later(session(1, &[("a", "a")], "cookie"), 60_000);
        let ours = session(1, &[("a", "a"), ("b", "b")], "cookie");
        let ours = sealed_later(ours, 60_001);
        let old = &[("a", "old"), ("c", "old")];
        let left = sealed_later(session(1, old, "old"), 5);

        let merged = ours.merged_with(&left, &base, None, NOW).unwrap();
        assert_eq!(tokens(&merged), tokens(&ours));
        assert_eq!(merged.body.data.as_deref(), Some(&b"cookie"[..]));

        let refreshed = sealed_later(session(2, &[("a", "newer")], "old"), 5);
        let merged = ours.merged_with(&refreshed, &base, None, NOW).unwrap();
        assert_eq!(merged.frame.generation, 2);
        assert_eq!(tokens(&merged), pairs(&[("b", "b"), ("a", "newer")]));
        assert_eq!(merged.body.data.as_deref(), Some(&b"cookie"[..]));
    }

    /// Otherwise an instance that has one of them in memory would continue with that one.
    #[test]
    fn the_result_is_later_than_both() {
        let base = session(1, &[], "1");
        let first = session(1, &[("a", "a")], "1");
        let second = session(1, &[("b", "b")], "2");
        let data = Some(Bytes::from_static(b"3"));
        let merged = first.merged_with(&second, &base, Some(&data), NOW);
        let merged = merged.unwrap();

        assert!(merged.frame.version() > first.frame.version());
        assert!(merged.frame.version() > second.frame.version());
    }

    #[test]
    fn changed_data_count_and_otherwise_the_stored_ones() {
        let base = session(1, &[], "base");
        let (ours, stored) = (session(2, &[], "ours"), session(1, &[], "stored"));
        let data = |changed: Option<Option<Bytes>>| {
            let merged = ours.merged_with(&stored, &base, changed.as_ref(), NOW);
            merged.unwrap().body.data
        };

        assert_eq!(data(None).as_deref(), Some(&b"stored"[..]));
        let changed = Bytes::from_static(b"changed");
        assert_eq!(data(Some(Some(changed))).as_deref(), Some(&b"changed"[..]));
        assert_eq!(data(Some(None)), None);
    }

    #[test]
    fn nothing_is_merged_if_the_stored_session_has_everything() {
        let base = session(1, &[("a", "a1")], "1");
        let ours = session(1, &[("a", "a1")], "1");
        let stored = session(2, &[("a", "a2"), ("b", "b2")], "2");

        assert!(ours.merged_with(&stored, &base, None, NOW).is_none());
        assert!(stored.merged_with(&stored, &base, None, NOW).is_none());
        let same = Some(Bytes::from_static(b"2"));
        assert!(ours.merged_with(&stored, &base, Some(&same), NOW).is_none());
        assert!(ours.merged_with(&stored, &base, Some(&None), NOW).is_some());
    }
}
