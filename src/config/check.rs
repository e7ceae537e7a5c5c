//! Values that are allowed, but not together: contradictions are refused, what merely has no effect is a warning.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::Config;
use super::error::Problem;
use super::load::Filled;

/// How long Google's load balancer keeps idle connections;
/// <https://cloud.google.com/load-balancing/docs/https#timeout-keepalive-backends>.
const LOAD_BALANCER_IDLE: Duration = Duration::from_mins(10);

/// What cannot be served as it is set.
pub(super) fn contradictions(filled: &Filled) -> Option<Problem> {
    let (public, admin) = ("server.listen", "admin.listen");
    let known = !filled.refused.contains(public) && !filled.refused.contains(admin);
    let (public_address, admin_address) = (filled.config.server.listen, filled.config.admin.listen);
    (known && collide(public_address, admin_address)).then(|| {
        Problem::Contradiction(format!(
            "{public} = \"{public_address}\" ({}) and {admin} = \"{admin_address}\" ({}) are the same place; give one \
             of them another port",
            filled.origins.of(public),
            filled.origins.of(admin),
        ))
    })
}

/// What can be served but is likely a mistake.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let Config { server, visits, cache, pictures, .. } = config;
    let checks = [
        (
            server.keep_alive_timeout < LOAD_BALANCER_IDLE,
            "server.keep_alive_timeout is under 600s: a load balancer that keeps idle connections longer (Google's: \
             600s) will lose requests",
        ),
        (
            visits.timeout > server.request_timeout,
            "visits.timeout has no effect: server.request_timeout is shorter and ends the request first",
        ),
        (
            visits.page_timeout > visits.timeout,
            "visits.page_timeout has no effect: visits.timeout is shorter and gives the visit up first",
        ),
        (
            cache.max_bytes > 0 && cache.max_object_bytes > cache.max_bytes,
            "cache.max_object_bytes has no effect: it is larger than the whole cache (cache.max_bytes)",
        ),
        (
            pictures.max_pixels > pictures.max_total_pixels,
            "pictures.max_pixels has no effect: pictures.max_total_pixels, which counts all frames, is smaller",
        ),
        (
            pictures.max_bytes > pictures.max_memory,
            "pictures.max_bytes has no effect: pictures.max_memory, which counts the file, is smaller",
        ),
    ];
    checks.into_iter().filter(|(applies, _)| *applies).map(|(_, warning)| warning.to_owned()).collect()
}

/// Whether two listeners want the same port of the same address. Port 0 is a new one each time.
fn collide(a: SocketAddr, b: SocketAddr) -> bool {
    // On Linux, `[::]` takes IPv4 as well.
    let covers = |wide: IpAddr, other: IpAddr| wide.is_unspecified() && (wide.is_ipv6() || other.is_ipv4());
    let overlap = a.ip() == b.ip() || covers(a.ip(), b.ip()) || covers(b.ip(), a.ip());
    a.port() != 0 && a.port() == b.port() && overlap
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_collide_on_the_same_port_of_the_same_address() {
        let collide = |a: &str, b: &str| collide(a.parse().unwrap(), b.parse().unwrap());
        for (a, b) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("127.0.0.1:80", "[::]:80"),
            ("[::1]:80", "[::]:80"),
        ] {
            assert!(collide(a, b), "{a} {b}");
        }
        for (a, b) in [
            ("127.0.0.1:80", "127.0.0.1:81"),
            ("127.0.0.1:80", "127.0.0.2:80"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("0.0.0.0:80", "[::1]:80"),
        ] {
            assert!(!collide(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_defaults_give_no_warning() {
        assert_eq!(warnings(&Config::default()), Vec::<String>::new());
    }

    #[test]
    fn what_has_no_effect_is_warned_of() {
        let mut config = Config::default();
        config.server.keep_alive_timeout = Duration::from_mins(1);
        config.server.request_timeout = Duration::from_secs(1);
        config.visits.page_timeout = Duration::from_secs(6);
        config.cache.max_object_bytes = config.cache.max_bytes + 1;
        config.pictures.max_total_pixels = 1;
        assert_eq!(warnings(&config).len(), 5);
    }
}
