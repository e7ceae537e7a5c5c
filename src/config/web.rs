//! Addresses of the web: where the public port is reached, and how people reach the operator.

use std::fmt;

use url::Url;

use super::kind::Kind;

/// Where the public port is reached from outside: scheme, host and port, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Box<str>);

/// Whom to write to about a hole in the service: a `mailto:`, `https:` or `tel:` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact(Box<str>);

impl PublicUrl {
    /// Reads an http or https address that names a host and nothing behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        // The URL standard allows more in a name, such as `&`, than any name has.
        let plain = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte));
        let named = url.host_str().is_some_and(|host| !host.is_empty() && plain(host));
        (bare && anonymous && named).then(|| Self(url.origin().ascii_serialization().into()))
    }

    /// For example `https://pictures.example.org`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Contact {
    /// Reads an address that RFC 9116, section 2.5.3, allows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "mailto" | "https" | "tel"))?;
        let says_something = url.has_host() || !url.path().is_empty();
        says_something.then(|| Self(String::from(url).into()))
    }

    /// As it is written in `security.txt`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) fn public_url() -> Kind<PublicUrl> {
    Kind::text(
        "an http or https address without a path, such as \"https://pictures.example.org\"",
        PublicUrl::parse,
        PublicUrl::to_string,
    )
}

pub(super) fn contact() -> Kind<Contact> {
    Kind::text(
        "a mailto:, https: or tel: address, such as \"mailto:security@example.org\"",
        Contact::parse,
        Contact::to_string,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_names_a_host_and_nothing_behind_it() {
        for (text, read) in [
            ("https://pictures.example.org", "https://pictures.example.org"),
            ("https://Pictures.example.org/", "https://pictures.example.org"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://[::1]:443", "https://[::1]"),
        ] {
            assert_eq!(PublicUrl::parse(text).unwrap().as_str(), read);
        }
        for wrong in ["", "pictures.example.org", "ftp://a.example", "https://a.example/b", "https://a.example?b"] {
            assert_eq!(PublicUrl::parse(wrong), None, "{wrong}");
        }
        for wrong in ["https://user:secret@a.example", "https://a&b.example", "https://a\"b.example", "https://"] {
            assert_eq!(PublicUrl::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_contact_is_an_address_on_one_line() {
        for text in ["mailto:security@example.org", "https://example.org/security", "tel:+49-30-0"] {
            assert_eq!(Contact::parse(text).unwrap().as_str(), text);
        }
        for wrong in ["", "security@example.org", "http://example.org/", "mailto:", "javascript:alert(1)"] {
            assert_eq!(Contact::parse(wrong), None, "{wrong}");
        }
        assert!(!Contact::parse("mailto:a@example.org\r\nExpires: never").unwrap().as_str().contains('\n'));
    }
}
