//! The load generator: one connection, one request after the other.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use super::server::BODY;

/// A connection to a server, and the request that it sends.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(super) fn open(address: SocketAddr, cookies: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        let cookie = match cookies {
            "" => String::new(),
            cookies => format!("cookie: {cookies}\r\n"),
        };
        let request = format!(
            "GET / HTTP/1.1\r\nhost: app.example\r\naccept: text/html\r\nsec-fetch-mode: navigate\r\n\
             sec-fetch-site: same-origin\r\n{cookie}\r\n"
        );
        Ok(Self {
            stream,
            request: request.into_bytes(),
            buffer: vec![0; 16_384],
        })
    }

    /// Sends a request and reads its response, this number of times.
    pub(super) fn exchange(&mut self, times: u32) -> Result<(), String> {
        for _ in 0..times {
            let sent = self.stream.write_all(&self.request);
            sent.map_err(|error| error.to_string())?;
            self.response()?;
        }
        Ok(())
    }

    fn response(&mut self) -> Result<(), String> {
        let mut length = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[length..]);
            match read.map_err(|error| error.to_string())? {
                0 => return Err("the server closed the connection".to_owned()),
                read => length += read,
            }
            let received = &self.buffer[..length];
            if received.ends_with(BODY.as_bytes()) {
                let is_ok = received.starts_with(b"HTTP/1.1 200 ");
                return is_ok.then_some(()).ok_or_else(|| {
                    format!("the server refused: {}", String::from_utf8_lossy(received))
                });
            }
        }
    }
}
