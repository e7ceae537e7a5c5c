//! `[loki]`: log lines pushed to Loki.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::Secret;
use super::declare::settings;
use super::kind::{Kind, count, duration, optional, path, secret};

settings! {
    /// `[loki]`
    pub struct Loki {
        /// Where Loki is, such as `http://loki:3100`; lines are pushed to `/loki/api/v1/push` below it. Without it nothing is
        /// pushed. With `https` the system's authorities are trusted; the standard variables `SSL_CERT_FILE` and
        /// `SSL_CERT_DIR` name others.
        url: Option<Url> = None => optional(base());
        /// The tenant that lines belong to, sent as `X-Scope-OrgID`.
        tenant: Option<String> = None => optional(tenant());
        /// The name for basic authentication.
        username: Option<String> = None => optional(username());
        /// The password for it.
        password: Option<Secret> = None => optional(credential());
        /// A file that holds the password, instead of `loki.password`; spaces and line ends around it do not count.
        password_file: Option<PathBuf> = None => optional(path());
        /// The token for bearer authentication, instead of a name and a password.
        token: Option<Secret> = None => optional(credential());
        /// A file that holds the token, instead of `loki.token`; spaces and line ends around it do not count.
        token_file: Option<PathBuf> = None => optional(path());
        /// The label `deployment_environment` of all lines, such as `production`; without it, that of
        /// `traces.resource_attributes`, if it has one.
        deployment_environment: Option<String> = None => optional(label());
        /// The most lines sent in a second; where there are more, errors, warnings and slow requests go first.
        lines_per_second: u32 = 500 => count(1..=5_000);
        /// How long Loki may take for a batch of lines until they are given up as unconfirmed.
        timeout: Duration = Duration::from_secs(3) =>
            duration(Duration::from_millis(100)..=Duration::from_secs(30));
    }
}

impl Loki {
    /// Where Loki is, if it is anywhere, with a path that ends in `/`.
    #[must_use]
    pub fn base(&self) -> Option<Url> {
        let mut url = self.url.clone()?;
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Some(url)
    }

    pub(super) const CREDENTIAL: &'static str = "a text of 1 to 1024 characters of ASCII that can be printed";

    /// A password or a token.
    pub(super) fn credential(text: &str) -> Option<Secret> {
        is_text(text, 1_024).then(|| Secret::new(text.to_owned()))
    }
}

fn base() -> Kind<Url> {
    let parse = |text: &str| {
        let url: Url = text.parse().ok()?;
        let bare = url.query().is_none() && url.fragment().is_none();
        // Addresses are printed; what must not be has settings of its own.
        let open = url.username().is_empty() && url.password().is_none();
        let pushes = url.path().contains("/loki/api/");
        (["http", "https"].contains(&url.scheme()) && url.has_host() && bare && open && !pushes).then_some(url)
    };
    Kind::text(
        "an address that begins with http:// or https://, such as \"http://loki:3100\", without credentials, query or \
         the path of the API",
        parse,
        Url::to_string,
    )
}

fn tenant() -> Kind<String> {
    // What Loki takes; <https://grafana.com/docs/loki/latest/operations/multi-tenancy/>.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!-_.*'()".contains(&byte);
    Kind::text(
        "1 to 150 letters, digits or `!-_.*'()`",
        move |text: &str| ((1..=150).contains(&text.len()) && text.bytes().all(allowed)).then(|| text.to_owned()),
        String::clone,
    )
}

fn username() -> Kind<String> {
    Kind::text(
        "1 to 255 characters of ASCII that can be printed, without a colon",
        |text: &str| (is_text(text, 255) && !text.contains(':')).then(|| text.to_owned()),
        String::clone,
    )
}

fn label() -> Kind<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    Kind::text(
        "1 to 63 letters, digits or `-_.`",
        move |text: &str| ((1..=63).contains(&text.len()) && text.bytes().all(allowed)).then(|| text.to_owned()),
        String::clone,
    )
}

fn credential() -> Kind<Secret> {
    secret(Loki::CREDENTIAL, Loki::credential, |secret: &Secret| secret.expose().to_owned())
}

fn is_text(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::kind::Given;
    use super::*;

    #[test]
    fn an_address_is_one_of_a_server_and_tells_no_secret() {
        let parse = |text: &str| base().parse(&Given::Text(text.to_owned()));
        for url in ["http://loki:3100", "https://logs.example.org/tenant/", "http://[::1]:3100"] {
            assert!(parse(url).is_some(), "{url}");
        }
        for refused in [
            "",
            "loki:3100",
            "ftp://loki",
            "http://",
            "http://name:secret@loki:3100",
            "http://loki:3100/?a=b",
            "http://loki:3100/loki/api/v1/push",
        ] {
            assert_eq!(parse(refused), None, "{refused}");
        }
        let loki = |url: &str| Loki { url: url.parse().ok(), ..Loki::default() }.base().unwrap().to_string();
        assert_eq!(loki("http://loki:3100"), "http://loki:3100/");
        assert_eq!(loki("http://gateway/a/b"), "http://gateway/a/b/");
    }
}
