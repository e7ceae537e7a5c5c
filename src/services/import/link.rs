//! Addresses of pictures and their originals that are somewhere else.

use url::Url;

/// The longest address, in characters.
const MAX_ADDRESS_CHARS: usize = 2_000;

/// An address that Sirius does not link to.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LinkError {
    #[error("{0:?} is not an address: {1}")]
    NotAnAddress(String, url::ParseError),
    #[error("{0:?} is neither an http nor an https address")]
    Scheme(String),
    #[error("an address must not hold a user name or a password")]
    Credentials,
    #[error("an address has at most {MAX_ADDRESS_CHARS} characters, this one has {0}")]
    TooLong(usize),
}

/// Whether a text is meant as an address rather than as a path.
pub(super) fn is_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// Reads an http or https address and gives its one spelling, without a fragment.
pub(super) fn address(text: &str) -> Result<Box<str>, LinkError> {
    let text = text.trim();
    let chars = text.chars().count();
    if chars > MAX_ADDRESS_CHARS {
        return Err(LinkError::TooLong(chars));
    }
    let shown = || text.chars().take(80).collect::<String>();
    let mut url = Url::parse(text).map_err(|error| LinkError::NotAnAddress(shown(), error))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(LinkError::Scheme(shown()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(LinkError::Credentials);
    }
    // It is the reader's and never sent to the server: it tells no picture from another.
    url.set_fragment(None);
    // Letters beyond ASCII grow when they are spelled for the network.
    match url.as_str().len() {
        0..=MAX_ADDRESS_CHARS => Ok(url.as_str().into()),
        chars => Err(LinkError::TooLong(chars)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_one_spelling() {
        for (text, spelling) in [
            (" HTTP://Example.org:80/a b.jpg#top", "http://example.org/a%20b.jpg"),
            ("https://example.org", "https://example.org/"),
            ("https://bücher.example/ä?q=1", "https://xn--bcher-kva.example/%C3%A4?q=1"),
        ] {
            assert_eq!(address(text).as_deref(), Ok(spelling));
        }
    }

    #[test]
    fn only_plain_web_addresses_are_linked() {
        for (text, wrong) in [
            ("javascript:alert(1)", "\"javascript:alert(1)\" is neither an http nor an https address"),
            ("ftp://example.org/a.jpg", "\"ftp://example.org/a.jpg\" is neither an http nor an https address"),
            ("https://me:secret@example.org/", "an address must not hold a user name or a password"),
            ("https://", "\"https://\" is not an address: empty host"),
        ] {
            assert_eq!(address(text).unwrap_err().to_string(), wrong);
        }
        let long = format!("https://example.org/{}", "é".repeat(1_000));
        assert_eq!(address(&long), Err(LinkError::TooLong(6_020)));
    }

    #[test]
    fn a_path_is_no_address() {
        assert!(is_address("https://example.org") && is_address("s3://bucket/a"));
        assert!(!is_address("a/b.jpg") && !is_address("C:\\a.jpg") && !is_address("://a") && !is_address("a b://c"));
    }
}
