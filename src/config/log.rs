//! `[log]`: what is logged, and how.

use super::declare::settings;
use super::kind::{Kind, choice};
use crate::domain::AddressDetail;

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

settings! {
    /// `[log]`
    pub struct Log {
        /// What is logged: a level, or a list of levels by module.
        filter: String = "info".to_owned() => filter();
        /// How lines look: for people, one JSON object each, or `text` on a terminal and `json` elsewhere.
        format: LogFormat = LogFormat::Auto =>
            choice(&[("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)]);
        /// Which requests get a line: all, notable ones (that failed by our fault or were slow), or none. Those of probes have
        /// the level debug.
        requests: RequestLines = RequestLines::All => choice(&[
            ("all", RequestLines::All),
            ("notable", RequestLines::Notable),
            ("none", RequestLines::None),
        ]);
        /// What a line shows of a client's address: its network (/24 of IPv4, /48 of IPv6), all of it, or nothing.
        client_addresses: AddressDetail = AddressDetail::Truncated => choice(&[
            ("truncated", AddressDetail::Truncated),
            ("full", AddressDetail::Full),
            ("none", AddressDetail::None),
        ]);
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `text` on a terminal, `json` otherwise.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Which requests get a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestLines {
    /// Each.
    All,
    /// Those that failed by our fault, and slow ones.
    Notable,
    /// None.
    None,
}

impl Log {
    /// What a filter may be, to go on from "allowed is".
    pub const FILTER_ALLOWED: &'static str =
        "a level (error, warn, info, debug, trace or off) or a list such as \"info,sirius::http=debug\"";

    /// Whether a text is a filter.
    #[must_use]
    pub fn is_filter(text: &str) -> bool {
        text.split(',').all(is_directive)
    }
}

fn filter() -> Kind<String> {
    let parse = |text: &str| Log::is_filter(text).then(|| text.to_owned());
    Kind::text(Log::FILTER_ALLOWED, parse, String::clone)
}

/// A level, or a module and its level. A bare module is refused, though the logging library would take it as "all of
/// it": a misspelt level would read as one. Nor may there be spaces: it would take them as part of the name.
fn is_directive(directive: &str) -> bool {
    let (module, level) = directive.split_once('=').map_or((None, directive), |(m, l)| (Some(m), l));
    let is_module = |module: &str| {
        module.split("::").all(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
        })
    };
    LEVELS.contains(&level) && module.is_none_or(is_module)
}

#[cfg(test)]
mod tests {
    use super::is_directive;

    #[test]
    fn a_directive_is_a_level_or_a_module_with_one() {
        for directive in ["info", "off", "sirius=debug", "sirius::http=trace", "sqlx-core=warn"] {
            assert!(is_directive(directive), "{directive}");
        }
        for refused in
            ["", "inof", " info", "sirius", "sirius=", "=info", "sirius=loud", "a::=info", "a[b]=info", "a=info=b"]
        {
            assert!(!is_directive(refused), "{refused}");
        }
    }
}
