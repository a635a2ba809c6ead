//! Looks at the server's settings.

use std::collections::HashMap;

use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind};

use crate::client::Connection;
use crate::warning::{Warning, from_info, parse_info};

/// # Errors
///
/// If the server does not answer. One that refuses to tell its settings is no error.
pub(crate) async fn check(mut connection: Connection) -> RedisResult<Vec<Warning>> {
    let mut warnings = information(&mut connection).await?;
    if !warnings.contains(&Warning::NoAppendOnlyFile) {
        warnings.extend(appendfsync(&mut connection).await?);
    }
    Ok(warnings)
}

/// Logs the warnings. Returns whether the server answered.
pub(crate) async fn log_warnings(connection: Connection, servers: &str) -> bool {
    let Ok(warnings) = check(connection).await else {
        return false;
    };
    for warning in warnings {
        if let Warning::CouldNotLook { .. } = warning {
            tracing::info!("Redis at {servers}: {warning}");
        } else {
            tracing::warn!("Redis at {servers}: {warning}");
        }
    }
    true
}

async fn information(connection: &mut Connection) -> RedisResult<Vec<Warning>> {
    match connection
        .ask_a_server(redis::cmd("INFO"))
        .await
        .and_then(no_error)
    {
        Ok(answer) => {
            let text: String = redis::from_redis_value(answer)?;
            Ok(from_info(&parse_info(&text)))
        }
        Err(error) if is_refused(&error) => Ok(vec![Warning::CouldNotLook { command: "INFO" }]),
        Err(error) => Err(error),
    }
}

/// The one setting that `INFO` does not show. Hosting providers often forbid the command.
async fn appendfsync(connection: &mut Connection) -> RedisResult<Option<Warning>> {
    let mut config = redis::cmd("CONFIG");
    config.arg("GET").arg("appendfsync");
    match connection.ask_a_server(config).await.and_then(no_error) {
        Ok(answer) => {
            let settings: HashMap<String, String> = redis::from_redis_value(answer)?;
            let appendfsync = settings.get("appendfsync").filter(|it| *it != "always");
            Ok(appendfsync.map(|it| Warning::SyncsLater {
                appendfsync: it.clone(),
            }))
        }
        Err(error) if is_refused(&error) => {
            let command = "CONFIG GET";
            Ok(Some(Warning::CouldNotLook { command }))
        }
        Err(error) => Err(error),
    }
}

/// The client returns an answer that is an error as a value.
fn no_error(answer: redis::Value) -> RedisResult<redis::Value> {
    answer.extract_error()
}

/// Whether the server does not know the command, or does not allow it.
fn is_refused(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(ServerErrorKind::NoPerm | ServerErrorKind::ResponseError)
            | ErrorKind::Extension
    )
}
