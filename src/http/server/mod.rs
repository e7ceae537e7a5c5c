//! Listening, connections and draining: hyper driven by our own loop, in front of a poem endpoint.
//!
//! Here is what holds for every request and every client: protocols, deadlines, limits, the order of stopping. What a
//! request means is the endpoint's, and so is the form of what the server answers itself (see [`Refusal`]). The public
//! and the admin port each are a [`Server`].
//!
//! A connection speaks HTTP/1.1 or, with prior knowledge, HTTP/2. At any time it is in one phase, and each has its
//! deadline: the first byte, a request head from its first byte, a request until its response, a body that does not
//! move in either direction, idleness between requests. hyper drives the protocol; its own deadline for heads is off,
//! because it would also count the time between two requests.
//!
//! hyper has a connection only while there is something to do: see `opening`.
//!
//! What is full makes room: see `crowd`. What is ambiguous about whom it asks is refused: see `host`.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use poem::Response;
use poem::endpoint::BoxEndpoint;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::routes::Routes;
use crate::config;
use crate::telemetry::events::ClientTurnedAway;

mod alarm;
mod body;
mod burst;
mod caller;
mod connection;
mod crowd;
mod door;
mod exchange;
mod facts;
mod gauge;
mod host;
mod lag;
mod listener;
mod opening;
mod parting;
mod pressure;
mod refusal;
mod signal;
mod socket;
mod stream;

pub use body::BodyFault;
pub use listener::{BindError, Listener};
pub use parting::Parting;
pub use refusal::Refusal;
use refusal::Refuse;

use burst::Burst;
use crowd::Crowd;
use door::Door;
use exchange::Context;
use gauge::Gauge;
use listener::next_connection;
use pressure::Pressure;

/// How many clients that are over the limit are told so at a time; more than that are closed without a word.
const MAX_TURNED_AWAY: usize = 64;

/// How long a client that is over the limit may take to hear it.
const TURN_AWAY_TIMEOUT: Duration = Duration::from_secs(1);

/// What a server answers with, and what its requests are called in logs, metrics and traces.
pub struct Port {
    /// `public` or `admin`.
    pub name: &'static str,
    /// Answers the requests.
    pub endpoint: BoxEndpoint<'static>,
    /// The paths that it knows.
    pub routes: Arc<Routes>,
    /// Whether it is there for who operates Sirius, and answers whatever is asked of other ports.
    pub for_operators: bool,
}

/// A port that listens.
pub struct Server {
    listener: Listener,
    connections: Arc<Gauge>,
    context: Arc<Context>,
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were closed at the deadline, with a request under way or a response not taken.
    pub connections_cut_off: usize,
}

impl Server {
    /// A server that answers by the port's endpoint, and by `refuse` what does not get there.
    pub fn new(
        listener: Listener,
        port: Port,
        settings: &config::Server,
        refuse: impl Fn(Refusal) -> Response + Send + Sync + 'static,
    ) -> Self {
        let refuse: Refuse = Box::new(refuse);
        let context = Context {
            door: Door::new(settings, port.for_operators, &refuse),
            port,
            refuse,
            settings: settings.clone(),
            unsent: Gauge::new(settings.max_unsent_bytes),
            large: Gauge::new(settings.max_large_connections),
            awake: Gauge::new(connection::MAX_AWAKE),
            pressure: Pressure::default(),
            parting: Parting::default(),
        };
        Self { listener, connections: Gauge::new(settings.max_connections), context: Arc::new(context) }
    }

    /// Tells its clients that it is about to stop.
    #[must_use]
    pub fn parting(&self) -> Parting {
        self.context.parting.clone()
    }

    /// Serves until `stop`, then drains: takes no more connections, closes those with nothing under way, lets what is
    /// under way end, and cuts off what has not ended after `drain_timeout`. A server that is dropped cuts off all.
    pub async fn run(self, stop: impl Future<Output = ()>, drain_timeout: Duration) -> Drained {
        let Self { listener, connections, context } = self;
        let mut crowd = Crowd::default();
        let mut turned_away = TurnedAway::new((context.refuse)(Refusal::TooManyConnections)).await;
        let accept_errors = Burst::default();
        let mut watching = JoinSet::new();
        watching.spawn({
            let context = Arc::clone(&context);
            async move { context.door.watch_lag().await }
        });
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                (stream, peer) = next_connection(&listener, &accept_errors) => {
                    let mut ticket = connections.enter();
                    if ticket.is_none() {
                        ticket = crowd.make_room(&connections).await;
                    }
                    match ticket {
                        Some(ticket) => crowd.admit(stream, peer, ticket, &context),
                        None => turned_away.tell(stream),
                    }
                }
                () = context.pressure.felt() => crowd.relieve(&context),
                () = crowd.one_left() => {}
                Some(_) = turned_away.tasks.join_next() => {}
            }
        }
        drop(listener);
        crowd.drain(drain_timeout).await
    }
}

/// Clients that are told that there are too many of them.
struct TurnedAway {
    message: Arc<[u8]>,
    room: Arc<Gauge>,
    tasks: JoinSet<()>,
    log: Burst,
}

impl TurnedAway {
    async fn new(response: Response) -> Self {
        Self {
            message: refusal::into_message(response).await.into(),
            room: Gauge::new(MAX_TURNED_AWAY),
            tasks: JoinSet::new(),
            log: Burst::default(),
        }
    }

    fn tell(&mut self, mut stream: TcpStream) {
        ClientTurnedAway { line: self.log.note() }.emit();
        let Some(ticket) = self.room.enter() else { return };
        let message = Arc::clone(&self.message);
        self.tasks.spawn(async move {
            let telling = async {
                stream.write_all(&message).await?;
                stream.shutdown().await?;
                // Closing before the request has come would reset the connection, and the answer with it.
                let mut discard = [0; 1024];
                while stream.read(&mut discard).await? > 0 {}
                std::io::Result::Ok(())
            };
            let _ = timeout(TURN_AWAY_TIMEOUT, telling).await;
            drop(ticket);
        });
    }
}
