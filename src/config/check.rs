//! Values that are allowed, but not together: contradictions are refused, what merely has no effect is a warning.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use url::Url;

use super::error::Problem;
use super::load::Filled;
use super::{Blobs, Config, Database, DatabaseAddress, DatabaseServer, DatabaseUrl, Delivery, Loki, OtlpProtocol};

/// How long Google's load balancer keeps idle connections;
/// <https://cloud.google.com/load-balancing/docs/https#timeout-keepalive-backends>.
const LOAD_BALANCER_IDLE: Duration = Duration::from_mins(10);

/// What cannot be served as it is set.
pub(super) fn contradictions(filled: &Filled) -> Vec<Problem> {
    [
        database_address(filled),
        two_database_passwords(filled),
        same_place(filled),
        two_credentials(filled),
        password_of_nobody(filled),
        batch_beyond_queue(filled),
        redirect_to_a_folder(filled),
        faults_for_everybody(filled),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn database_address(filled: &Filled) -> Option<Problem> {
    let key = "database.url";
    let url = filled.config.database.url.as_ref()?;
    let wrong = url.address().err()?;
    Some(Problem::Contradiction(format!("{key} = {url} ({}) is not allowed: {wrong}", filled.origins.of(key))))
}

fn two_database_passwords(filled: &Filled) -> Option<Problem> {
    let (url, file) = ("database.url", "database.password_file");
    let database = &filled.config.database;
    database.password_file.as_ref()?;
    let has_password = matches!(
        database.url.as_ref()?.address(),
        Ok(DatabaseAddress::Server(DatabaseServer { password: Some(_), .. }))
    );
    has_password.then(|| {
        Problem::Contradiction(format!(
            "{url} ({}) has a password and {file} ({}) is set; leave one of them out",
            filled.origins.of(url),
            filled.origins.of(file),
        ))
    })
}

fn two_credentials(filled: &Filled) -> Option<Problem> {
    let (token, username) = ("loki.token", "loki.username");
    let loki = &filled.config.loki;
    (loki.token.is_some() && loki.username.is_some()).then(|| {
        Problem::Contradiction(format!(
            "{token} ({}) and {username} ({}) are both set; one request carries one of them: leave the other out",
            filled.origins.of(token),
            filled.origins.of(username),
        ))
    })
}

fn password_of_nobody(filled: &Filled) -> Option<Problem> {
    let (password, username) = ("loki.password", "loki.username");
    let loki = &filled.config.loki;
    (loki.password.is_some() && loki.username.is_none() && !filled.refused.contains(username)).then(|| {
        Problem::Contradiction(format!(
            "{password} ({}) is set and {username} is not; set both, or loki.token for a bearer token",
            filled.origins.of(password),
        ))
    })
}

fn same_place(filled: &Filled) -> Option<Problem> {
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

fn batch_beyond_queue(filled: &Filled) -> Option<Problem> {
    let (batch, queue) = ("traces.max_batch_size", "traces.max_queue_size");
    let traces = &filled.config.traces;
    (traces.max_batch_size > traces.max_queue_size).then(|| {
        Problem::Contradiction(format!(
            "{batch} = {} ({}) is more than ever waits, {queue} = {} ({}); lower the former or raise the latter",
            traces.max_batch_size,
            filled.origins.of(batch),
            traces.max_queue_size,
            filled.origins.of(queue),
        ))
    })
}

fn redirect_to_a_folder(filled: &Filled) -> Option<Problem> {
    let (delivery, url) = ("blobs.delivery", "blobs.url");
    let blobs = &filled.config.blobs;
    (blobs.delivery == Delivery::Redirect && !blobs.is_remote() && !filled.refused.contains(url)).then(|| {
        Problem::Contradiction(format!(
            "{delivery} = \"redirect\" ({}) needs a bucket that clients can be sent to, and {url} names none; set {url} to \
             an s3://, gs:// or az:// address, or {delivery} to \"proxy\"",
            filled.origins.of(delivery),
        ))
    })
}

fn faults_for_everybody(filled: &Filled) -> Option<Problem> {
    let (enabled, token, file) = ("faults.enabled", "admin.token", "admin.token_file");
    let Config { faults, admin, .. } = &filled.config;
    let is_given = admin.token.is_some() || admin.token_file.is_some() || filled.refused.contains(token);
    (faults.enabled && !is_given).then(|| {
        Problem::Contradiction(format!(
            "{enabled} = true ({}) lets whoever reaches the admin port break this Sirius; set {token} or {file}, too",
            filled.origins.of(enabled),
        ))
    })
}

/// What can be served but is likely a mistake.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let Config { database, server, visits, cache, pictures, loki, traces, blobs, .. } = config;
    let port = traces.target().and_then(Url::port);
    let checks = [
        (
            is_of_servers_only(database),
            "the settings of [database] but url and migrate have no effect: they are for servers, not for SQLite's files",
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
            traces.protocol == OtlpProtocol::Http && port == Some(4317),
            "traces.endpoint has the port of gRPC, 4317, and traces.protocol is http/protobuf: set traces.protocol to \
             grpc, or take port 4318",
        ),
        (
            traces.protocol == OtlpProtocol::Grpc && port == Some(4318),
            "traces.endpoint has the port of OTLP over HTTP, 4318, and traces.protocol is grpc: set traces.protocol to \
             http/protobuf, or take port 4317",
        ),
        (
            traces.protocol == OtlpProtocol::Grpc && traces.target().is_some_and(|url| url.path() != "/"),
            "the path of traces.endpoint has no effect: gRPC has none",
        ),
        (
            loki.url.is_none() && *loki != Loki::default(),
            "the settings of [loki] have no effect: loki.url is not set, so nothing is pushed",
        ),
        (
            !blobs.is_remote() && !is_as_it_comes(blobs),
            "the settings of [blobs] for buckets have no effect: blobs.url names none, the bytes are in a folder",
        ),
        (
            blobs.delivery == Delivery::Proxy && blobs.signed_for != Blobs::default().signed_for,
            "blobs.signed_for has no effect: blobs.delivery is proxy, so no addresses are signed",
        ),
        (
            pictures.max_bytes > pictures.max_memory,
            "pictures.max_bytes has no effect: pictures.max_memory, which counts the file, is smaller",
        ),
    ];
    let all = checks.into_iter().chain(unwise(config));
    all.filter(|(applies, _)| *applies).map(|(_, warning)| warning.to_owned()).collect()
}

/// What has its effect, and one that is not for every Sirius.
fn unwise(config: &Config) -> [(bool, &'static str); 2] {
    [
        (
            config.server.keep_alive_timeout < LOAD_BALANCER_IDLE,
            "server.keep_alive_timeout is under 600s: a load balancer that keeps idle connections longer (Google's: \
             600s) will lose requests",
        ),
        (
            config.faults.enabled,
            "faults.enabled is for drills: whoever has admin.token can make this Sirius slow, or fail",
        ),
    ]
}

/// Whether everything that is only for buckets is at its default.
fn is_as_it_comes(blobs: &Blobs) -> bool {
    let Blobs { url, delivery, signed_for, variables, .. } = blobs.clone();
    *blobs == Blobs { url, delivery, signed_for, variables, ..Blobs::default() }
}

/// Whether something is set for a database server, and there is none.
fn is_of_servers_only(database: &Database) -> bool {
    let is_file = !matches!(database.url.as_ref().map(DatabaseUrl::address), Some(Ok(DatabaseAddress::Server(_))));
    let for_files = Database { url: database.url.clone(), migrate: database.migrate, ..Database::default() };
    is_file && *database != for_files
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
    use std::collections::BTreeSet;

    use super::super::{BlobUrl, Origins};
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
    fn clients_cannot_be_sent_to_a_folder() {
        for (url, is_refused) in [(None, true), (Some("file:///a"), true), (Some("s3://bucket"), false)] {
            let mut filled =
                Filled { config: Config::default(), origins: Origins::default(), refused: BTreeSet::new() };
            filled.config.blobs.delivery = Delivery::Redirect;
            filled.config.blobs.url = url.and_then(BlobUrl::parse);
            assert_eq!(contradictions(&filled).len(), usize::from(is_refused), "{url:?}");
        }
    }

    #[test]
    fn whoever_breaks_things_has_a_token() {
        let mut filled = Filled { config: Config::default(), origins: Origins::default(), refused: BTreeSet::new() };
        filled.config.faults.enabled = true;
        let [problem] = contradictions(&filled).try_into().unwrap();
        assert!(problem.to_string().contains("set admin.token or admin.token_file"), "{problem}");
        filled.config.admin.token_file = Some("/run/secrets/token".into());
        assert_eq!(contradictions(&filled).len(), 0);
        assert_eq!(warnings(&filled.config).len(), 1);
    }

    #[test]
    fn what_has_no_effect_is_warned_of() {
        let mut config = Config::default();
        config.server.keep_alive_timeout = Duration::from_mins(1);
        config.server.request_timeout = Duration::from_secs(1);
        config.visits.page_timeout = Duration::from_secs(6);
        config.cache.max_object_bytes = config.cache.max_bytes + 1;
        config.pictures.max_total_pixels = 1;
        config.loki.lines_per_second = 1;
        config.traces.endpoint = "http://127.0.0.1:4317".parse().ok();
        assert_eq!(warnings(&config).len(), 7);
        (config.traces.protocol, config.traces.endpoint) = (OtlpProtocol::Grpc, "http://h:4318/v1/traces".parse().ok());
        assert_eq!(warnings(&config).len(), 8);
        (config.blobs.retries, config.blobs.signed_for) = (1, Duration::from_mins(1));
        assert_eq!(warnings(&config).len(), 10);
    }
}
