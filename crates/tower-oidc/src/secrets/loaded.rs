//! Which of the secrets seals at a time.

use std::time::SystemTime;

use super::timed_secret::{SETTING, TimedSecret};
use crate::config_error::ConfigError;

/// The secrets at a time, the one that seals first: the one whose time is the latest that has come, or else the first
/// one without a time. A single one seals at once.
pub(crate) fn in_order(
    secrets: &[TimedSecret],
    now: SystemTime,
) -> Result<Vec<TimedSecret>, ConfigError> {
    let mut sealing: Option<(usize, SystemTime)> = None;
    for (index, secret) in secrets.iter().enumerate() {
        let time = secret.seals_from.filter(|time| *time <= now);
        if let Some(time) = time
            && sealing.is_none_or(|(_, latest)| time > latest)
        {
            sealing = Some((index, time));
        }
    }
    let without_time = || secrets.iter().position(|it| it.seals_from.is_none());
    let sealing = sealing.map(|(index, _)| index).or_else(without_time);
    let sealing = match sealing {
        Some(sealing) => sealing,
        None if secrets.len() == 1 => 0,
        None if secrets.is_empty() => {
            return Err(ConfigError::new(
                SETTING,
                "has no secret: give at least one",
            ));
        }
        None => {
            return Err(ConfigError::new(
                SETTING,
                "has no secret that seals now: give one of them without a time, or with one that has passed",
            ));
        }
    };
    let (before, from) = secrets.split_at_checked(sealing).unwrap_or_default();
    let (first, after) = from.split_at_checked(1).unwrap_or_default();
    Ok([first, before, after].concat())
}

/// When another secret begins to seal.
pub(crate) fn next_change(secrets: &[TimedSecret], now: SystemTime) -> Option<SystemTime> {
    let times = secrets.iter().filter_map(|it| it.seals_from);
    times.filter(|time| *time > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::time::UnixMillis;

    fn at(seconds: u64) -> SystemTime {
        UnixMillis::from_seconds(seconds).to_system_time()
    }

    fn secret(name: &str, time: Option<u64>) -> TimedSecret {
        let secret = TimedSecret::new(name);
        match time {
            Some(time) => secret.seals_from(at(time)),
            None => secret,
        }
    }

    fn order(secrets: &[TimedSecret], now: u64) -> String {
        let order = in_order(secrets, at(now)).unwrap();
        let names = order.iter().map(|it| str::from_utf8(&it.secret).unwrap());
        names.collect()
    }

    #[test]
    fn the_secret_with_the_latest_time_that_has_come_seals_and_all_open() {
        let secrets = [
            secret("a", Some(300)),
            secret("b", Some(200)),
            secret("c", None),
            secret("d", None),
        ];

        assert_eq!(order(&secrets, 199), "cabd");
        assert_eq!(order(&secrets, 200), "bacd");
        assert_eq!(order(&secrets, 299), "bacd");
        assert_eq!(order(&secrets, 300), "abcd");
        assert_eq!(next_change(&secrets, at(0)), Some(at(200)));
        assert_eq!(next_change(&secrets, at(200)), Some(at(300)));
        assert_eq!(next_change(&secrets, at(300)), None);
        let equal = [secret("a", Some(1)), secret("b", Some(1))];
        assert_eq!(order(&equal, 1), "ab");
    }

    #[test]
    fn a_single_secret_seals_at_once() {
        assert_eq!(order(&[secret("a", Some(300))], 0), "a");
    }

    #[test]
    fn there_must_be_a_secret_that_seals_now() {
        for secrets in [vec![], vec![secret("a", Some(1)), secret("b", Some(2))]] {
            let error = in_order(&secrets, at(0)).unwrap_err();
            assert_eq!(error.setting(), SETTING);
        }
    }
}
