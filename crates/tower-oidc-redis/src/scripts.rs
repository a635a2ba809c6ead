//! The steps that the server runs as one: scripts.
//!
//! A script that sees an entry which none of them writes changes nothing and reports it. Each of them may run a second
//! time with the same arguments, because the answer of the first run can be lost.

use std::sync::OnceLock;

use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind};

use crate::client::Connection;

/// A script, and the name by which the server knows it after it has run once.
pub(crate) struct Script {
    text: &'static str,
    hash: OnceLock<String>,
}

impl Script {
    const fn new(text: &'static str) -> Self {
        Self {
            text,
            hash: OnceLock::new(),
        }
    }

    fn hash(&self) -> &str {
        let hash = || redis::Script::new(self.text).get_hash().to_owned();
        self.hash.get_or_init(hash)
    }
}

/// Saves a record over the version that is expected: `KEYS` record; `ARGV` expected version or "", version, value,
/// milliseconds. Answers 1 if it is saved, also by an earlier run, and 0 for a conflict.
pub(crate) static SAVE: Script = Script::new(
    "local head = redis.call('GETRANGE', KEYS[1], 0, 20)
        local version = string.match(head, '^(%d+):') or ''
        if head ~= '' and version == '' then
          return redis.error_reply('FOREIGN not a record')
        end
        local record = ARGV[2] .. ':' .. ARGV[3]
        if version == ARGV[1] then
          redis.call('SET', KEYS[1], record, 'PX', ARGV[4])
          return 1
        end
        if version == ARGV[2] and redis.call('GET', KEYS[1]) == record then
          return 1
        end
        return 0",
);

/// Records a revocation: `KEYS` revocation; `ARGV` time, milliseconds. Answers 1 if the time is new. Times are compared
/// as text, because a number of Lua has 53 bits.
pub(crate) static REVOKE: Script = Script::new(
    "local known = redis.call('GET', KEYS[1])
        local time, keep, is_new = ARGV[1], ARGV[2], 1
        if known then
          if not string.match(known, '^%d+$') then
            return redis.error_reply('FOREIGN not a time')
          end
          if #known > #time or (#known == #time and known >= time) then
            time, is_new = known, 0
          end
          local rest = redis.call('PTTL', KEYS[1])
          if rest > tonumber(keep) then
            keep = string.format('%.0f', rest)
          end
        end
        redis.call('SET', KEYS[1], time, 'PX', keep)
        return is_new",
);

/// Takes a lock: `KEYS` lock, refreshed session; `ARGV` owner, milliseconds. Answers an array of 1 and the refreshed
/// session if the lock was free or is the owner's, and of 0 and nothing otherwise.
pub(crate) static LOCK: Script = Script::new(
    "if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
          return {1, redis.call('GET', KEYS[2])}
        end
        if redis.call('PTTL', KEYS[1]) == -1 then
          return redis.error_reply('FOREIGN not a lock')
        end
        if redis.call('GET', KEYS[1]) == ARGV[1] then
          return {1, redis.call('GET', KEYS[2])}
        end
        return {0, false}",
);

/// Stores a refreshed session, if there is one, and releases the lock of an owner. Does nothing while another owner
/// holds the lock, who may have stored a newer session: `KEYS` lock, refreshed session;
/// `ARGV` owner, and then value and milliseconds or nothing.
pub(crate) static STORE_AND_UNLOCK: Script = Script::new(
    "local owner = redis.call('GET', KEYS[1])
        if owner and owner ~= ARGV[1] then
          return 1
        end
        if ARGV[2] then
          redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
        end
        if owner then
          redis.call('DEL', KEYS[1])
        end
        return 1",
);

/// Runs a script, whose text is sent only if the server does not know it.
pub(crate) async fn run<T: FromRedisValue>(
    script: &Script,
    keys: &[&str],
    arguments: &[&[u8]],
    mut connection: Connection,
) -> RedisResult<T> {
    let result = command("EVALSHA", script.hash(), keys, arguments)
        .query_async(&mut connection)
        .await;
    match result {
        Err(error) if is_unknown(error.kind()) => {
            command("EVAL", script.text, keys, arguments)
                .query_async(&mut connection)
                .await
        }
        result => result,
    }
}

const fn is_unknown(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Server(ServerErrorKind::NoScript))
}

fn command(name: &str, script: &str, keys: &[&str], arguments: &[&[u8]]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(keys.len());
    for key in keys {
        command.arg(*key);
    }
    for argument in arguments {
        command.arg(*argument);
    }
    command
}
