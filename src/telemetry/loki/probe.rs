//! Whether Loki is well, by its own word.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use reqwest::{Client, redirect};
use url::Url;

use crate::telemetry::health::Signal;
use crate::telemetry::loss;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Asks `/ready`.
pub(super) struct Probe {
    client: Client,
    url: Url,
}

impl Probe {
    /// Asks the Loki below `url`, which ends in `/`, with what it wants to be sent along.
    ///
    /// # Errors
    /// When there can be no client.
    pub(super) fn new(url: &Url, headers: HeaderMap) -> Result<Self, reqwest::Error> {
        let client = Client::builder().default_headers(headers).redirect(redirect::Policy::none()).timeout(TIMEOUT);
        let mut url = url.clone();
        url.set_path(&format!("{}ready", url.path()));
        Ok(Self { client: client.build()?, url })
    }

    /// Asks once; the error says what is wrong, for the operator.
    ///
    /// Whoever answers like one that does not know the question counts as well: gateways in front of Loki hide it.
    pub(super) async fn ask(&self) -> Result<(), String> {
        if loss::is_lost(Signal::Loki) {
            return Err(loss::REASON.to_owned());
        }
        let answer = self.client.get(self.url.clone()).send().await.map_err(|error| {
            if error.is_timeout() { format!("no answer within {TIMEOUT:?}") } else { cause(&error) }
        })?;
        let status = answer.status();
        let refuses = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS];
        if status.is_server_error() || refuses.contains(&status) {
            return Err(format!("{} answered {status}", self.url));
        }
        Ok(())
    }
}

/// What is at the bottom of an error: the rest only says that a request failed.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}
