//! The server over real sockets, with a small endpoint and short deadlines. Each deadline under test is short and all
//! others are long, so that what happens can only be due to it.

pub mod client;
mod connections;
mod draining;
mod http2;
mod limits;
mod pressure;
mod rest;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::endpoint::make;
use poem::error::ReadBodyError;
use poem::http::StatusCode;
use poem::{Body, EndpointExt, Request, Response};
use sirius::config;
use sirius::http::server::{BodyFault, Drained, Listener, Parting, Port, Refusal, Server};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use client::Client;

/// A deadline that passes in a test.
const SHORT: Duration = Duration::from_millis(300);
/// Longer than a short deadline, by enough for a busy machine.
const LONGER: Duration = Duration::from_secs(1);
/// A deadline that no test lives to see.
const NEVER: Duration = Duration::from_mins(2);
/// The size of `/large`: more than the buffers of both sockets hold.
const LARGE_BYTES: usize = 32 << 20;

/// A running server.
struct Running {
    address: SocketAddr,
    held: Arc<Held>,
    parting: Parting,
    stop: CancellationToken,
    task: JoinHandle<Drained>,
}

/// The requests to `/held`.
struct Held {
    /// A permit for each that has reached the endpoint.
    entered: Semaphore,
    /// Each permit lets one end.
    release: Semaphore,
}

impl Running {
    fn start(settings: &config::Server) -> Self {
        Self::start_with(settings, NEVER)
    }

    fn start_with(settings: &config::Server, drain_timeout: Duration) -> Self {
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), "a test").unwrap();
        let address = listener.local_addr();
        let held = Arc::new(Held { entered: Semaphore::new(0), release: Semaphore::new(0) });
        let endpoint = make({
            let held = Arc::clone(&held);
            move |request| answer(request, Arc::clone(&held))
        });
        let endpoint = endpoint.map_to_response().boxed();
        let stop = CancellationToken::new();
        let port = Port { name: "test", endpoint, routes: Arc::default(), for_operators: false };
        let server = Server::new(listener, port, settings, refuse);
        let parting = server.parting();
        let task = tokio::spawn(server.run(stop.clone().cancelled_owned(), drain_timeout));
        Self { address, held, parting, stop, task }
    }

    async fn client(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Waits until another request to `/held` has reached the endpoint.
    async fn holds_one(&self) {
        let entered = tokio::time::timeout(NEVER, self.held.entered.acquire()).await;
        entered.expect("the request comes").unwrap().forget();
    }

    /// Lets one request to `/held` end.
    fn release(&self) {
        self.held.release.add_permits(1);
    }

    async fn stopped(self) -> Drained {
        self.stop.cancel();
        tokio::time::timeout(NEVER, self.task).await.expect("the server ends").unwrap()
    }
}

fn settings() -> config::Server {
    config::Server {
        first_byte_timeout: NEVER,
        head_timeout: NEVER,
        request_timeout: NEVER,
        stall_timeout: NEVER,
        keep_alive_timeout: NEVER,
        ..config::Server::default()
    }
}

fn refuse(refusal: Refusal) -> Response {
    let status = match refusal {
        Refusal::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::BadHost => StatusCode::BAD_REQUEST,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = Response::builder().status(status);
    if let Some(seconds) = refusal.retry_after_seconds() {
        response = response.header("retry-after", seconds);
    }
    response.body(format!("{refusal:?}"))
}

async fn answer(mut request: Request, held: Arc<Held>) -> Response {
    match request.uri().path() {
        "/hello" => Response::builder().body("hello"),
        "/peer" => Response::builder().body(format!("{} {}", request.remote_addr(), request.local_addr())),
        "/host" => Response::builder().body(request.header("host").unwrap_or("none").to_owned()),
        "/length" => match request.take_body().into_bytes().await {
            Ok(body) => Response::builder().body(body.len().to_string()),
            Err(error) => fault(&error),
        },
        "/held" => {
            held.entered.add_permits(1);
            held.release.acquire().await.unwrap().forget();
            Response::builder().body("released")
        }
        "/large" => Response::builder().body(vec![b'x'; LARGE_BYTES]),
        "/silent" => Response::builder()
            .body(Body::from_bytes_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>())),
        "/panic" => panic!("on purpose"),
        path => Response::builder().status(StatusCode::NOT_FOUND).body(path.to_owned()),
    }
}

fn fault(error: &ReadBodyError) -> Response {
    let status = match BodyFault::behind(error) {
        Some(BodyFault::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
        Some(BodyFault::Stalled { .. }) => StatusCode::REQUEST_TIMEOUT,
        None => StatusCode::BAD_REQUEST,
    };
    Response::builder().status(status).body(error.to_string())
}
