//! Networks of IP addresses: of trusted proxies, and of clients (RFC 4632 section 3.1, RFC 4291 section 2.3).

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv6Net};

/// A network or a single address. An IPv4 address that is mapped to IPv6 counts as IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network(IpNet);

impl Network {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// The text is neither an address nor a network such as `10.0.0.0/8`, or it is the network of all addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidNetwork;

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let network = match text.contains('/') {
            true => text.parse().map_err(|_| InvalidNetwork)?,
            false => IpNet::from(text.parse::<IpAddr>().map_err(|_| InvalidNetwork)?),
        };
        let network = match network.addr().to_canonical() {
            IpAddr::V4(address) if matches!(network, IpNet::V6(_)) => {
                // An IPv4 network that is mapped to IPv6: all mapped addresses have the same first 96 bits.
                let prefix = network.prefix_len().checked_sub(96).ok_or(InvalidNetwork)?;
                IpNet::new(address.into(), prefix).map_err(|_| InvalidNetwork)?
            }
            _ => network,
        };
        // A network of all addresses would make every client a trusted proxy.
        if network.prefix_len() == 0 {
            return Err(InvalidNetwork);
        }
        Ok(Self(network.trunc()))
    }
}

/// Numbers of the network that a client is in, to distinguish clients of different networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientNetwork {
    /// The first 24 bits of an IPv4 address, also if it is mapped to IPv6, or the first 64 bits of an IPv6
    /// address. Internet providers commonly assign at least an IPv6 network of this size to each customer.
    pub(crate) network: u128,
    /// The first 48 bits of an IPv6 address, because many customers can get a network of this size, which
    /// contains 65,536 of the smaller ones (RFC 6177). For IPv4 the same as `network`.
    pub(crate) wider: u128,
}

impl ClientNetwork {
    pub(crate) fn of(address: IpAddr) -> Self {
        let v6 = |address, prefix| Ipv6Net::new_assert(address, prefix).network().to_bits();
        match address.to_canonical() {
            IpAddr::V4(address) => {
                // Mapped to IPv6, so that no IPv6 network has the same number.
                let network = v6(address.to_ipv6_mapped(), 96 + 24);
                Self {
                    network,
                    wider: network,
                }
            }
            IpAddr::V6(address) => Self {
                network: v6(address, 64),
                wider: v6(address, 48),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(network: &str, address: &str, expected: bool) {
        let network: Network = network.parse().unwrap();
        assert_eq!(network.contains(address.parse().unwrap()), expected);
    }

    #[test]
    fn a_network_contains_the_addresses_with_its_prefix() {
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.9.9.9/8", "10.0.0.1", true);
        check("10.0.0.1", "10.0.0.1", true);
        check("10.0.0.1", "10.0.0.2", false);
        check("10.0.0.0/31", "10.0.0.1", true);
        check("fd00::/8", "fdff::1", true);
        check("fd00::/8", "fe00::1", false);
        check("::1", "::1", true);
        check("::/1", "10.0.0.1", false);
    }

    /// A socket that listens on IPv6 shows IPv4 peers as such addresses.
    #[test]
    fn a_mapped_ipv4_address_counts_as_ipv4() {
        check("10.0.0.0/8", "::ffff:10.0.0.1", true);
        check("::ffff:10.0.0.0/104", "10.0.0.1", true);
        check("::ffff:10.0.0.1", "10.0.0.1", true);
        check("::ffff:10.0.0.0/104", "11.0.0.1", false);
    }

    #[test]
    fn clients_of_one_network_share_24_bits_of_ipv4_or_64_bits_of_ipv6() {
        let network = |address: &str| ClientNetwork::of(address.parse().unwrap()).network;

        assert_eq!(network("192.0.2.1"), network("192.0.2.254"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.7"));
        assert_ne!(network("192.0.2.1"), network("192.0.3.1"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        // Not a mapped IPv4 network, although its last bits are those of one.
        assert_ne!(network("::1"), network("0.0.0.1"));
    }

    #[test]
    fn ipv6_networks_with_the_same_48_bits_have_the_same_wider_network() {
        let wider = |address: &str| ClientNetwork::of(address.parse().unwrap()).wider;

        assert_eq!(wider("2001:db8:1:2::1"), wider("2001:db8:1:ffff::2"));
        assert_ne!(wider("2001:db8:1:2::1"), wider("2001:db8:2:2::1"));
        assert_eq!(wider("192.0.2.1"), wider("::ffff:192.0.2.7"));
        assert_ne!(wider("192.0.2.1"), wider("192.0.3.1"));
    }

    #[test]
    fn invalid_networks_and_the_network_of_all_addresses_are_refused() {
        for text in [
            "",
            "proxy.example",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.0/8/8",
            "10.0.0/8",
            "0.0.0.0/0",
            "::/0",
            "::ffff:0.0.0.0/96",
            "::ffff:10.0.0.1/64",
        ] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}
