//! The address of a database: read, checked, and never printed with its password.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::Url;

use super::Secret;

const EXAMPLES: &str = "write postgres://USER:PASSWORD@HOST:5432/NAME, mysql://USER:PASSWORD@HOST:3306/NAME (also for \
     MariaDB), or sqlite:FILE";

/// An address as it was given. Printed, its password is masked.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseAddress {
    /// A file of SQLite's.
    File(PathBuf),
    /// A server.
    Server(DatabaseServer),
}

/// A database server's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
}

/// A database on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseServer {
    /// What kind.
    pub kind: ServerKind,
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// A socket of this machine that it listens on, instead of host and port.
    pub socket: Option<PathBuf>,
    /// Who connects.
    pub user: String,
    /// With which password.
    pub password: Option<Secret>,
    /// The name of the database.
    pub name: String,
    /// Whether the connection is encrypted.
    pub tls: Tls,
    /// The authority that signed the server's certificate, instead of those that the system trusts.
    pub root_certificate: Option<PathBuf>,
    /// The certificate to show to the server.
    pub client_certificate: Option<PathBuf>,
    /// Its key.
    pub client_key: Option<PathBuf>,
}

/// Whether a connection is encrypted, and what is asked of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not encrypted.
    Disable,
    /// Encrypted if the server can.
    Prefer,
    /// Encrypted, with whomever it is.
    Require,
    /// Encrypted, and an authority that is trusted has signed the certificate.
    VerifyCa,
    /// The same, and it is for this host.
    VerifyFull,
}

impl DatabaseUrl {
    /// Takes an address as it is.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Where it leads.
    ///
    /// # Errors
    /// One sentence without a secret: what is wrong, and what is allowed.
    pub fn address(&self) -> Result<DatabaseAddress, String> {
        let Some((scheme, rest)) = self.0.split_once(':') else {
            return Err(format!("it is no address of a database; {EXAMPLES}"));
        };
        // Schemes are the same in capitals: RFC 3986, 3.1.
        let kind = match &*scheme.to_ascii_lowercase() {
            "sqlite" => return file(rest),
            "postgres" | "postgresql" => ServerKind::Postgres,
            "mysql" | "mariadb" => ServerKind::MySql,
            _ => return Err(format!("its scheme is none of postgres, mysql and sqlite; {EXAMPLES}")),
        };
        let url = Url::parse(&self.0).map_err(|error| {
            format!(
                "it is no address of a database ({error}); {EXAMPLES}, what is special in a password as % and two \
                     hexadecimal digits"
            )
        })?;
        server(kind, &url)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address(), Url::parse(&self.0)) {
            (Ok(DatabaseAddress::File(_)), _) => f.write_str(&self.0),
            (Ok(DatabaseAddress::Server(_)), Ok(mut url)) => {
                if url.password().is_some() {
                    // Only refused where there is no host, and here there is one.
                    let _ = url.set_password(Some(Secret::MASK));
                }
                url.fmt(f)
            }
            // Nobody knows which part of it is a secret.
            _ => f.write_str(Secret::MASK),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ServerKind {
    /// As people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL or MariaDB",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::MySql => 3306,
        }
    }

    /// The options of an address, in the words of the database's own tools.
    const fn options(self) -> [&'static str; 5] {
        match self {
            Self::Postgres => ["sslmode", "sslrootcert", "sslcert", "sslkey", "host"],
            Self::MySql => ["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"],
        }
    }

    const fn tls_modes(self) -> [(&'static str, Tls); 5] {
        match self {
            Self::Postgres => [
                ("disable", Tls::Disable),
                ("prefer", Tls::Prefer),
                ("require", Tls::Require),
                ("verify-ca", Tls::VerifyCa),
                ("verify-full", Tls::VerifyFull),
            ],
            Self::MySql => [
                ("disabled", Tls::Disable),
                ("preferred", Tls::Prefer),
                ("required", Tls::Require),
                ("verify_ca", Tls::VerifyCa),
                ("verify_identity", Tls::VerifyFull),
            ],
        }
    }
}

/// As `postgres://user@host:5432/name`: what a person has to know to find it.
impl fmt::Display for DatabaseServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ServerKind::Postgres => "postgres",
            ServerKind::MySql => "mysql",
        };
        write!(f, "{scheme}://{}@{}:{}/{}", self.user, self.host, self.port, self.name)
    }
}

fn file(rest: &str) -> Result<DatabaseAddress, String> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() || path.contains('?') || path.starts_with(':') {
        return Err(
            "after sqlite: comes the path of a file, and nothing else, such as sqlite:/var/lib/sirius.db".to_owned()
        );
    }
    Ok(DatabaseAddress::File(path.into()))
}

fn server(kind: ServerKind, url: &Url) -> Result<DatabaseAddress, String> {
    if url.fragment().is_some() {
        return Err("it has a #, which a password writes as %23".to_owned());
    }
    let decode =
        |text: &str| percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| "it is not valid UTF-8");
    let mut server = DatabaseServer {
        kind,
        host: decode(url.host_str().unwrap_or_default())?,
        port: url.port().unwrap_or(kind.default_port()),
        socket: None,
        user: decode(url.username())?,
        password: url.password().map(decode).transpose()?.map(Secret::new),
        name: decode(url.path().trim_start_matches('/'))?,
        tls: Tls::Prefer,
        root_certificate: None,
        client_certificate: None,
        client_key: None,
    };
    for (option, value) in url.query_pairs() {
        set(&mut server, &option, &value)?;
    }
    // As the servers' own tools take it.
    server.host = server.host.trim_start_matches('[').trim_end_matches(']').to_owned();
    for (part, is_missing) in [
        ("host", server.host.is_empty() && server.socket.is_none()),
        ("user", server.user.is_empty()),
        ("name of the database", server.name.is_empty() || server.name.contains('/')),
    ] {
        if is_missing {
            return Err(format!("it has no {part}; {EXAMPLES}"));
        }
    }
    if server.client_certificate.is_some() != server.client_key.is_some() {
        let [_, _, certificate, key, _] = kind.options();
        return Err(format!("{certificate} and {key} go together; set both or none"));
    }
    Ok(DatabaseAddress::Server(server))
}

fn set(server: &mut DatabaseServer, option: &str, value: &str) -> Result<(), String> {
    let kind = server.kind;
    let [mode, root, certificate, key, socket] = kind.options();
    let path = || Some(PathBuf::from(value));
    if option == mode {
        let modes = kind.tls_modes();
        let found = modes.iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
        server.tls = found.ok_or_else(|| format!("{mode} is one of {}", list(modes.map(|(name, _)| name))))?.1;
    } else if option == root {
        server.root_certificate = path();
    } else if option == certificate {
        server.client_certificate = path();
    } else if option == key {
        server.client_key = path();
    } else if option == socket && value.starts_with('/') {
        server.socket = path();
    } else if option == socket {
        return Err(format!("{socket} is the path of a socket on this machine, beginning with /"));
    } else {
        // The name only: the value may be a secret.
        return Err(format!("there is no option {option:?}; allowed are {}", list(kind.options())));
    }
    Ok(())
}

fn list(words: [&str; 5]) -> String {
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> DatabaseServer {
        match DatabaseUrl::new(text.to_owned()).address() {
            Ok(DatabaseAddress::Server(server)) => server,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn an_address_has_all_that_a_connection_needs() {
        let found = server("postgres://si%40rius:p%23w@db.example.org/stars?sslmode=verify-full&sslrootcert=/ca.pem");
        assert_eq!((found.host.as_str(), found.port, found.name.as_str()), ("db.example.org", 5432, "stars"));
        assert_eq!((found.user.as_str(), found.password.unwrap().expose()), ("si@rius", "p#w"));
        assert_eq!((found.tls, found.root_certificate), (Tls::VerifyFull, Some("/ca.pem".into())));
        let found = server("mariadb://sirius@[::1]:3307/stars?ssl-mode=REQUIRED&socket=/run/mysqld/mysqld.sock");
        assert_eq!((found.kind, found.host.as_str(), found.port), (ServerKind::MySql, "::1", 3307));
        assert_eq!((found.tls, found.socket), (Tls::Require, Some("/run/mysqld/mysqld.sock".into())));
        assert_eq!(server("POSTGRES://sirius@h/stars"), server("postgres://sirius@h/stars"));
        assert_eq!(
            server("postgresql://sirius@localhost/stars?host=/run/postgresql").socket,
            Some("/run/postgresql".into())
        );
    }

    #[test]
    fn a_file_is_named_after_its_scheme() {
        for (text, path) in
            [("sqlite:a/b.db", "a/b.db"), ("sqlite:///a/b.db", "/a/b.db"), ("SQLite:/a b.db", "/a b.db")]
        {
            let found = DatabaseUrl::new(text.to_owned()).address();
            assert_eq!(found, Ok(DatabaseAddress::File(path.into())), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, said) in [
            ("hunter2", "no address"),
            ("oracle://u:hunter2@h/d", "scheme is none of"),
            ("postgres://u:hunter2@h:99999/d", "no address"),
            ("postgres://u:hunter2@/d", "no address"),
            ("postgres:///d", "no host"),
            ("postgres://:hunter2@h/d", "no user"),
            ("postgres://u:hunter2@h", "no name of the database"),
            ("postgres://u:hunter2@h/d/e", "no name of the database"),
            ("postgres://u:hunt#er2@h/d", ""),
            ("postgres://u:hunter2@h/d#x", "%23"),
            ("postgres://u:hunter2@h/d?ssl-mode=require", "there is no option \"ssl-mode\""),
            ("postgres://u@h/d?password=hunter2", "there is no option \"password\""),
            ("postgres://u:hunter2@h/d?sslmode=on", "sslmode is one of disable, prefer"),
            ("postgres://u:hunter2@h/d?sslcert=a", "sslcert and sslkey go together"),
            ("mysql://u:hunter2@h/d?socket=relative", "path of a socket"),
            ("sqlite:", "path of a file"),
            ("sqlite::memory:", "path of a file"),
        ] {
            let url = DatabaseUrl::new(text.to_owned());
            let wrong = url.address().unwrap_err();
            assert!(wrong.contains(said), "{text}: {wrong}");
            assert!(!wrong.contains("hunt") && !format!("{url} {url:?}").contains("hunt"), "{text}: {wrong} {url}");
        }
    }

    #[test]
    fn a_password_is_masked() {
        let url = DatabaseUrl::new("mysql://u:hunter2@h:1/d?ssl-mode=disabled".to_owned());
        assert_eq!(url.to_string(), "mysql://u:***@h:1/d?ssl-mode=disabled");
        assert_eq!(DatabaseUrl::new("sqlite:a.db".to_owned()).to_string(), "sqlite:a.db");
    }
}
