//! Lists of names and values in one text, `name=value,other=value`, as the standard variables of OpenTelemetry write them:
//! what is special stands as `%` and two hexadecimal digits.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// More pairs than this are no description any more.
const MAX_PAIRS: usize = 64;

/// What is written as `%` and two digits.
const SPECIAL: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b';').add(b'=').add(b'\\');

/// Attributes of a resource, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes(Vec<(String, String)>);

/// Headers of a request, whose values are secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers(HeaderMap);

impl Attributes {
    pub(super) const ALLOWED: &'static str = "at most 64 names and values, such as \"deployment.environment.name=production,team=stars\", what is \
         special in a value as % and two hexadecimal digits";

    /// Reads them; nothing when they are not well-formed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let pairs = pairs(text)?;
        pairs.iter().all(|(name, _)| name.bytes().all(|byte| byte.is_ascii_graphic())).then_some(Self(pairs))
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.iter()))
    }
}

impl Headers {
    pub(super) const ALLOWED: &'static str = "at most 64 names and values of headers, such as \"authorization=Bearer%20abc,tenant=stars\", what is special \
         in a value as % and two hexadecimal digits";

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs(text)? {
            let name = HeaderName::try_from(name).ok()?;
            // What is no ASCII is read in as many ways as there are readers.
            let mut value = HeaderValue::try_from(value).ok().filter(|value| value.to_str().is_ok())?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        Some(Self(headers))
    }

    /// The text that they were given as, secrets and all.
    pub(super) fn expose(&self) -> String {
        written(self.0.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default())))
    }

    /// The headers themselves, for whoever sends them. Their values are marked as sensitive.
    #[must_use]
    pub fn map(&self) -> &HeaderMap {
        &self.0
    }
}

/// Names and values; nothing when there are none or when one is not well-formed.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    let pairs: Vec<_> = members
        .map(|member| {
            let (name, value) = member.split_once('=')?;
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
            let is_text = !value.chars().any(char::is_control);
            (!name.trim().is_empty() && is_text).then(|| (name.trim().to_owned(), value.into_owned()))
        })
        .collect::<Option<_>>()?;
    (1..=MAX_PAIRS).contains(&pairs.len()).then_some(pairs)
}

fn written<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let members: Vec<_> =
        pairs.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, SPECIAL))).collect();
    members.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_and_written() {
        let attributes = Attributes::parse(" team = stars ,, motto=a%2Cb%20c=d").unwrap();
        assert_eq!(attributes.iter().collect::<Vec<_>>(), [("team", "stars"), ("motto", "a,b c=d")]);
        assert_eq!(attributes.to_string(), "team=stars,motto=a%2Cb%20c%3Dd");
        assert_eq!(Attributes::parse(&attributes.to_string()), Some(attributes));
        for refused in ["", ",", "team", "=stars", "a b=c", "a=%0A", "a=%FF", &"a=b,".repeat(65)] {
            assert_eq!(Attributes::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn headers_can_be_sent_and_are_not_shown() {
        let headers = Headers::parse("Authorization=Bearer%20hush,x-scope=a").unwrap();
        assert_eq!(headers.map()["authorization"], "Bearer hush");
        assert_eq!(Headers::parse(&headers.expose()).as_ref(), Some(&headers));
        assert!(!format!("{headers:?}").contains("hush"));
        for refused in ["a b=c", "a=é", "authorization"] {
            assert_eq!(Headers::parse(refused), None, "{refused}");
        }
    }
}
