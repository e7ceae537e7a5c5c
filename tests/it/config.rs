//! Where settings come from, and what is said of wrong ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

mod document;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use sirius::config::{self, Environment, Errors, Flag, Loaded, Sources};
use tempfile::TempDir;

/// A folder with a `sirius.toml`, variables and flags.
struct Given {
    folder: TempDir,
    sources: Sources,
}

impl Given {
    fn nothing() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sources = Sources { folder: folder.path().to_owned(), ..Sources::default() };
        Self { folder, sources }
    }

    fn file(self, text: &str) -> Self {
        self.other_file("sirius.toml", text);
        self
    }

    fn other_file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn variables(mut self, variables: &[(&str, &str)]) -> Self {
        self.sources.environment = variables.iter().copied().collect();
        self
    }

    fn flag(mut self, name: &'static str, key: &str, value: &str) -> Self {
        self.sources.flags.push(Flag { name, key: key.to_owned(), value: Some(value.to_owned()) });
        self
    }

    fn load(&self) -> Result<Loaded, Errors> {
        config::load(&self.sources)
    }

    /// The errors, without the heading and the folder's name.
    fn errors(&self) -> Vec<String> {
        let text = self.load().expect_err("these settings are wrong").to_string();
        let folder = format!("{}/", self.folder.path().display());
        text.lines().skip(1).map(|line| line.trim().replace(&folder, "")).collect()
    }
}

#[test]
fn without_any_source_everything_is_default() {
    let loaded = Given::nothing().load().unwrap();
    assert_eq!(loaded.config, config::Config::default());
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.warnings, Vec::<String>::new());
}

#[test]
fn flags_outweigh_variables_and_variables_the_file() {
    let given = Given::nothing()
        .file("[server]\nmax_requests = 1\nmax_connections = 1\nmax_body_bytes = \"1KiB\"\n")
        .variables(&[("SIRIUS_SERVER__MAX_REQUESTS", "2"), ("SIRIUS_SERVER__MAX_CONNECTIONS", "2")])
        .flag("--set", "server.max_requests", "3");
    let loaded = given.load().unwrap();
    let server = &loaded.config.server;
    assert_eq!((server.max_requests, server.max_connections, server.max_body_bytes), (3, 2, 1_024));
    let origin = |key| loaded.origins.of(key).to_string();
    assert_eq!(origin("server.max_requests"), "--set");
    assert_eq!(origin("server.max_connections"), "SIRIUS_SERVER__MAX_CONNECTIONS");
    assert!(origin("server.max_body_bytes").ends_with("sirius.toml:4"));
    assert_eq!(origin("server.listen"), "default");
}

#[test]
fn the_flag_names_the_file_before_the_variable_does() {
    let mut given = Given::nothing().file("limits.max_clients = 1");
    let second = given.other_file("second.toml", "limits.max_clients = 2");
    let third = given.other_file("third.toml", "limits.max_clients = 3");
    given.sources.environment = Environment::from_iter([("SIRIUS_CONFIG", &second)]);
    assert_eq!(given.load().unwrap().config.limits.max_clients, 2);
    given.sources.file = Some(third.clone());
    let loaded = given.load().unwrap();
    assert_eq!(loaded.config.limits.max_clients, 3);
    assert_eq!(loaded.file, Some(third));
}

#[test]
fn a_named_file_must_be_there() {
    let mut given = Given::nothing();
    given.sources.file = Some(given.folder.path().join("none.toml"));
    let errors = given.errors();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("none.toml: cannot be read (--config): "), "{errors:?}");
}

#[test]
fn everything_wrong_is_said_at_once() {
    let given = Given::nothing()
        .file(concat!(
            "server.listen = \"localhost:80\"\n",
            "[limits.reads]\n",
            "burst = 0\n",
            "per_secnd = 5\n",
            "[cache]\n",
            "max_bytes = [\n 1 ]\n",
        ))
        .variables(&[("SIRIUS_SERVER_LISTEN", "127.0.0.1:80"), ("SIRIUS_VISITS__TIMEOUT", "5")])
        .flag("--set", "colour", "blue");
    assert_eq!(
        given.errors(),
        [
            "sirius.toml:1: server.listen = \"localhost:80\" is not allowed; allowed is an IP address and a port, such \
             as \"127.0.0.1:8080\" or \"[::1]:8080\"",
            "sirius.toml:3: limits.reads.burst = 0 is not allowed; allowed is a whole number from 1 to 1000000",
            "sirius.toml:4: there is no setting `limits.reads.per_secnd`; did you mean `limits.reads.per_second`?",
            "sirius.toml:6: cache.max_bytes = [ 1 ] is not allowed; allowed is a size from 0B to 1TiB, such as \
             \"512KiB\", \"64MiB\" or a number of bytes",
            "SIRIUS_SERVER_LISTEN: there is no setting `SIRIUS_SERVER_LISTEN`; did you mean `SIRIUS_SERVER__LISTEN`?",
            "SIRIUS_VISITS__TIMEOUT: visits.timeout = \"5\" is not allowed; allowed is a duration from 10ms to 1m, such \
             as \"250ms\", \"10s\" or \"5m\"",
            "--set: there is no setting `colour`",
        ]
    );
    assert!(given.load().unwrap_err().to_string().starts_with("the configuration has 7 errors:\n"));
}

#[test]
fn a_wrong_value_is_refused_even_where_another_outweighs_it() {
    let given = Given::nothing().file("server.max_requests = 0").flag("--set", "server.max_requests", "1");
    assert_eq!(given.errors().len(), 1);
}

#[test]
fn every_syntax_error_has_its_line_and_repeats_nothing_of_it() {
    let errors = Given::nothing().file("[server]\nlisten = \n[admin]\ntoken = \"hush-hush-hush-hush\n").errors();
    assert!(errors[0].starts_with("sirius.toml:2: "), "{errors:?}");
    assert!(errors.iter().any(|error| error.starts_with("sirius.toml:4: ")), "{errors:?}");
    assert!(!errors.concat().contains("hush"), "{errors:?}");
}

#[test]
fn sections_and_settings_are_not_mistaken_for_one_another() {
    let errors = |text| Given::nothing().file(text).errors();
    assert_eq!(errors("server = 1"), ["sirius.toml:1: `server` is a section, write its settings below [server]"]);
    assert_eq!(
        errors("[[limits.reads]]\nburst = 1"),
        ["sirius.toml:1: `limits.reads` is a section, write its settings below [limits.reads]"]
    );
    assert_eq!(
        errors("[server.listen]\nport = 1"),
        ["sirius.toml:2: there is no setting `server.listen.port`; did you mean `server.listen`?"]
    );
    assert_eq!(errors("[nothing]"), ["sirius.toml:1: there is no setting `nothing`"]);
}

#[test]
fn a_setting_given_twice_with_the_same_weight_is_refused() {
    let given =
        Given::nothing().flag("--listen", "server.listen", "127.0.0.1:1").flag("--set", "server.listen", "127.0.0.1:2");
    assert_eq!(given.errors(), ["--set: server.listen is set already, by --listen"]);
    let given = Given::nothing().file("\"cache.max_bytes\" = 1\n[cache]\nmax_bytes = 2");
    assert_eq!(given.errors(), ["sirius.toml:3: cache.max_bytes is set already, by sirius.toml:1"]);
}

#[test]
fn a_set_without_a_value_is_not_repeated_since_it_may_hold_a_secret() {
    let mut given = Given::nothing();
    given.sources.flags.push(Flag { name: "--set", key: "admin.token:hush-hush-hush-hush".to_owned(), value: None });
    assert_eq!(given.errors(), ["--set: write it as KEY=VALUE, such as --set server.max_requests=512"]);
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_text_is_refused() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let mut given = Given::nothing();
    given.sources.environment = Environment::from_iter([("SIRIUS_DATA__DIR", OsString::from_vec(vec![0xff]))]);
    assert_eq!(given.errors(), ["SIRIUS_DATA__DIR: the value of data.dir is not valid UTF-8"]);
}

#[test]
fn listeners_on_the_same_place_are_refused_by_name_and_origin() {
    let given =
        Given::nothing().file("admin.listen = \"127.0.0.1:80\"").flag("--listen", "server.listen", "0.0.0.0:80");
    assert_eq!(
        given.errors(),
        ["server.listen = \"0.0.0.0:80\" (--listen) and admin.listen = \"127.0.0.1:80\" (sirius.toml:1) are the same \
          place; give one of them another port"]
    );
}

#[test]
fn a_refused_address_is_not_also_said_to_collide() {
    // The refused one keeps its default, which is where the other one listens.
    let given = Given::nothing().file("[server]\nlisten = \"here\"\n[admin]\nlisten = \"127.0.0.1:8080\"");
    assert_eq!(given.errors().len(), 1);
}

#[test]
fn the_token_may_stand_in_a_file() {
    let given = Given::nothing();
    let path = given.other_file("token", "  0123456789abcdef\n");
    let given = given.flag("--set", "admin.token_file", path.to_str().unwrap());
    let loaded = given.load().unwrap();
    assert_eq!(loaded.config.admin.token.unwrap().expose(), "0123456789abcdef");
    assert_eq!(loaded.origins.of("admin.token").to_string(), format!("read from {}", path.display()));

    let given = given.variables(&[("SIRIUS_ADMIN__TOKEN", "fedcba9876543210")]);
    assert_eq!(
        given.errors(),
        ["admin.token (SIRIUS_ADMIN__TOKEN) and admin.token_file (--set) are both set; leave one of them out"]
    );
}

#[test]
fn a_token_is_never_repeated() {
    let from_file = Given::nothing();
    let path = from_file.other_file("token", "hush");
    let from_file = from_file.flag("--set", "admin.token_file", path.to_str().unwrap());
    for given in [from_file, Given::nothing().variables(&[("SIRIUS_ADMIN__TOKEN", "hush")])] {
        let errors = given.errors();
        assert!(errors[0].contains("admin.token = *** is not allowed; allowed is at least 16 "), "{errors:?}");
        assert!(!errors[0].contains("hush"), "{errors:?}");
    }
}

#[test]
fn what_kubernetes_sets_does_not_keep_sirius_from_starting() {
    let variables = [("SIRIUS_SERVICE_HOST", "10.0.0.1"), ("SIRIUS_PORT_8080_TCP", "tcp://10.0.0.1:8080")];
    assert!(Given::nothing().variables(&variables).load().is_ok());
}

#[test]
fn a_short_keep_alive_is_allowed_with_a_warning() {
    let loaded = Given::nothing().file("server.keep_alive_timeout = \"75s\"").load().unwrap();
    assert_eq!(loaded.config.server.keep_alive_timeout, Duration::from_secs(75));
    assert_eq!(loaded.warnings.len(), 1);
}

#[test]
fn standard_variables_count_for_less_than_our_own_and_more_than_the_file() {
    let given = Given::nothing().file("[traces]\nsampler = \"always_off\"\nservice_name = \"vega\"").variables(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/base"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", ""),
        ("OTEL_TRACES_SAMPLER", "TraceIdRatio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.5"),
        ("SIRIUS_TRACES__SAMPLER_RATIO", "0.25"),
        ("OTEL_LOGS_EXPORTER", "whatever"),
    ]);
    let loaded = given.load().unwrap();
    let traces = &loaded.config.traces;
    assert_eq!(traces.endpoint.as_ref().unwrap().as_str(), "http://collector:4318/base/v1/traces");
    assert_eq!((traces.timeout, traces.sampler), (Duration::from_millis(2_500), config::Sampler::Ratio));
    assert_eq!((traces.sampler_ratio, traces.service_name.as_str()), (0.25, "vega"));
    for (key, origin) in [
        ("traces.endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("traces.sampler", "OTEL_TRACES_SAMPLER"),
        ("traces.sampler_ratio", "SIRIUS_TRACES__SAMPLER_RATIO"),
    ] {
        assert_eq!(loaded.origins.of(key).to_string(), origin);
    }
    let given = given.variables(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://one:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://two:4318/as/it/is"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "otlp"),
    ]);
    let traces = given.load().unwrap().config.traces;
    assert_eq!(traces.endpoint.as_ref().unwrap().as_str(), "http://two:4318/as/it/is");
    assert_eq!(traces.target(), None, "switched off");
}

#[test]
fn wrong_standard_variables_are_refused_and_secrets_in_them_not_repeated() {
    let given = Given::nothing().variables(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization: hush"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
    ]);
    let errors = given.errors();
    let begins = [
        "OTEL_TRACES_EXPORTER: traces.exporter = \"zipkin\" is not allowed; allowed is one of \"otlp\", \"none\"",
        "OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint = \"localhost:4317\" is not allowed; allowed is a URL that begins \
         with http:// or https://",
        "OTEL_EXPORTER_OTLP_HEADERS: traces.headers = *** is not allowed; allowed is at most 64 names and values",
    ];
    assert_eq!(errors.len(), begins.len(), "{errors:?}");
    for begin in begins {
        assert!(errors.iter().any(|error| error.starts_with(begin)), "{begin}\n{errors:?}");
    }
    let given = Given::nothing().file("[traces]\nmax_queue_size = 10\nmax_batch_size = 11");
    assert_eq!(
        given.errors(),
        ["traces.max_batch_size = 11 (sirius.toml:3) is more than ever waits, traces.max_queue_size = 10 \
          (sirius.toml:2); lower the former or raise the latter"]
    );
}

#[test]
fn every_default_is_allowed_when_it_is_written_out() {
    for setting in config::settings() {
        let Some(default) = setting.default else { continue };
        let given = Given::nothing().file(&format!("{} = {default}", setting.key));
        assert_eq!(given.load().unwrap().config, config::Config::default(), "{}", setting.key);
        let text = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        let given = Given::nothing().variables(&[(&setting.variable, &text)]);
        assert_eq!(given.load().unwrap().config, config::Config::default(), "{}", setting.variable);
    }
}
