//! The rules of [`SessionStore`], for every store that is tested.

use std::time::Duration;

use tower_oidc::{SaveOutcome, SaveRequest, SessionStore};

/// How long records are kept, unless a test says otherwise.
pub const HOUR: Duration = Duration::from_secs(3600);

/// The largest record that the tests save, in bytes.
const LARGE: usize = 2 * 1024 * 1024;

/// An id of a session: 43 characters of base64url.
pub fn session_id(number: u32) -> String {
    format!("{number:0>10}{}", "A".repeat(33))
}

/// A store under test, whose errors fail the test.
#[derive(Debug)]
pub struct Sessions<'a, S>(pub &'a S);

impl<S> Copy for Sessions<'_, S> {}

impl<S> Clone for Sessions<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: SessionStore> Sessions<'_, S> {
    /// The version and value under an id.
    pub async fn load(self, id: &str) -> Option<(u64, String)> {
        let found = self
            .0
            .load(id.to_owned())
            .await
            .expect("a store that works");
        let record = found?;
        let value = String::from_utf8(record.value.to_vec()).expect("text");
        Some((record.version, value))
    }

    /// Saves a value for an hour, and says whether the store has it.
    pub async fn save(self, id: &str, expected: Option<u64>, value: &str) -> bool {
        let request = SaveRequest::new(id, expected, value.to_owned(), HOUR);
        let outcome = self.0.save(request).await.expect("a store that works");
        assert!([SaveOutcome::Saved, SaveOutcome::Conflict].contains(&outcome));
        outcome == SaveOutcome::Saved
    }

    /// Deletes the record of an id.
    pub async fn delete(self, id: &str) {
        self.0
            .delete(id.to_owned())
            .await
            .expect("a store that works");
    }
}

/// Every rule that needs neither another time nor two callers at once. The store is empty before.
pub async fn keeps_the_rules(store: &impl SessionStore) {
    compares_versions(store).await;
    does_not_restore_a_deleted_record(store).await;
    distinguishes_sessions(store).await;
    returns_every_byte(store).await;
}

async fn compares_versions(store: &impl SessionStore) {
    let (sessions, id) = (Sessions(store), session_id(1));

    assert_eq!(sessions.load(&id).await, None);
    assert!(!sessions.save(&id, Some(1), "unknown").await);
    assert!(sessions.save(&id, None, "first").await);
    assert!(!sessions.save(&id, None, "again").await);
    assert_eq!(sessions.load(&id).await, Some((1, "first".to_owned())));
    assert!(sessions.save(&id, Some(1), "second").await);
    for other in [None, Some(0), Some(1), Some(3), Some(u64::MAX)] {
        assert!(!sessions.save(&id, other, "late").await, "{other:?}");
    }
    assert_eq!(sessions.load(&id).await, Some((2, "second".to_owned())));
}

async fn does_not_restore_a_deleted_record(store: &impl SessionStore) {
    let (sessions, id) = (Sessions(store), session_id(2));

    sessions.delete(&id).await;
    assert!(sessions.save(&id, None, "first").await);
    sessions.delete(&id).await;
    sessions.delete(&id).await;
    assert_eq!(sessions.load(&id).await, None);
    assert!(!sessions.save(&id, Some(1), "late").await);
    assert_eq!(sessions.load(&id).await, None);
}

async fn distinguishes_sessions(store: &impl SessionStore) {
    let (sessions, one, other) = (Sessions(store), session_id(3), session_id(4));

    assert!(sessions.save(&one, None, "one").await);
    assert!(sessions.save(&other, None, "other").await);
    assert!(sessions.save(&other, Some(1), "another").await);
    sessions.delete(&session_id(5)).await;

    assert_eq!(sessions.load(&one).await, Some((1, "one".to_owned())));
    assert_eq!(sessions.load(&other).await, Some((2, "another".to_owned())));
    sessions.delete(&other).await;
    assert_eq!(sessions.load(&one).await, Some((1, "one".to_owned())));
}

async fn returns_every_byte(store: &impl SessionStore) {
    let (sessions, id) = (Sessions(store), session_id(6));
    let printable: String = (' '..='~').collect();
    let large = printable.repeat(LARGE / printable.len());

    for (expected, value) in [(None, large.as_str()), (Some(1), ""), (Some(2), &printable)] {
        assert!(sessions.save(&id, expected, value).await);
        let (_, loaded) = sessions.load(&id).await.expect("a record");
        assert!(
            loaded == value,
            "{} bytes became {}",
            value.len(),
            loaded.len()
        );
    }
}

/// Records end at their time, and an id whose record has ended can be used again. `pass` moves the store's clock.
pub async fn forgets_what_has_expired(store: &impl SessionStore, pass: impl Fn(Duration)) {
    let (sessions, id) = (Sessions(store), session_id(7));

    assert!(sessions.save(&id, None, "first").await);
    pass(HOUR / 2);
    assert!(sessions.save(&id, Some(1), "second").await);
    pass(HOUR - Duration::from_secs(1));
    assert_eq!(sessions.load(&id).await, Some((2, "second".to_owned())));
    pass(Duration::from_secs(1));
    assert_eq!(sessions.load(&id).await, None);
    assert!(!sessions.save(&id, Some(2), "late").await);
    assert!(sessions.save(&id, None, "third").await);
    assert_eq!(sessions.load(&id).await, Some((1, "third".to_owned())));
}

/// Of this many callers that save over one version at the same time, the store serves one; and nothing is lost when
/// each of them loads and saves again after a conflict.
pub async fn loses_no_change<S: SessionStore + Clone>(store: &S, callers: u32) {
    let (sessions, id) = (Sessions(store), session_id(8));
    assert!(sessions.save(&id, None, "").await);

    // Sealed sessions differ, and a store may take an equal one for a repetition of the same request.
    let tasks = (0..callers).map(|caller| {
        let (store, id) = (store.clone(), id.clone());
        let value = format!("{caller:03}");
        tokio::spawn(async move { Sessions(&store).save(&id, Some(1), &value).await })
    });
    let mut saved = 0;
    for task in tasks.collect::<Vec<_>>() {
        saved += u32::from(task.await.expect("no panic"));
    }
    assert_eq!(saved, 1);

    let tasks = (0..callers).map(|caller| {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move {
            let sessions = Sessions(&store);
            loop {
                let (version, value) = sessions.load(&id).await.expect("a record");
                if sessions
                    .save(&id, Some(version), &format!("{value}{caller:03}"))
                    .await
                {
                    break;
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no panic");
    }
    let (version, value) = sessions.load(&id).await.expect("a record");
    assert_eq!(version, u64::from(callers) + 2);
    assert_eq!(value.len(), 3 + 3 * callers as usize);
}
