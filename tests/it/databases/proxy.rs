//! A wire between Sirius and a server that can be cut at a chosen moment.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// What happens to what the client sends next, once.
pub enum Cut {
    /// The connection is cut, and the server never hears it.
    BeforeTheServer,
    /// The server hears it and answers, and the answer is cut off.
    BeforeTheAnswer,
    /// The connection is cut for the client; the server hears it when the other end of this is used, and what the server
    /// then says is sent back there.
    Late(oneshot::Receiver<oneshot::Sender<Vec<u8>>>),
}

/// The wire.
pub struct Proxy {
    pub address: SocketAddr,
    next: Next,
}

/// What is to be cut next, and by what it is known.
type Next = Arc<Mutex<Option<(&'static [u8], Cut)>>>;

impl Proxy {
    /// To a server at this address.
    pub async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let next: Next = Arc::default();
        tokio::spawn({
            let next = Arc::clone(&next);
            async move {
                loop {
                    let (client, _) = listener.accept().await.unwrap();
                    let server = TcpStream::connect(&server).await.unwrap();
                    tokio::spawn(carry(client, server, Arc::clone(&next)));
                }
            }
        });
        Self { address, next }
    }

    /// Cuts the next connection through which the client sends something with `word` in it.
    pub fn cut(&self, word: &'static [u8], cut: Cut) {
        *self.next.lock().unwrap() = Some((word, cut));
    }

    /// Whether that has happened.
    pub fn has_cut(&self) -> bool {
        self.next.lock().unwrap().is_none()
    }
}

async fn carry(mut client: TcpStream, mut server: TcpStream, next: Next) {
    let (mut asked, mut answered) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let asked = &asked[..length];
                let cut = next.lock().unwrap().take_if(|(word, _)| word.is_empty() || asked.windows(word.len().max(1)).any(|window| window == *word));
                match cut {
                    None => server.write_all(asked).await.unwrap(),
                    Some((_, cut)) => return sever(cut, asked, client, server).await,
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}

async fn sever(cut: Cut, asked: &[u8], client: TcpStream, mut server: TcpStream) {
    let mut answer = vec![0; 1 << 20];
    match cut {
        Cut::BeforeTheServer => {}
        Cut::BeforeTheAnswer => {
            server.write_all(asked).await.unwrap();
            assert!(server.read(&mut answer).await.unwrap() > 0, "the server answers");
        }
        Cut::Late(released) => {
            drop(client);
            let heard = released.await.unwrap();
            server.write_all(asked).await.unwrap();
            let length = server.read(&mut answer).await.unwrap();
            answer.truncate(length);
            heard.send(answer).unwrap();
        }
    }
}
