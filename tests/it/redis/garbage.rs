//! Servers that are no Redis server.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tower_oidc_redis::RedisStore;

use super::{find, revoke, save};

/// Answers whatever it reads with this text.
async fn server(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 1_024];
                while socket
                    .read(&mut buffer)
                    .await
                    .is_ok_and(|length| length > 0)
                {
                    if answer.is_empty() || socket.write_all(answer).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    address
}

/// M-06: nothing panics, hangs, or takes memory; and no text of the server is in an error.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_garbage_is_an_error() {
    let answers: [&[u8]; 14] = [
        b"",
        b"HTTP/1.1 400 Bad Request\r\nserver: canary\r\n\r\n",
        b"-canary canary\r\n",
        b"-ERR unknown command with args beginning with: 'canary'\r\n",
        b"+canary\r\n",
        b"$6\r\ncanary\r\n",
        b"$999999999999\r\n",
        b"*2147483647\r\n",
        b"%2147483647\r\n*1\r\n*1\r\n",
        b":canary\r\n",
        b"\x00\xff\xfe\r\n",
        b"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        b"_\r\n#t\r\n,1.5\r\n(1\r\n",
        b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n",
    ];
    for answer in answers {
        let shown = answer.escape_ascii();
        // An error without a password is the answer to a command, and not to the password.
        let password = if answer.starts_with(b"-") {
            ""
        } else {
            ":canary@"
        };
        let url = format!("redis://{password}{}", server(answer).await);
        let builder = RedisStore::builder(url);
        let store = builder
            .time_limit(Duration::from_millis(100))
            .build()
            .unwrap();
        let errors = [
            find(&store, "a").await.map(drop),
            revoke(&store, "a").await.map(drop),
            save(&store, "a", "canary").await.map(drop),
        ];
        for error in errors {
            let text = error.expect_err(&shown.to_string()).to_string();
            assert!(!text.contains("canary"), "{shown}: {text}");
        }
    }
}
