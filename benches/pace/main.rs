//! A client that asks at a rate, whether it is answered or not (an open model), for `make bench-overload`: wrk waits for
//! answers, and so cannot ask for more than there is.
//!
//! `pace ADDRESS CONNECTIONS STEPS REQUEST...`: STEPS are `RATE:SECONDS` with commas, REQUESTs such as `GET /path` are taken
//! in turns. Prints a line of JSON for each fifth of a second: what was due, what was answered, and how quickly, from when
//! it was due and from when it was asked; refusals (503) from when they were asked; and what was given up before it could be
//! asked.
#![allow(clippy::print_stdout, reason = "what it has seen is what it is for")]

mod connection;
mod seen;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::error::Error;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use self::connection::Connection;
use self::seen::Seen;

/// How often it looks at what is due.
const TICK: Duration = Duration::from_millis(1);
/// What could not be asked for so long, for want of a connection, is not asked any more, as clients do.
const GIVEN_UP_AFTER: Duration = Duration::from_millis(500);
/// How long answers are waited for when the last request was due.
const PATIENCE: Duration = Duration::from_secs(2);

/// A rate, and for how long.
struct Step {
    rate: f64,
    duration: Duration,
}

/// What clients share.
struct Shared {
    address: String,
    requests: Vec<Vec<u8>>,
    /// When each that has not been asked was due, and which request it is.
    due: RefCell<VecDeque<(Instant, usize)>>,
    /// As many permits as there are of them.
    ready: Semaphore,
    seen: RefCell<Seen>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, connections, steps, requests @ ..] = arguments.as_slice() else {
        return Err("pace ADDRESS CONNECTIONS RATE:SECONDS,... REQUEST...".into());
    };
    let steps = steps.split(',').map(step).collect::<Result<Vec<_>, _>>()?;
    let requests: Vec<_> = requests.iter().map(|request| written(request)).collect();
    if requests.is_empty() {
        return Err("there is no request".into());
    }
    let shared = Rc::new(Shared {
        address: address.clone(),
        requests,
        due: RefCell::default(),
        ready: Semaphore::new(0),
        seen: RefCell::default(),
    });
    let connections = connections.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(run(Rc::clone(&shared), connections, steps)));
    for line in shared.seen.take().into_lines() {
        println!("{line}");
    }
    Ok(())
}

async fn run(shared: Rc<Shared>, connections: usize, steps: Vec<Step>) {
    let clients: Vec<_> = (0..connections).map(|_| tokio::task::spawn_local(client(Rc::clone(&shared)))).collect();
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut turn = 0;
    let mut begin = Instant::now();
    shared.seen.borrow_mut().begin(begin.into_std());
    for step in steps {
        let mut asked = 0.0;
        while begin.elapsed() < step.duration {
            ticks.tick().await;
            let due = begin.elapsed().min(step.duration).as_secs_f64() * step.rate;
            while asked < due {
                let at = begin + Duration::from_secs_f64(asked / step.rate);
                shared.due.borrow_mut().push_back((at, turn));
                shared.seen.borrow_mut().due(at.into_std());
                shared.ready.add_permits(1);
                turn = (turn + 1) % shared.requests.len();
                asked += 1.0;
            }
        }
        begin += step.duration;
    }
    // What is still waiting then stays unanswered.
    let _ = timeout(PATIENCE, async {
        while shared.seen.borrow().is_waited_for() {
            ticks.tick().await;
        }
    })
    .await;
    for client in clients {
        client.abort();
    }
}

/// Asks whenever something is due that nobody else has asked.
async fn client(shared: Rc<Shared>) {
    let mut connection = None;
    while let Ok(permit) = shared.ready.acquire().await {
        permit.forget();
        let Some((due, request)) = shared.due.borrow_mut().pop_front() else { continue };
        let asked = Instant::now();
        if asked - due > GIVEN_UP_AFTER {
            shared.seen.borrow_mut().given_up(asked.into_std());
            continue;
        }
        let answer = ask(&mut connection, &shared, request).await;
        let now = Instant::now();
        let mut seen = shared.seen.borrow_mut();
        match answer {
            Ok(200..=399) => seen.good(now.into_std(), now - due, now - asked),
            Ok(503) => seen.refused(now.into_std(), now - asked),
            Ok(_) | Err(_) => seen.failed(now.into_std()),
        }
    }
}

async fn ask(connection: &mut Option<Connection>, shared: &Shared, request: usize) -> std::io::Result<u16> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => Connection::open(&shared.address).await?,
    };
    let answer = open.ask(&shared.requests[request]).await?;
    if answer.stays_open {
        *connection = Some(open);
    }
    Ok(answer.status)
}

fn step(text: &str) -> Result<Step, Box<dyn Error>> {
    let (rate, seconds) = text.split_once(':').ok_or_else(|| format!("{text} is not RATE:SECONDS"))?;
    Ok(Step { rate: rate.parse()?, duration: Duration::from_secs_f64(seconds.parse()?) })
}

fn written(request: &str) -> Vec<u8> {
    format!("{request} HTTP/1.1\r\nHost: bench\r\nContent-Length: 0\r\n\r\n").into_bytes()
}
