//! Listens on `localhost`, which is two addresses.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::vec;

use tokio::net::TcpListener;

/// One port on 127.0.0.1, and on ::1 if this machine has IPv6.
pub(crate) struct Listeners {
    port: u16,
    listeners: Vec<TcpListener>,
}

pub(crate) async fn on_localhost(port: u16) -> Result<Listeners, String> {
    let ipv4 = bind(Ipv4Addr::LOCALHOST, port)
        .await
        .map_err(|error| explained(&error, port))?;
    // 0 asks for any free port: the second address uses the one that was found.
    let port = ipv4.local_addr().map_or(port, |address| address.port());
    let mut listeners = vec![ipv4];
    match bind(Ipv6Addr::LOCALHOST, port).await {
        Ok(ipv6) => listeners.push(ipv6),
        // Another program would answer those browsers that try IPv6 first.
        Err(error) if error.kind() == ErrorKind::AddrInUse => return Err(explained(&error, port)),
        Err(_) => {}
    }
    Ok(Listeners { port, listeners })
}

impl Listeners {
    /// The origin that browsers see.
    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

impl IntoIterator for Listeners {
    type Item = TcpListener;
    type IntoIter = vec::IntoIter<TcpListener>;

    fn into_iter(self) -> Self::IntoIter {
        self.listeners.into_iter()
    }
}

async fn bind(address: impl Into<IpAddr>, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((address.into(), port)).await
}

fn explained(error: &io::Error, port: u16) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            format!("port {port} is taken by another program; end it, or set PORT to a free one")
        }
        _ => format!("it cannot listen on port {port}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_in_use_is_reported_with_its_remedy() {
        let taken = on_localhost(0).await.unwrap();

        let error = on_localhost(taken.port).await.err().unwrap();

        assert!(error.contains(&taken.port.to_string()) && error.contains("set PORT"));
    }
}
