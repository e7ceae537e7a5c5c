//! Taking an address, and taking connections from it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::sleep;

use super::burst::Burst;
use crate::telemetry::events::AcceptFailed;

/// How long to wait after the system could not give a connection, most often because the process has no file
/// descriptors left: asking again at once would keep a core busy without making one free.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many connections may wait to be taken. tokio's own `bind` has room for 128: of a crowd that comes at once, after a
/// restart for instance, the rest would be dropped and try again after a second. Linux lowers this to its
/// `net.core.somaxconn`, which is 4096 unless it was changed.
const BACKLOG: u32 = 4096;

/// A bound address. It exists before anything is started, so that an address that cannot be had is told first.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    address: SocketAddr,
}

/// An address cannot be listened on. The message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Something else listens there.
    #[error("{address} is already in use: stop what listens there (another Sirius?), or set {setting} to a free port")]
    InUse {
        /// The address that was asked for.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
    },
    /// Low ports are the administrator's.
    #[error(
        "this account may not listen on {address}: set {setting} to a port of 1024 or above, or grant the program \
         CAP_NET_BIND_SERVICE"
    )]
    Forbidden {
        /// The address that was asked for.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
    },
    /// No interface has it.
    #[error(
        "{} is not an address of this machine: set {setting} to one that is, or to 0.0.0.0:{} or [::]:{} for all of \
         them", address.ip(), address.port(), address.port()
    )]
    NotHere {
        /// The address that was asked for.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
    },
    /// Anything else the system may say.
    #[error("cannot listen on {address}: {source}; {setting} names the address")]
    Other {
        /// The address that was asked for.
        address: SocketAddr,
        /// The setting that names it.
        setting: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Listener {
    /// Binds an address; port 0 takes a free one. `setting` is what a person changes to choose another, such as
    /// `server.listen (--listen)`.
    ///
    /// # Errors
    ///
    /// If the address is in use, reserved, not of this machine, or refused for another reason.
    pub fn bind(address: SocketAddr, setting: &'static str) -> Result<Self, BindError> {
        listen(address).map_err(|source| BindError::new(address, setting, source))
    }

    /// The address that is listened on, with the port that port 0 became.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl BindError {
    fn new(address: SocketAddr, setting: &'static str, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::InUse { address, setting },
            io::ErrorKind::PermissionDenied => Self::Forbidden { address, setting },
            io::ErrorKind::AddrNotAvailable => Self::NotHere { address, setting },
            _ => Self::Other { address, setting, source },
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<Listener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of the Sirius before this one, which are not all over yet, do not keep the address.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let inner = socket.listen(BACKLOG)?;
    let address = inner.local_addr()?;
    Ok(Listener { inner, address })
}

/// Where connections come from; a test has one that fails.
pub(super) trait Accept {
    fn accept(&self) -> impl Future<Output = io::Result<(TcpStream, SocketAddr)>> + Send;
}

impl Accept for Listener {
    async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        self.inner.accept().await
    }
}

/// The next connection, whatever errors come before it: one log line for a burst of them, and a pause after each that
/// is not about a single connection.
pub(super) async fn next_connection(listener: &impl Accept, errors: &Burst) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                AcceptFailed { error: &error, line: errors.note() }.emit();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the error is about the one client that would have been next, and nothing is wrong with the rest.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::{Instant, timeout};

    use super::*;

    const EMFILE: i32 = 24;

    /// Fails so many times, then accepts.
    struct Exhausted {
        listener: Listener,
        errors: AtomicUsize,
        error: fn() -> io::Error,
    }

    impl Accept for Exhausted {
        async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
            let left = |errors: usize| errors.checked_sub(1);
            match self.errors.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left) {
                Ok(_) => Err((self.error)()),
                Err(_) => self.listener.accept().await,
            }
        }
    }

    async fn accept_after(errors: usize, error: fn() -> io::Error) -> Duration {
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), "a test").unwrap();
        let client = TcpStream::connect(listener.local_addr()).await.unwrap();
        let exhausted = Exhausted { listener, errors: errors.into(), error };
        let began = Instant::now();
        let (_, peer) = next_connection(&exhausted, &Burst::default()).await;
        assert_eq!(peer, client.local_addr().unwrap());
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn running_out_of_descriptors_pauses_and_goes_on() {
        assert!(accept_after(5, || io::Error::from_raw_os_error(EMFILE)).await >= 5 * ACCEPT_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_left_before_it_was_accepted_holds_nobody_up() {
        assert!(accept_after(5, || io::ErrorKind::ConnectionAborted.into()).await < ACCEPT_PAUSE);
    }

    #[tokio::test]
    async fn a_crowd_that_comes_at_once_finds_room() {
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), "a test").unwrap();
        let mut crowd = Vec::new();
        // Nobody takes them: those that find no room are told nothing and ask again, for minutes.
        while crowd.len() < 300 {
            let client = timeout(Duration::from_secs(30), TcpStream::connect(listener.local_addr())).await;
            crowd.push(client.unwrap_or_else(|_| panic!("no room after {} clients", crowd.len())).unwrap());
        }
    }

    #[test]
    fn each_reason_not_to_bind_says_what_to_do() {
        let address = SocketAddr::from(([192, 0, 2, 1], 80));
        for (kind, part) in [
            (io::ErrorKind::AddrInUse, "192.0.2.1:80 is already in use"),
            (io::ErrorKind::PermissionDenied, "a port of 1024 or above"),
            (io::ErrorKind::AddrNotAvailable, "192.0.2.1 is not an address of this machine"),
            (io::ErrorKind::OutOfMemory, "cannot listen on 192.0.2.1:80"),
        ] {
            let message = BindError::new(address, "server.listen (--listen)", kind.into()).to_string();
            assert!(message.contains(part) && message.contains("server.listen (--listen)"), "{message}");
        }
    }
}
