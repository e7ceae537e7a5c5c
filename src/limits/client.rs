//! Who a client is: its address behind the proxies, and what of that address tells clients apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What of an address has a quota of its own: all of an IPv4 address, the /64 of an IPv6 address, since that is what
/// one subscriber is given. An IPv4 address mapped into IPv6 is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientKey {
    /// An address.
    V4(Ipv4Addr),
    /// The upper half of an address.
    V6(u64),
}

impl ClientKey {
    /// The key of an address.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }

    /// The key of the network around it: /24 of IPv4, /48 of IPv6, what a site is given.
    pub(super) fn network(self) -> Self {
        match self {
            Self::V4(address) => Self::V4(Ipv4Addr::from_bits(address.to_bits() & 0xffff_ff00)),
            Self::V6(prefix) => Self::V6(prefix & !0xffff),
        }
    }
}

/// The address of the client behind `trusted_proxies` proxies.
///
/// `peer` is who opened the connection; `forwarded_for` are the values of the `X-Forwarded-For` headers in the order
/// in which they came, all of them, whatever bytes they hold: to leave one out would move the count. Each proxy appends
/// whom it was asked by, so the entry that the outermost trusted proxy wrote is counted from the right. What stands
/// left of it, the client may have written itself: it is never looked at. Where entries are missing or unreadable, the
/// answer is the last address on the way that a trusted proxy vouched for.
#[must_use]
pub fn client_address<'a, T: AsRef<[u8]> + ?Sized + 'a>(
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'a T>,
    trusted_proxies: u8,
) -> IpAddr {
    forwarded_for
        .rev()
        .flat_map(|value| value.as_ref().rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|entry| !entry.is_empty())
        .take(usize::from(trusted_proxies))
        .map_while(parse_entry)
        .last()
        .unwrap_or(peer)
        .to_canonical()
}

/// An address as proxies write it: with or without a port, IPv6 with or without brackets.
fn parse_entry(entry: &[u8]) -> Option<IpAddr> {
    let entry = str::from_utf8(entry).ok()?;
    if let Ok(address) = entry.parse() {
        return Some(address);
    }
    if let Ok(address) = entry.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let address: Ipv6Addr = entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok()?;
    Some(address.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(peer: &str, headers: &[&str], trusted_proxies: u8) -> String {
        client_address(peer.parse().unwrap(), headers.iter().copied(), trusted_proxies).to_string()
    }

    #[test]
    fn proxies_are_counted_from_the_right() {
        let headers = ["6.6.6.6, 203.0.113.7", "198.51.100.2"];
        assert_eq!(address("10.0.0.1", &headers, 0), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &headers, 1), "198.51.100.2");
        assert_eq!(address("10.0.0.1", &headers, 2), "203.0.113.7");
    }

    #[test]
    fn what_is_missing_or_unreadable_leaves_the_last_trustworthy_address() {
        assert_eq!(address("10.0.0.1", &[], 2), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["203.0.113.7"], 2), "203.0.113.7");
        assert_eq!(address("10.0.0.1", &["203.0.113.7, unknown"], 2), "10.0.0.1");
        assert_eq!(address("10.0.0.1", &["6.6.6.6, _hidden, 198.51.100.2"], 3), "198.51.100.2");
        let bytes: [&[u8]; 2] = [b"6.6.6.6", b"\xff, 203.0.113.7"];
        let found = |trusted| client_address(Ipv4Addr::LOCALHOST.into(), bytes.into_iter(), trusted).to_string();
        assert_eq!((found(1).as_str(), found(2).as_str()), ("203.0.113.7", "203.0.113.7"));
        assert_eq!(address("10.0.0.1", &["", " , ,", "203.0.113.7,, "], 1), "203.0.113.7");
    }

    #[test]
    fn ports_brackets_and_mapped_addresses_are_understood() {
        for (entry, expected) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("2001:db8::7", "2001:db8::7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
        ] {
            assert_eq!(address("10.0.0.1", &[entry], 1), expected);
        }
        assert_eq!(address("::ffff:203.0.113.7", &[], 0), "203.0.113.7");
    }

    proptest! {
        #[test]
        fn nothing_that_a_client_writes_changes_its_address(
            forged in proptest::collection::vec("[ -~]{0,40}", 0..4),
            client: IpAddr,
            hops in proptest::collection::vec(any::<IpAddr>(), 0..4),
        ) {
            // The client's own headers, then one line of what the proxies appended.
            let chain = std::iter::once(client).chain(hops.iter().copied());
            let appended = chain.map(|hop| hop.to_string()).collect::<Vec<_>>().join(", ");
            let headers = forged.iter().map(String::as_str).chain([appended.as_str()]);
            let headers: Vec<_> = headers.collect();
            let trusted_proxies = u8::try_from(hops.len() + 1).unwrap();
            let found = client_address(Ipv4Addr::LOCALHOST.into(), headers.iter().copied(), trusted_proxies);
            prop_assert_eq!(found, client.to_canonical());
        }

        #[test]
        fn no_header_panics_and_without_proxies_none_counts(peer: IpAddr, header in ".*", trusted_proxies in 1..u8::MAX) {
            let found = |trusted_proxies| client_address(peer, [header.as_str()].into_iter(), trusted_proxies);
            prop_assert_eq!(found(0), peer.to_canonical());
            prop_assert_eq!(found(trusted_proxies), found(trusted_proxies).to_canonical());
        }

        #[test]
        fn a_subscriber_has_one_key_and_neighbours_have_others(address: Ipv6Addr, low: u64, bit in 64..128_u32) {
            let bits = address.to_bits();
            prop_assume!(IpAddr::V6(address).to_canonical().is_ipv6());
            let key = |bits| ClientKey::new(Ipv6Addr::from_bits(bits).into());
            let same = (bits >> 64 << 64) | u128::from(low);
            prop_assume!(IpAddr::V6(Ipv6Addr::from_bits(same)).to_canonical().is_ipv6());
            prop_assert_eq!(key(bits), key(same));
            prop_assert_ne!(key(bits), key(bits ^ (1 << bit)));
            prop_assert_eq!(key(bits).network(), key(bits ^ (1 << bit.min(79))).network());
        }

        #[test]
        fn an_ipv4_address_is_its_own_key_however_it_is_written(address: Ipv4Addr, other: Ipv4Addr) {
            let key = ClientKey::new(address.into());
            prop_assert_eq!(key, ClientKey::new(address.to_ipv6_mapped().into()));
            prop_assert_eq!(key == ClientKey::new(other.into()), address == other);
            let [a, b, c, _] = address.octets();
            prop_assert_eq!(key.network(), ClientKey::V4(Ipv4Addr::new(a, b, c, 0)));
        }
    }
}
