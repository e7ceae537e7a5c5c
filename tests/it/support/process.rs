//! A Sirius as a process of its own, as an operator runs it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A running `sirius serve`; killed when dropped.
pub struct Process {
    child: Child,
    /// Of the public port, `127.0.0.1:12345`.
    pub public: String,
    /// Of the admin port.
    pub admin: String,
    /// All that it said on standard error until it was up.
    pub greeting: String,
    log: Option<JoinHandle<String>>,
}

/// How much of the log is kept.
const KEPT_LOG_BYTES: u64 = 1 << 20;

/// The `sirius` command with a data folder, in an environment without settings.
pub fn sirius(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sirius"));
    for (name, _) in std::env::vars_os() {
        if ["SIRIUS_", "OTEL_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command.current_dir(data.parent().unwrap()).arg("--data-dir").arg(data);
    command
}

/// The same command, which sees a file that may not grow as an error rather than dies of it.
pub fn without_the_signal_of_large_files(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

impl Process {
    /// Starts one on ports of its own and waits until it is up.
    pub fn serve(data: &Path, settings: &[&str]) -> Self {
        Self::serve_by(sirius(data), settings)
    }

    /// The same by a command that has its data folder already.
    pub fn serve_by(command: Command, settings: &[&str]) -> Self {
        let (mut process, log) = Self::start(command, settings);
        // A full pipe would lose lines: what is not kept is read all the same.
        process.log = Some(std::thread::spawn(move || {
            let mut kept = Vec::new();
            let mut rest = log.take(KEPT_LOG_BYTES);
            rest.read_to_end(&mut kept).unwrap();
            std::io::copy(rest.get_mut(), &mut std::io::sink()).unwrap();
            String::from_utf8_lossy(&kept).into_owned()
        }));
        process
    }

    /// Starts one whose log somebody else reads, or does not.
    pub fn serve_with_log(data: &Path, settings: &[&str]) -> (Self, ChildStdout) {
        Self::start(sirius(data), settings)
    }

    fn start(mut command: Command, settings: &[&str]) -> (Self, ChildStdout) {
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut child =
            command.arg("serve").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = child.stdout.take().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("stop with Ctrl-C") {
            assert_ne!(lines.read_line(&mut greeting).unwrap(), 0, "it ended instead of serving: {greeting}");
        }
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        let after = |label: &str| {
            let (_, rest) = greeting.split_once(label).unwrap();
            rest.trim_start().trim_start_matches("http://").split('/').next().unwrap().to_owned()
        };
        (Self { public: after("the page"), admin: after("admin port"), greeting, log: None, child }, log)
    }

    /// Its number, under which the system tells about it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it logged, once it has ended: the first mebibyte of it.
    pub fn log(&mut self) -> String {
        self.log.take().unwrap().join().unwrap()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    /// Waits until it has ended; fails the test if it does not.
    pub fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "it did not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
