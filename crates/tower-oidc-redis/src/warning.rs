//! What a server's settings mean for sessions and revocations.

use std::collections::HashMap;
use std::fmt;

/// A setting of the server by which entries can be lost. Its text says what is lost, and what to change; see
/// [`RedisStore::check`](crate::RedisStore::check).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The server removes entries when its memory is full.
    Evicts {
        /// Its `maxmemory-policy`.
        policy: String,
    },
    /// The server writes snapshots at best, and loses at a crash what changed after the last one.
    NoAppendOnlyFile,
    /// The server answers before a change is on its disk.
    SyncsLater {
        /// Its `appendfsync`.
        appendfsync: String,
    },
    /// The server has replicas, which may lack the last changes when one of them replaces it.
    AsynchronousReplicas {
        /// How many.
        replicas: u64,
    },
    /// The server is a replica itself, and refuses changes.
    IsReplica,
    /// The server tells a part of its settings, or none.
    CouldNotLook {
        /// The command that it refused.
        command: &'static str,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evicts { policy } => write!(
                f,
                "it removes entries when its memory is full (maxmemory-policy {policy:?}): users lose their \
                 sessions, and sessions that were ended are valid again; set maxmemory-policy noeviction"
            ),
            Self::NoAppendOnlyFile => f.write_str(
                "a crash loses the changes since its last snapshot, minutes or all of them: sessions that were \
                 ended are valid again; set appendonly yes, and appendfsync always",
            ),
            Self::SyncsLater { appendfsync } => write!(
                f,
                "a crash loses the changes of about the last {} (appendfsync {appendfsync:?}): sessions that \
                 were ended then are valid again; set appendfsync always",
                if appendfsync == "everysec" { "second" } else { "30 seconds" }
            ),
            Self::AsynchronousReplicas { replicas } => write!(
                f,
                "its {replicas} replicas get changes after the application gets the answer: if one of them \
                 replaces the server, the last changes can be lost"
            ),
            Self::IsReplica => {
                f.write_str("it is a replica and refuses changes; connect to the primary")
            }
            Self::CouldNotLook { command } => write!(
                f,
                "it refuses the command {command}, so its settings were not checked; it needs appendonly yes, \
                 appendfsync always and maxmemory-policy noeviction"
            ),
        }
    }
}

/// What `INFO` shows; it is empty if the server refuses the command.
pub(crate) fn from_info(info: &HashMap<&str, &str>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let number = |name: &str| info.get(name).and_then(|it| it.parse::<u64>().ok());
    if let Some(&policy) = info.get("maxmemory_policy")
        && policy != "noeviction"
        && number("maxmemory").is_some_and(|limit| limit > 0)
    {
        let policy = policy.to_owned();
        warnings.push(Warning::Evicts { policy });
    }
    if number("aof_enabled") == Some(0) {
        warnings.push(Warning::NoAppendOnlyFile);
    }
    match number("connected_slaves") {
        Some(replicas) if replicas > 0 => {
            warnings.push(Warning::AsynchronousReplicas { replicas });
        }
        _ => {}
    }
    if info.get("role") == Some(&"slave") {
        warnings.push(Warning::IsReplica);
    }
    warnings
}

/// The lines of `INFO`, `name:value`, without its headings.
pub(crate) fn parse_info(text: &str) -> HashMap<&str, &str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_lose_entries_are_reported() {
        let info = "# Memory\r\nmaxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n\
            aof_enabled:0\r\nrole:slave\r\nconnected_slaves:2\r\n";
        assert_eq!(
            from_info(&parse_info(info)),
            [
                Warning::Evicts {
                    policy: "allkeys-lru".to_owned()
                },
                Warning::NoAppendOnlyFile,
                Warning::AsynchronousReplicas { replicas: 2 },
                Warning::IsReplica,
            ]
        );
    }

    #[test]
    fn settings_that_lose_nothing_are_not_reported() {
        for memory in [
            "maxmemory:0\nmaxmemory_policy:allkeys-lru",
            "maxmemory:1000\nmaxmemory_policy:noeviction",
        ] {
            let info = format!("{memory}\naof_enabled:1\nrole:master\nconnected_slaves:0");
            assert_eq!(from_info(&parse_info(&info)), []);
        }
    }

    #[test]
    fn a_text_that_is_no_information_gives_no_warning() {
        assert_eq!(
            from_info(&parse_info("canary\n:\naof_enabled:x\nconnected_slaves:-1")),
            []
        );
    }
}
