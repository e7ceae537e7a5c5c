//! The open connections, and which of them end when others need the room.
//!
//! A stranger can open as many connections as there may be, and hold each by saying little or taking little. So a full
//! house turns nobody away as long as somebody in it keeps the house waiting: who has done so the longest leaves. A
//! client that asks and takes what it asked for is never among them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{Instant, timeout};

use super::Drained;
use super::burst::Burst;
use super::connection;
use super::exchange::{Connection, Context};
use super::facts::Facts;
use super::gauge::{Gauge, PATIENCE, Ticket};
use super::signal::{Signal, Wish};
use crate::telemetry::events::{ClientsDismissed, ConnectionBroken, ConnectionOpen};

/// How long one that must leave may take: it only has to be scheduled.
const LEAVING: Duration = Duration::from_millis(100);

/// One in so many leaves at a time: looking at all of them for each newcomer would take long.
const SHARE: usize = 100;

/// The same of those that take more memory than others. They are few, and newcomers wait until one has left.
const LARGE_SHARE: usize = 10;

/// The open connections.
#[derive(Default)]
pub(super) struct Crowd {
    tasks: JoinSet<()>,
    members: HashMap<task::Id, Member>,
    log: Burst,
}

struct Member {
    signal: Arc<Signal>,
    facts: Arc<Facts>,
}

impl Crowd {
    pub(super) fn admit(&mut self, stream: TcpStream, peer: SocketAddr, ticket: Ticket, context: &Arc<Context>) {
        // Both fail only for a client that has left already.
        let Ok(local) = stream.local_addr() else { return };
        let _ = stream.set_nodelay(true);
        let (signal, facts) = (Arc::<Signal>::default(), Arc::<Facts>::default());
        let context = Arc::clone(context);
        let connection = Connection { peer, local, facts: Arc::clone(&facts) };
        let open = ConnectionOpen::begin();
        let task = self.tasks.spawn({
            let signal = Arc::clone(&signal);
            async move {
                connection::serve(stream, connection, &context, &signal).await;
                drop((ticket, open));
            }
        });
        self.members.insert(task.id(), Member { signal, facts });
    }

    /// Lets the connections end that have kept us waiting the longest, and gives the room of one; none where all are
    /// at work.
    pub(super) async fn make_room(&mut self, connections: &Arc<Gauge>) -> Option<Ticket> {
        let share = connections.limit().div_ceil(SHARE);
        if self.dismiss(share, Facts::waiting_since) == 0 {
            return None;
        }
        let room = async {
            loop {
                self.one_left().await;
                if let Some(ticket) = connections.enter() {
                    return ticket;
                }
            }
        };
        timeout(LEAVING, room).await.ok()
    }

    /// Cuts off clients that hold what has become scarce and do nothing, those first that have done so longest: they
    /// take nothing of their responses, or ask for nothing on a connection that takes more memory than others.
    pub(super) fn relieve(&mut self, context: &Context) {
        let now = Instant::now();
        let idle_since = |facts: &Facts| facts.waiting_since().filter(|since| now.duration_since(*since) >= PATIENCE);
        if context.door.requests.is_tight() || context.unsent.is_tight() {
            let share = self.members.len().div_ceil(SHARE);
            self.dismiss(share, |facts| idle_since(facts).filter(|_| facts.is_untaken()));
        }
        if context.large.is_tight() {
            let share = context.large.limit().div_ceil(LARGE_SHARE);
            self.dismiss(share, |facts| idle_since(facts).filter(|_| facts.is_large()));
        }
    }

    /// Tells up to `count` connections to leave, of those that wait the ones that have the longest; how many it told.
    fn dismiss(&mut self, count: usize, waiting_since: impl Fn(&Facts) -> Option<Instant>) -> usize {
        let waits = |member: &Member| Some((waiting_since(&member.facts)?, Arc::clone(&member.signal)));
        let mut waiting: Vec<_> = self.members.values().filter_map(waits).collect();
        if waiting.len() > count {
            waiting.select_nth_unstable_by_key(count, |(since, _)| *since);
            waiting.truncate(count);
        }
        for (_, signal) in &waiting {
            signal.raise(Wish::MakeRoom);
        }
        if !waiting.is_empty() {
            ClientsDismissed { count: waiting.len(), line: self.log.note() }.emit();
        }
        waiting.len()
    }

    /// Waits until a connection has ended; for ever if there is none.
    pub(super) async fn one_left(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(ended) => self.forget(ended),
            None => std::future::pending().await,
        }
    }

    fn forget(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                ConnectionBroken::Fault(&error).emit();
                error.id()
            }
        };
        self.members.remove(&id);
    }

    pub(super) async fn drain(mut self, deadline: Duration) -> Drained {
        for member in self.members.values() {
            member.signal.raise(Wish::WindDown);
        }
        let all_left = async {
            while let Some(ended) = self.tasks.join_next_with_id().await {
                if let Err(error) = ended {
                    ConnectionBroken::Fault(&error).emit();
                }
            }
        };
        // Whether in time or not: who is still there is counted.
        let _ = timeout(deadline, all_left).await;
        let connections_cut_off = self.tasks.len();
        self.tasks.shutdown().await;
        Drained { connections_cut_off }
    }
}
