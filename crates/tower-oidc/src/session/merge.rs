//! One session of two versions that requests made at the same time, so that neither change is lost.

use std::time::Duration;

use bytes::Bytes;

use super::Session;
use crate::format::time::UnixMillis;

impl Session {
    /// This session with what another request stored in the meantime; `None` if the stored one has everything. The newer
    /// generation counts, because its refresh token is the valid one; access tokens for other targets come from both.
    /// `data` is the application's data if this request changed them; otherwise the stored ones count.
    pub(crate) fn merged_with(
        &self,
        stored: &Self,
        data: Option<&Option<Bytes>>,
        now: UnixMillis,
    ) -> Option<Self> {
        let is_stored_newer = stored.frame.version() >= self.frame.version();
        let (newer, older) = match is_stored_newer {
            true => (stored, self),
            false => (self, stored),
        };
        let is_missing = |target| newer.body.access_token(target).is_none();
        let others = older.body.access_tokens.iter();
        let others: Vec<_> = others
            .filter(|it| is_missing(&it.target))
            .cloned()
            .collect();
        let data = data.unwrap_or(&stored.body.data);
        if is_stored_newer && others.is_empty() && *data == stored.body.data {
            return None;
        }
        let mut body = newer.body.clone();
        // The order is that in which they were obtained.
        body.access_tokens.splice(0..0, others);
        body.data.clone_from(data);
        let mut merged = newer.with_body(body);
        // Later than both, so that no instance takes its own version for the newer one.
        let latest = self.frame.sealed_at.max(stored.frame.sealed_at);
        let later = latest.plus(Duration::from_millis(1));
        merged.frame = newer.frame.sealed(now.max(later));
        Some(merged)
    }

    /// Whether this session has the application's data of another version, and a token for each of its targets.
    pub(crate) fn has_all_of(&self, other: &Self) -> bool {
        let has_token = |target| self.body.access_token(target).is_some();
        let mut others = other.body.access_tokens.iter();
        self.body.data == other.body.data && others.all(|it| has_token(&it.target))
    }
}

#[cfg(test)]
mod tests {
    use super::super::access_token::{StoredAccessToken, Target};
    use super::super::sample;
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

    fn organization(name: &str) -> Target {
        Target {
            resource: None,
            organization: Some(name.to_owned()),
        }
    }

    /// A session of a generation with tokens of these organizations, and these data.
    fn session(generation: u64, organizations: &[&str], data: &'static str) -> Session {
        let session = sample::session("token", generation, NOW);
        let mut body = session.body.clone();
        for name in organizations {
            let text = format!("{name}-{generation}");
            body.put_access_token(StoredAccessToken::new(organization(name), &text, None));
        }
        body.data = Some(Bytes::from_static(data.as_bytes()));
        session.with_body(body)
    }

    fn token(session: &Session, name: &str) -> Option<String> {
        let token = session.body.access_token(&organization(name))?;
        Some(token.token.text().to_string())
    }

    #[test]
    fn the_tokens_of_both_are_kept_and_those_of_the_newer_generation_count() {
        let (first, second) = (session(1, &["a", "b"], "1"), session(2, &["b", "c"], "2"));
        for merged in [
            first.merged_with(&second, None, NOW),
            second.merged_with(&first, None, NOW),
        ] {
            let merged = merged.unwrap();
            assert_eq!(merged.frame.generation, 2);
            assert_eq!(token(&merged, "a").as_deref(), Some("a-1"));
            assert_eq!(token(&merged, "b").as_deref(), Some("b-2"));
            assert_eq!(token(&merged, "c").as_deref(), Some("c-2"));
        }
    }

    /// Otherwise an instance that has one of them in memory would continue with that one.
    #[test]
    fn the_result_is_later_than_both() {
        let (first, second) = (session(1, &["a"], "1"), session(1, &["b"], "2"));
        let data = Some(Bytes::from_static(b"3"));
        let merged = first.merged_with(&second, Some(&data), NOW).unwrap();

        assert!(merged.frame.version() > first.frame.version());
        assert!(merged.frame.version() > second.frame.version());
    }

    #[test]
    fn changed_data_count_and_otherwise_the_stored_ones() {
        let (ours, stored) = (session(2, &[], "ours"), session(1, &[], "stored"));
        let data = |changed: Option<Option<Bytes>>| {
            let merged = ours.merged_with(&stored, changed.as_ref(), NOW);
            merged.unwrap().body.data
        };

        assert_eq!(data(None).as_deref(), Some(&b"stored"[..]));
        let changed = Bytes::from_static(b"changed");
        assert_eq!(data(Some(Some(changed))).as_deref(), Some(&b"changed"[..]));
        assert_eq!(data(Some(None)), None);
    }

    #[test]
    fn nothing_is_merged_if_the_stored_session_has_everything() {
        let (ours, stored) = (session(1, &["a"], "1"), session(2, &["a", "b"], "2"));

        assert!(ours.merged_with(&stored, None, NOW).is_none());
        assert!(stored.merged_with(&stored, None, NOW).is_none());
        let same = Some(Bytes::from_static(b"2"));
        assert!(ours.merged_with(&stored, Some(&same), NOW).is_none());
        assert!(ours.merged_with(&stored, Some(&None), NOW).is_some());
    }
}
