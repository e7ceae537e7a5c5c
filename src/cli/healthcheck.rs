//! `sirius healthcheck`: asks the Sirius that runs beside it how it is, for images that hold no shell and no curl.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Deserialize;

use super::{block_on, complain, fail};
use crate::config::{self, Sources};

/// How long the answer may take, all in all.
const TIMEOUT: Duration = Duration::from_secs(3);

/// More than this `/readyz` never says.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Succeeds if the Sirius with the same settings is ready, also when something it can do without is down.
pub(super) fn run(sources: &Sources) -> ExitCode {
    let address = match config::load(sources) {
        Ok(loaded) => super::serve::reachable(loaded.config.admin.listen),
        // Not with 2, as elsewhere: Docker reserves that for itself.
        Err(errors) => return fail(&errors),
    };
    if address.port() == 0 {
        return fail(&"admin.listen has port 0, any that is free: a health check needs to know which one to ask");
    }
    block_on(async {
        match ask(address, TIMEOUT).await {
            Ok(report) => {
                // Docker shows it in `docker inspect`; who closed standard output does not want it.
                let _ = writeln!(io::stdout().lock(), "{report}");
                ExitCode::SUCCESS
            }
            Err(fault) => {
                complain(&fault);
                ExitCode::FAILURE
            }
        }
    })
}

/// Why it does not count as healthy.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("cannot ask: {0}")]
    NoClient(String),
    #[error("nothing answers at {0} (admin.listen): {1}; does it run, and with the same settings?")]
    Silent(SocketAddr, String),
    #[error("it is not ready: {0}")]
    NotReady(Report),
    #[error("what answers at {0} (admin.listen) with {1} is no Sirius")]
    Stranger(SocketAddr, StatusCode),
}

/// What `/readyz` says, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Report {
    status: String,
    #[serde(default)]
    checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    name: String,
    status: String,
    fault: Option<String>,
}

impl fmt::Display for Report {
    /// `ok`, or `degraded; database is down: the disk is full`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.status)?;
        for check in self.checks.iter().filter(|check| check.status != "up") {
            write!(formatter, "; {} is {}", check.name, check.status)?;
            if let Some(fault) = &check.fault {
                write!(formatter, ": {fault}")?;
            }
        }
        Ok(())
    }
}

async fn ask(address: SocketAddr, timeout: Duration) -> Result<Report, Fault> {
    // It fails when there is a provider already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // No certificates are read: what is asked is on this machine, and speaks HTTP.
    let client = Client::builder().no_proxy().tls_certs_only([]).timeout(timeout).build();
    let client = client.map_err(|error| Fault::NoClient(cause(&error)))?;
    let silent = |error: reqwest::Error| {
        let reason = if error.is_timeout() { format!("no answer within {timeout:?}") } else { cause(&error) };
        Fault::Silent(address, reason)
    };
    let mut answer = client.get(format!("http://{address}/readyz")).send().await.map_err(silent)?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(silent)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            return Err(Fault::Stranger(address, status));
        }
    }
    match (status, serde_json::from_slice::<Report>(&body)) {
        (StatusCode::OK, Ok(report)) => Ok(report),
        (StatusCode::SERVICE_UNAVAILABLE, Ok(report)) => Err(Fault::NotReady(report)),
        _ => Err(Fault::Stranger(address, status)),
    }
}

/// What is at the bottom of an error: the rest only says that a request failed.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    use super::*;

    /// What is said of somebody who answers one request with this.
    async fn said(answer: &'static str) -> Result<String, String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let report = ask(address, Duration::from_secs(30)).await;
        server.join().unwrap();
        let place = address.to_string();
        report.map(|report| report.to_string()).map_err(|fault| fault.to_string().replace(&place, "HERE"))
    }

    #[tokio::test]
    async fn what_is_down_is_named() {
        let degraded = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"status\":\"degraded\",\"checks\":[\
            {\"name\":\"snapshot\",\"status\":\"up\"},\
            {\"name\":\"database\",\"status\":\"down\",\"fault\":\"the disk is full\"}],\"telemetry\":{\"status\":\"ok\"}}";
        assert_eq!(said(degraded).await, Ok("degraded; database is down: the disk is full".to_owned()));
        let draining = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n{\"status\":\"draining\"}";
        assert_eq!(said(draining).await, Err("it is not ready: draining".to_owned()));
    }

    #[tokio::test]
    async fn a_stranger_is_not_healthy() {
        let strangers = [
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nIt works!",
            "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n{\"status\":\"ok\"}",
        ];
        for stranger in strangers {
            let error = said(stranger).await.unwrap_err();
            assert!(error.starts_with("what answers at HERE (admin.listen) with "), "{error}");
        }
        let error = said("").await.unwrap_err();
        assert!(error.starts_with("nothing answers at HERE (admin.listen): "), "{error}");
    }

    #[tokio::test]
    async fn one_that_hangs_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = ask(listener.local_addr().unwrap(), Duration::from_millis(50)).await.unwrap_err().to_string();
        assert!(error.contains("no answer within 50ms"), "{error}");
    }
}
