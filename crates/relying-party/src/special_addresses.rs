//! Addresses and names that no public provider has.

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// IANA's "IPv4 Special-Purpose Address Registry" (RFC 6890), globally reachable networks included
/// because no provider is there, and multicast (RFC 5771).
const SPECIAL_V4: [Ipv4Net; 18] = [
    v4([0, 0, 0, 0], 8),       // this network
    v4([10, 0, 0, 0], 8),      // private use
    v4([100, 64, 0, 0], 10),   // shared address space of carriers
    v4([127, 0, 0, 0], 8),     // loopback
    v4([169, 254, 0, 0], 16),  // link local, and with it the metadata service of clouds
    v4([172, 16, 0, 0], 12),   // private use
    v4([192, 0, 0, 0], 24),    // IETF protocol assignments
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 31, 196, 0], 24), // AS112
    v4([192, 52, 193, 0], 24), // automatic multicast tunneling
    v4([192, 88, 99, 0], 24),  // 6to4 relays, deprecated
    v4([192, 168, 0, 0], 16),  // private use
    v4([192, 175, 48, 0], 24), // AS112
    v4([198, 18, 0, 0], 15),   // benchmarking
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, and the broadcast address
];

/// The only block of global unicast addresses.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// The networks inside [`GLOBAL_V6`] that IANA's "IPv6 Special-Purpose Address Registry" excludes.
const SPECIAL_V6: [Ipv6Net; 5] = [
    v6([0x2001, 0, 0], 23),         // IETF protocol assignments, Teredo among them
    v6([0x2001, 0xdb8, 0], 32),     // documentation
    v6([0x2002, 0, 0], 16),         // 6to4
    v6([0x2620, 0x4f, 0x8000], 48), // AS112
    v6([0x3fff, 0, 0], 20),         // documentation
];

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c]: [u16; 3], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix)
}

/// Top-level domains of internal networks: RFC 6761 section 6.3, RFC 6762 section 3 and appendix G, RFC
/// 8375, ICANN's reservation of `internal`, and names that routers and resolvers assign, such as `svc`
/// of Kubernetes (`vault.default.svc`) and `consul`.
const INTERNAL_DOMAINS: [&str; 12] = [
    "consul",
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "private",
    "svc",
];

/// Returns whether an address belongs to a network that no public provider is in.
pub(crate) fn is_special_v4(address: Ipv4Addr) -> bool {
    SPECIAL_V4.iter().any(|network| network.contains(&address))
}

/// Returns whether an address is outside the global unicast addresses, or in a special network inside
/// them. That covers all ways to write an IPv4 address as an IPv6 one with a fixed prefix: mapped
/// (`::ffff:0:0/96`), compatible (`::/96`), translated (`::ffff:0:0:0/96`), NAT64 (`64:ff9b::/96`,
/// `64:ff9b:1::/48`), 6to4 and Teredo.
pub(crate) fn is_special_v6(address: Ipv6Addr) -> bool {
    !GLOBAL_V6.contains(&address)
        || SPECIAL_V6.iter().any(|network| network.contains(&address))
        || isatap(address).is_some_and(is_special_v4)
}

/// Returns the IPv4 address inside an ISATAP interface identifier (RFC 5214 section 6.1), which may
/// follow any prefix.
fn isatap(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., flags, 0x5efe, high, low] = address.segments() else {
        return None;
    };
    matches!(flags, 0 | 0x200).then(|| {
        let bits = u32::from(high).wrapping_shl(16) | u32::from(low);
        Ipv4Addr::from_bits(bits)
    })
}

/// Returns whether a host name can only belong to an internal network: `localhost`, a name without a
/// dot, and names below a domain that is reserved for such networks. A dot at the end makes no
/// difference.
pub(crate) fn is_internal_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    !host.contains('.')
        || INTERNAL_DOMAINS.into_iter().any(|domain| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_range_of_ipv4_is_known_from_its_first_address_to_its_last() {
        for (first, last) in [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.31.196.0", "192.31.196.255"),
            ("192.52.193.0", "192.52.193.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("192.175.48.0", "192.175.48.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "255.255.255.255"),
        ] {
            let (first, last): (Ipv4Addr, Ipv4Addr) =
                (first.parse().unwrap(), last.parse().unwrap());
            assert!(is_special_v4(first) && is_special_v4(last), "{first}");
            for outside in [
                first.to_bits().wrapping_sub(1),
                last.to_bits().wrapping_add(1),
            ] {
                let outside = Ipv4Addr::from_bits(outside);
                // The ends of the whole space meet.
                let wraps = matches!(outside.octets()[0], 0 | 255);
                assert_eq!(is_special_v4(outside), wraps, "{outside}");
            }
        }
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.254",
        ] {
            assert!(!is_special_v4(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn every_special_range_of_ipv6_is_known() {
        for special in [
            "::",
            "::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:0:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
            "100::1",
            "100:0:0:1::1",
            "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001::1",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:1ff:ffff::1",
            "2001:2::1",
            "2001:20::1",
            "2001:db8::1",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            "2002:a9fe:a9fe::1",
            "2620:4f:8000::1",
            "2606:4700::5efe:10.0.0.1",
            "2606:4700::200:5efe:169.254.169.254",
            "3fff::1",
            "3fff:fff:ffff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_special_v6(special.parse().unwrap()), "{special}");
        }
        for public in [
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2001:ffff::1",
            "2003::1",
            "2606:4700::1111",
            "2606:4700::5efe:8.8.8.8",
            "2606:4700::1:5efe:10.0.0.1",
            "2620:4f:7fff::1",
            "2620:4f:8001::1",
            "3ffe:ffff::1",
            "3fff:1000::1",
        ] {
            assert!(!is_special_v6(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn names_of_internal_networks_are_known_with_and_without_a_dot_at_the_end() {
        for inner in [
            "localhost",
            "localhost.",
            "LocalHost..",
            "a.localhost",
            "a.localhost.",
            "localhost.localdomain",
            "printer.local",
            "metadata.google.internal",
            "metadata.google.internal.",
            "nas.home.arpa",
            "home.arpa",
            "wiki.corp",
            "vault",
            "vault.",
            "",
        ] {
            assert!(is_internal_name(inner), "{inner}");
        }
        for public in [
            "op.example",
            "op.example.",
            "localhost.example",
            "notlocalhost.com",
            "internal.example.com",
            "xinternal.com",
            "arpa.home.com",
            "a.nothome.arpa",
        ] {
            assert!(!is_internal_name(public), "{public}");
        }
    }
}
