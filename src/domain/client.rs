//! How much of a client's address others get to see, such as the readers of a log.

use std::fmt;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is shown of a client's address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AddressDetail {
    /// The network around it: the /24 of an IPv4 address, the /48 of an IPv6 address. Tells where requests come from,
    /// not from whom.
    #[default]
    Truncated,
    /// All of it.
    Full,
    /// Nothing.
    None,
}

/// As much of a client's address as may be shown: `203.0.113.0/24` or `203.0.113.7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownAddress {
    address: IpAddr,
    /// The length of the prefix, where there is no more than that.
    prefix: Option<u8>,
}

impl AddressDetail {
    /// What may be shown of an address. An IPv4 address mapped into IPv6 is the IPv4 address.
    #[must_use]
    pub fn of(self, address: IpAddr) -> Option<ShownAddress> {
        let address = address.to_canonical();
        match self {
            Self::Truncated => Some(network(address)),
            Self::Full => Some(ShownAddress { address, prefix: None }),
            Self::None => None,
        }
    }
}

impl ShownAddress {
    /// Room for any of them: 45 characters are the longest address, three more tell the prefix.
    pub const ROOM: [u8; 48] = [0; 48];

    /// What [`Display`](fmt::Display) shows, for where that costs too much.
    pub fn write(self, room: &mut [u8; 48]) -> &str {
        let length = match self.address {
            IpAddr::V4(address) => {
                let mut length = 0;
                let mut put = |byte| {
                    room[length] = byte;
                    length += 1;
                };
                for (place, number) in address.octets().into_iter().chain(self.prefix).enumerate() {
                    match place {
                        0 => {}
                        4 => put(b'/'),
                        _ => put(b'.'),
                    }
                    if number >= 100 {
                        put(b'0' + number / 100);
                    }
                    if number >= 10 {
                        put(b'0' + number / 10 % 10);
                    }
                    put(b'0' + number % 10);
                }
                length
            }
            IpAddr::V6(_) => {
                let mut left = &mut room[..];
                // There is room.
                let _ = write!(left, "{self}");
                Self::ROOM.len() - left.len()
            }
        };
        str::from_utf8(&room[..length]).unwrap_or_default()
    }
}

impl fmt::Display for ShownAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            Some(prefix) => write!(f, "{}/{prefix}", self.address),
            None => self.address.fmt(f),
        }
    }
}

fn network(address: IpAddr) -> ShownAddress {
    match address {
        IpAddr::V4(address) => {
            ShownAddress { address: Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8)).into(), prefix: Some(24) }
        }
        IpAddr::V6(address) => ShownAddress {
            address: Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)).into(),
            prefix: Some(48),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(detail: AddressDetail, address: &str) -> Option<String> {
        detail.of(address.parse().unwrap()).map(|shown| shown.to_string())
    }

    #[test]
    fn by_default_only_the_network_is_shown() {
        for (address, network) in [
            ("203.0.113.7", "203.0.113.0/24"),
            ("::ffff:203.0.113.7", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(shown(AddressDetail::default(), address).as_deref(), Some(network));
        }
        assert_eq!(shown(AddressDetail::Full, "::ffff:203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(shown(AddressDetail::Full, "2001:db8::7").as_deref(), Some("2001:db8::7"));
        assert_eq!(shown(AddressDetail::None, "203.0.113.7"), None);
    }

    proptest! {
        #[test]
        fn it_is_written_as_it_is_displayed(v4: Ipv4Addr, v6: Ipv6Addr) {
            for detail in [AddressDetail::Truncated, AddressDetail::Full] {
                for address in [IpAddr::from(v4), v4.to_ipv6_compatible().into(), v6.into()] {
                    let shown = detail.of(address).unwrap();
                    let mut room = ShownAddress::ROOM;
                    prop_assert_eq!(shown.write(&mut room), shown.to_string());
                }
            }
        }

        #[test]
        fn neighbours_cannot_be_told_apart(address: Ipv4Addr, host: u8, v6: Ipv6Addr, low in 0..1_u128 << 80) {
            let show = |address: IpAddr| AddressDetail::Truncated.of(address).unwrap();
            let neighbour = Ipv4Addr::from_bits(address.to_bits() & 0xffff_ff00 | u32::from(host));
            prop_assert_eq!(show(address.into()), show(neighbour.into()));
            prop_assume!(IpAddr::V6(v6).to_canonical().is_ipv6());
            let neighbour = Ipv6Addr::from_bits(v6.to_bits() >> 80 << 80 | low);
            prop_assume!(IpAddr::V6(neighbour).to_canonical().is_ipv6());
            prop_assert_eq!(show(v6.into()), show(neighbour.into()));
        }
    }
}
