//! `sirius config show` and `sirius config check`, and the flags that every command takes its settings from.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use super::{INVALID, block_on, complain};
use crate::app;
use crate::config::{self, Config, Environment, Flag, Loaded, Sources};

/// The flags that give settings.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArgs {
    /// The file of settings [default: sirius.toml of the working folder, if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The folder of the database and the pictures (data.dir)
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data_dir: Option<String>,
    /// The database: postgres://..., mysql://..., sqlite:FILE (database.url)
    #[arg(long, value_name = "URL", global = true)]
    pub database_url: Option<String>,
    /// Where the public port listens (server.listen)
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub listen: Option<String>,
    /// Where the admin port listens (admin.listen)
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub admin_listen: Option<String>,
    /// Any other setting by its key; may be repeated
    #[arg(long, value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
}

impl SettingsArgs {
    /// What these flags and the environment say.
    #[must_use]
    pub fn sources(self, environment: Environment) -> Sources {
        let named = [
            ("--data-dir", "data.dir", self.data_dir),
            ("--database-url", "database.url", self.database_url),
            ("--listen", "server.listen", self.listen),
            ("--admin-listen", "admin.listen", self.admin_listen),
        ];
        let named = named.into_iter().filter(|(_, _, value)| value.is_some()).map(|(name, key, value)| Flag {
            name,
            key: key.to_owned(),
            value,
        });
        let set = self.set.into_iter().map(|assignment| match assignment.split_once('=') {
            Some((key, value)) => Flag { name: "--set", key: key.to_owned(), value: Some(value.to_owned()) },
            None => Flag { name: "--set", key: assignment, value: None },
        });
        Sources { file: self.config, folder: PathBuf::new(), environment, flags: named.chain(set).collect() }
    }
}

/// `sirius config ...`
#[derive(Debug, Clone, clap::Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting, its value in force and where it was set; secrets are masked
    Show {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check all settings without starting anything: exit code 2 and every error if they are not valid
    Check {
        /// Also connect to what they name: exit code 1 and every error if something does not answer or does not let us in
        #[arg(long)]
        connect: bool,
    },
}

/// Answers on standard output; errors and warnings go to standard error.
///
/// # Errors
/// When the answer cannot be written.
pub(super) fn run(command: &ConfigCommand, sources: &Sources) -> io::Result<ExitCode> {
    let loaded = match config::load(sources) {
        Ok(loaded) => loaded,
        Err(errors) => {
            complain(&errors);
            return Ok(ExitCode::from(INVALID));
        }
    };
    for warning in &loaded.warnings {
        complain(&format!("warning: {warning}"));
    }
    io::stdout().lock().write_all(answer(command, &loaded).as_bytes())?;
    match command {
        ConfigCommand::Check { connect: true } => connect(&loaded.config),
        ConfigCommand::Check { connect: false } | ConfigCommand::Show { .. } => Ok(ExitCode::SUCCESS),
    }
}

/// The text for standard output.
fn answer(command: &ConfigCommand, loaded: &Loaded) -> String {
    match command {
        ConfigCommand::Show { json: true } => show_json(loaded),
        ConfigCommand::Show { json: false } => show(loaded),
        ConfigCommand::Check { .. } => match &loaded.file {
            Some(file) => format!("The configuration is valid; {} was read.\n", file.display()),
            None => "The configuration is valid; there is no file of settings.\n".to_owned(),
        },
    }
}

fn connect(config: &Config) -> io::Result<ExitCode> {
    let mut errors = Vec::new();
    let code = block_on(async {
        errors = app::refusals(config).await;
        ExitCode::SUCCESS
    });
    for error in &errors {
        complain(error);
    }
    if !errors.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    writeln!(io::stdout().lock(), "Everything that it names answers.")?;
    Ok(code)
}

/// TOML, with the origin of each value as a comment; what is not set is a comment as a whole.
fn show(loaded: &Loaded) -> String {
    let lines: Vec<_> = loaded
        .effective()
        .map(|setting| match setting.value {
            Some(value) => (format!("{} = {value}", setting.key), setting.origin.to_string()),
            None => (format!("# {} is not set", setting.key), String::new()),
        })
        .collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or_default();
    lines.iter().fold(String::new(), |mut text, (line, origin)| {
        let line = if origin.is_empty() { line.clone() } else { format!("{line:width$}  # {origin}") };
        text.push_str(&line);
        text.push('\n');
        text
    })
}

/// An object by key: `{"server.listen": {"value": ..., "origin": ...}, ...}`.
fn show_json(loaded: &Loaded) -> String {
    let settings: serde_json::Map<_, _> = loaded
        .effective()
        .map(|setting| (setting.key, json!({"value": setting.value, "origin": setting.origin.to_string()})))
        .collect();
    format!("{:#}\n", serde_json::Value::Object(settings))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        settings: SettingsArgs,
        #[command(subcommand)]
        command: ConfigCommand,
    }

    /// What a command line answers, in an empty folder.
    fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let line = Line::try_parse_from(["sirius"].iter().chain(arguments)).map_err(|error| error.to_string())?;
        let environment = variables.iter().copied().collect();
        let sources = Sources { folder: folder.path().to_owned(), ..line.settings.sources(environment) };
        config::load(&sources).map(|loaded| answer(&line.command, &loaded)).map_err(|errors| errors.to_string())
    }

    #[test]
    fn what_is_shown_says_where_it_comes_from_and_can_be_read_again() {
        let shown = run(&["show", "--listen", "[::1]:80"], &[("SIRIUS_CACHE__MAX_BYTES", "1024")]).unwrap();
        let line = |start: &str| shown.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
        assert!(line("server.listen = \"[::1]:80\" ").ends_with("  # --listen"), "{shown}");
        assert!(line("cache.max_bytes = \"1KiB\" ").ends_with("  # SIRIUS_CACHE__MAX_BYTES"), "{shown}");
        assert!(line("visits.timeout = \"5s\" ").ends_with("  # default"), "{shown}");
        assert_eq!(line("# admin.token "), "# admin.token is not set");

        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sirius.toml"), &shown).unwrap();
        let again = config::load(&Sources { folder: folder.path().to_owned(), ..Sources::default() }).unwrap();
        let values = shown.lines().filter(|line| !line.starts_with('#'));
        let values_again = show(&again);
        for (value, again) in values.zip(values_again.lines().filter(|line| !line.starts_with('#'))) {
            assert_eq!(value.split("  #").next().map(str::trim), again.split("  #").next().map(str::trim));
        }
    }

    #[test]
    fn a_secret_is_masked_in_both_forms() {
        let variables = [("SIRIUS_ADMIN__TOKEN", "a-token-nobody-may-see")];
        for arguments in [&["show"][..], &["show", "--json"]] {
            let shown = run(arguments, &variables).unwrap();
            assert!(shown.contains("***") && !shown.contains("nobody"), "{shown}");
        }
    }

    #[test]
    fn json_has_every_setting_by_its_key() {
        let shown = run(&["show", "--json", "--set", "log.format=json"], &[]).unwrap();
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["log.format"], json!({"value": "json", "origin": "--set"}));
        assert_eq!(shown["limits.reads.burst"], json!({"value": 200, "origin": "default"}));
        assert_eq!(shown["admin.token"], json!({"value": null, "origin": "default"}));
        assert_eq!(shown.as_object().unwrap().len(), config::settings().count());
    }

    #[test]
    fn check_names_the_file_or_every_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("other.toml");
        std::fs::write(&file, "server.max_requests = 5").unwrap();
        let file = file.to_str().unwrap();
        assert_eq!(
            run(&["check", "--config", file], &[]),
            Ok(format!("The configuration is valid; {file} was read.\n"))
        );
        assert_eq!(run(&["check"], &[]).unwrap(), "The configuration is valid; there is no file of settings.\n");
        let errors = run(&["check", "--set", "server.max_requests=0", "--set", "x"], &[]).unwrap_err();
        assert_eq!(errors.lines().count(), 3, "{errors}");
    }
}
