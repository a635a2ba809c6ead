//! A session's record, as the stores of tower-sessions keep it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use serde_json::Value;
use time::OffsetDateTime;
use tower_oidc::{SaveRequest, StoreError, StoredRecord};
use tower_sessions_core::session::{Id, Record};

/// The members of a record's data.
const VERSION: &str = "version";
const SEALED: &str = "sealed";

/// The id under which a session's record is kept: the first half of the hash that names the session.
///
/// These are 128 of its 256 bits. With a billion sessions, two of them have the same id with a probability of
/// 2^-69. Even then neither session opens the record of the other, because each is sealed with its own key.
///
/// Numbers are written in little-endian order by tower-sessions, so that 21 characters of the session's id are also
/// the beginning of the key in the table.
pub(crate) fn id(session: &str) -> Result<Id, StoreError> {
    let hash = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(session).ok();
    let id = hash.filter(|hash| hash.len() == 32);
    let id = id.as_ref().and_then(|hash| hash.first_chunk());
    let id =
        id.ok_or_else(|| StoreError::new("the id of a session is not 43 characters of base64url"))?;
    Ok(Id(i128::from_le_bytes(*id)))
}

/// What is written for a request at this time.
pub(crate) fn of(id: Id, request: &SaveRequest, now: SystemTime) -> Result<Record, StoreError> {
    let sealed = str::from_utf8(&request.value)
        .map_err(|_| StoreError::new("a sealed session is not text, so it was not saved"))?;
    let data = [
        (VERSION.to_owned(), Value::from(request.version)),
        (SEALED.to_owned(), Value::from(sealed)),
    ];
    Ok(Record {
        id,
        data: data.into(),
        expiry_date: date(now).saturating_add(span(request.keep_for)),
    })
}

/// What a store returned for this id; `None` if its time is over.
pub(crate) fn read(
    id: Id,
    mut record: Record,
    now: SystemTime,
) -> Result<Option<StoredRecord>, StoreError> {
    let version = record.data.get(VERSION).and_then(Value::as_u64);
    let (Some(version), Some(Value::String(sealed)), true) =
        (version, record.data.remove(SEALED), record.id == id)
    else {
        return Err(damaged(id));
    };
    let is_alive = date(now) < record.expiry_date;
    Ok(is_alive.then(|| StoredRecord::new(version, Bytes::from(sealed))))
}

/// The error for a record that this crate has not written.
pub(crate) fn damaged(id: Id) -> StoreError {
    StoreError::new(format!(
        "the record {id} in the session store is damaged, or another program wrote it; \
         use a table for these sessions alone, and delete that row"
    ))
}

/// A time before 1970 counts as 1970, and one after the year 9999 as the end of that year.
fn date(time: SystemTime) -> OffsetDateTime {
    let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    OffsetDateTime::UNIX_EPOCH.saturating_add(span(since_1970))
}

fn span(duration: Duration) -> time::Duration {
    duration.try_into().unwrap_or(time::Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const SESSION: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

    /// This long after 2026-01-01T00:00:00Z.
    fn after(time: Duration) -> SystemTime {
        let start = UNIX_EPOCH.checked_add(Duration::from_secs(1_767_225_600));
        start.unwrap().checked_add(time).unwrap()
    }

    fn now() -> SystemTime {
        after(Duration::ZERO)
    }

    fn request(keep_for: Duration) -> SaveRequest {
        SaveRequest::new(SESSION, Some(6), "sealed", keep_for)
    }

    fn written(keep_for: Duration) -> Record {
        of(id(SESSION).unwrap(), &request(keep_for), now()).unwrap()
    }

    fn error<T>(result: Result<T, StoreError>) -> String {
        result.err().expect("an error").to_string()
    }

    #[test]
    fn the_id_is_the_first_half_of_the_hash() {
        let id = id(SESSION).unwrap();

        assert_eq!(id.0, 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100);
        assert_eq!(id.to_string()[..21], SESSION[..21]);
    }

    #[test]
    fn another_text_than_a_hash_is_no_id() {
        let long = SESSION.repeat(2);
        for text in [
            "",
            "a",
            &SESSION[1..],
            &long,
            "../../../../../../../../../../../../etc/pass",
            "é",
        ] {
            assert!(error(id(text)).contains("43 characters"), "{text}");
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written_until_its_time_is_over() {
        let id = id(SESSION).unwrap();
        let read_at = |time| read(id, written(HOUR), time).unwrap();

        let record = read_at(after(Duration::from_millis(3_599_999))).expect("a record");
        assert_eq!((record.version, &record.value[..]), (7, &b"sealed"[..]));
        assert!(read_at(after(HOUR)).is_none());
    }

    #[test]
    fn a_time_that_no_calendar_has_is_the_last_one_that_it_has() {
        assert_eq!(written(Duration::MAX).expiry_date.year(), 9999);
        assert_eq!(
            date(UNIX_EPOCH.checked_sub(HOUR).unwrap()),
            OffsetDateTime::UNIX_EPOCH
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_not_written() {
        let request = SaveRequest::new(SESSION, None, &b"\xff"[..], HOUR);

        assert!(error(of(Id(0), &request, now())).contains("not text"));
    }

    #[test]
    fn a_record_that_another_program_wrote_is_an_error_and_is_not_repeated() {
        let own = id(SESSION).unwrap();
        let faults: [fn(&mut Record); 7] = [
            |record| record.data.clear(),
            |record| drop(record.data.remove(VERSION)),
            |record| drop(record.data.remove(SEALED)),
            |record| drop(record.data.insert(VERSION.to_owned(), Value::from(-1))),
            |record| drop(record.data.insert(VERSION.to_owned(), Value::from("7"))),
            |record| {
                drop(
                    record
                        .data
                        .insert(SEALED.to_owned(), Value::from(vec!["canary"])),
                )
            },
            |record| record.id = Id(1),
        ];
        for fault in faults {
            let mut record = written(HOUR);
            record
                .data
                .insert("other".to_owned(), Value::from("canary"));
            fault(&mut record);

            let error = error(read(own, record, now()));

            assert!(
                error.contains("the record AAECAwQFBgcICQoLDA0ODw in"),
                "{error}"
            );
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
