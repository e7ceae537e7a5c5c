//! The standard variables of OpenTelemetry, which are other names of settings. They count for less than Sirius' own
//! variables; those that are not listed here are left alone, since other programs' share the environment.
//!
//! See <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/> and
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.

/// A standard variable, the setting that it stands for, and what its value means there.
pub(super) struct Standard {
    pub variable: &'static str,
    pub key: &'static str,
    meaning: Meaning,
}

/// How a standard value becomes the setting's.
#[derive(Clone, Copy)]
enum Meaning {
    /// It is the same.
    Same,
    /// A word in any case, as the standard asks.
    Word,
    /// Says that nothing is exported by being `true`; whatever else it says, it says nothing.
    Disabled,
    /// A whole number of milliseconds.
    Milliseconds,
    /// The address that all signals share, below which each has a path of its own; the setting is that of traces alone.
    Base,
}

/// All of them. Of several for one setting, the first that has a value counts.
pub(super) const STANDARD: [Standard; 22] = [
    standard("OTEL_SDK_DISABLED", "traces.exporter", Meaning::Disabled),
    standard("OTEL_TRACES_EXPORTER", "traces.exporter", Meaning::Word),
    standard("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "traces.endpoint", Meaning::Same),
    standard("OTEL_EXPORTER_OTLP_ENDPOINT", "traces.endpoint", Meaning::Base),
    standard("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "traces.protocol", Meaning::Word),
    standard("OTEL_EXPORTER_OTLP_PROTOCOL", "traces.protocol", Meaning::Word),
    standard("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "traces.headers", Meaning::Same),
    standard("OTEL_EXPORTER_OTLP_HEADERS", "traces.headers", Meaning::Same),
    standard("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "traces.certificate", Meaning::Same),
    standard("OTEL_EXPORTER_OTLP_CERTIFICATE", "traces.certificate", Meaning::Same),
    standard("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "traces.compression", Meaning::Word),
    standard("OTEL_EXPORTER_OTLP_COMPRESSION", "traces.compression", Meaning::Word),
    standard("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "traces.timeout", Meaning::Milliseconds),
    standard("OTEL_EXPORTER_OTLP_TIMEOUT", "traces.timeout", Meaning::Milliseconds),
    standard("OTEL_TRACES_SAMPLER", "traces.sampler", Meaning::Word),
    standard("OTEL_TRACES_SAMPLER_ARG", "traces.sampler_ratio", Meaning::Same),
    standard("OTEL_SERVICE_NAME", "traces.service_name", Meaning::Same),
    standard("OTEL_RESOURCE_ATTRIBUTES", "traces.resource_attributes", Meaning::Same),
    standard("OTEL_BSP_MAX_QUEUE_SIZE", "traces.max_queue_size", Meaning::Same),
    standard("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "traces.max_batch_size", Meaning::Same),
    standard("OTEL_BSP_SCHEDULE_DELAY", "traces.batch_delay", Meaning::Milliseconds),
    standard("OTEL_BSP_EXPORT_TIMEOUT", "traces.export_timeout", Meaning::Milliseconds),
];

/// The variables of a setting, the weightiest first.
pub(super) fn variables_of(key: &str) -> impl Iterator<Item = &'static str> {
    STANDARD.iter().filter(move |standard| standard.key == key).map(|standard| standard.variable)
}

impl Standard {
    /// The setting's value; nothing where the variable leaves it as it is.
    pub(super) fn translate(&self, value: &str) -> Option<String> {
        match self.meaning {
            Meaning::Same => Some(value.to_owned()),
            Meaning::Word => Some(value.to_ascii_lowercase()),
            Meaning::Disabled => value.eq_ignore_ascii_case("true").then(|| "none".to_owned()),
            Meaning::Milliseconds => Some(format!("{value}ms")),
            Meaning::Base => Some(below(value)),
        }
    }
}

const fn standard(variable: &'static str, key: &'static str, meaning: Meaning) -> Standard {
    Standard { variable, key, meaning }
}

/// A base without a path stays as it is: the setting adds the usual one by itself.
fn below(base: &str) -> String {
    let base_path = base.split_once("://").is_some_and(|(_, rest)| rest.trim_end_matches('/').contains('/'));
    if base_path { format!("{}/v1/traces", base.trim_end_matches('/')) } else { base.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings;

    #[test]
    fn each_stands_for_a_setting_that_there_is() {
        for Standard { variable, key, .. } in STANDARD {
            assert!(settings().any(|setting| setting.key == key), "{variable}: {key}");
        }
    }

    #[test]
    fn values_are_translated() {
        for (meaning, value, translated) in [
            (Meaning::Base, "http://h:4317", Some("http://h:4317")),
            (Meaning::Base, "http://h:4318/", Some("http://h:4318/")),
            (Meaning::Base, "http://h/otlp/", Some("http://h/otlp/v1/traces")),
            (Meaning::Same, "http://h/otlp/", Some("http://h/otlp/")),
            (Meaning::Milliseconds, "250", Some("250ms")),
            (Meaning::Disabled, "TRUE", Some("none")),
            (Meaning::Disabled, "false", None),
            (Meaning::Word, "Always_On", Some("always_on")),
        ] {
            assert_eq!(standard("", "", meaning).translate(value).as_deref(), translated, "{value}");
        }
    }
}
