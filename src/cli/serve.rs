//! `sirius serve`: what the operator sees of a running server, and the signals that stop it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{advise, block_on, complain, fail};
use crate::app::{Addresses, App};
use crate::config::Loaded;
use crate::telemetry::events::Advice;
use crate::telemetry::{Telemetry, Unsaid};

/// The exit code of a process that was told twice to stop: that of one that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// Serves until it is told to stop.
pub(super) fn run(loaded: Loaded) -> ExitCode {
    let telemetry = match Telemetry::start(&loaded.config) {
        Ok(telemetry) => telemetry,
        Err(error) => return fail(&error),
    };
    advise(&loaded);
    make_room(loaded.config.server.max_connections);
    let flush_timeout = loaded.config.shutdown.flush_timeout;
    let code = block_on(async {
        // Before anything starts, so that a signal that comes early stops in order, too.
        let mut signals = match Signals::listen() {
            Ok(signals) => signals,
            Err(error) => return fail(&format!("cannot listen for signals: {error}")),
        };
        let started = tokio::select! {
            started = App::start(loaded.config) => started,
            // Nothing was served, and nothing is left half-done.
            () = signals.next() => return ExitCode::SUCCESS,
        };
        match started {
            Ok(app) => {
                greet(app.addresses());
                serve(app, signals).await
            }
            Err(error) => fail(&error),
        }
    });
    if let Err(Unsaid { lines, spans }) = telemetry.stop(flush_timeout) {
        if spans > 0 {
            complain(&format!(
                "traces.endpoint did not take everything within {flush_timeout:?}; {spans} spans were lost"
            ));
        }
        if lines > 0 {
            complain(&format!(
                "standard output took no lines for {flush_timeout:?}; {lines} log lines were not written"
            ));
        }
    }
    code
}

async fn serve(app: App, mut signals: Signals) -> ExitCode {
    let stop = CancellationToken::new();
    let mut serving = tokio::spawn(app.serve(stop.clone()));
    tokio::select! {
        ended = &mut serving => return exit(ended),
        () = signals.next() => stop.cancel(),
    }
    tokio::select! {
        ended = serving => exit(ended),
        () = signals.next() => {
            complain(&"stopped at once; requests under way were cut off, acknowledged visits are safe");
            ExitCode::from(INTERRUPTED)
        }
    }
}

fn exit(ended: Result<(), tokio::task::JoinError>) -> ExitCode {
    ended.map_or_else(|error| fail(&error), |()| ExitCode::SUCCESS)
}

/// Asks the system for a descriptor for each connection that the settings allow, and some for everything else: many
/// systems give a process 1,024 unless it asks.
fn make_room(connections: usize) {
    const EVERYTHING_ELSE: u64 = 256;
    let wanted = connections as u64 + EVERYTHING_ELSE;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(given) if given < wanted => Advice(format!(
            "this process may open {given} files, which is less than server.max_connections = {connections} needs: \
             further clients will wait; raise the limit (ulimit -n, LimitNOFILE=) to {wanted}, or lower the setting"
        ))
        .emit(),
        Ok(_) => {}
        Err(error) => Advice(format!("cannot tell how many files this process may open: {error}")).emit(),
    }
}

/// Ctrl-C and SIGTERM.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Tells the person who started it where to look. On standard error: standard output is the log's.
fn greet(addresses: &Addresses) {
    let (public, admin) = (reachable(addresses.public), reachable(addresses.admin));
    let data = std::path::absolute(&addresses.data_dir).unwrap_or_else(|_| addresses.data_dir.clone());
    let text = format!(
        "\n  Sirius {version} is up.\n\n    \
           the page      http://{public}/\n    \
           Swagger UI    http://{public}/docs\n    \
           admin port    http://{admin}/readyz\n    \
           data          {data}\n\n  \
           Add pictures with `sirius import FOLDER`; stop with Ctrl-C.\n\n",
        version = env!("CARGO_PKG_VERSION"),
        data = data.display(),
    );
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// An address that a browser on this machine can open: one that listens everywhere is reached on loopback, too.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}
