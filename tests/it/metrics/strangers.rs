//! What clients send makes no series: the number of them stays, whatever comes.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::openmetrics::Dialect;
use super::scrape::Scraped;

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNEC"];
const PATHS: [&str; 5] = ["/", "/healthz", "/api/v1/images/random", "/api/v1/images/", "/assets/"];

#[tokio::test]
async fn ten_thousand_methods_paths_and_hosts_make_no_series() {
    let sirius = Scraped::serve(&[
        "limits.reads.per_second=1000000",
        "limits.reads.burst=1000000",
        "limits.visits.per_second=1000000",
        "limits.visits.burst=1000000",
    ]);
    let mut chance = StdRng::seed_from_u64(7);
    bother(&sirius, &mut chance, 2_000).await;
    let before = series(&sirius).await;
    bother(&sirius, &mut chance, 10_000).await;
    let after = series(&sirius).await;
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{} series are new: {new:?}", new.len());
    assert!(before.len() < 4_000, "{} series", before.len());
}

async fn series(sirius: &Scraped) -> BTreeSet<String> {
    // The second scrape has the series of the first.
    sirius.scrape(Dialect::Classic).await;
    let exposition = sirius.scrape(Dialect::Classic).await;
    exposition.series().into_keys().map(|(name, labels)| format!("{name}{labels:?}")).collect()
}

/// Sends so many requests, a hundred on each connection, and waits for their answers.
async fn bother(sirius: &Scraped, chance: &mut StdRng, count: usize) {
    for _ in 0..count / 100 {
        let mut client = TcpStream::connect(&sirius.public).await.unwrap();
        let mut requests: String = (0..99).map(|_| request(chance, "")).collect();
        requests.push_str(&request(chance, "connection: close\r\n"));
        let (mut read, mut write) = client.split();
        let mut answers = Vec::new();
        let (sent, received) = tokio::join!(write.write_all(requests.as_bytes()), read.read_to_end(&mut answers));
        assert!(sent.is_ok() && received.is_ok() && answers.starts_with(b"HTTP/1.1 "));
    }
}

/// About half of each part is new to the world.
fn request(chance: &mut StdRng, more: &str) -> String {
    let word = format!("{:x}", chance.random::<u64>());
    let pick = |list: &[&str], chance: &mut StdRng| list[chance.random_range(0..list.len())].to_owned();
    let method = if chance.random() { pick(&METHODS, chance) } else { format!("X{word}") };
    let mut path = if chance.random() { pick(&PATHS, chance) } else { format!("/{word}/") };
    if chance.random() {
        path.push_str(&word);
    }
    format!(
        "{method} {path}?{word} HTTP/1.1\r\nhost: {word}.example\r\nuser-agent: {word}\r\nx-forwarded-for: {word}\r\n\
         traceparent: {word}\r\nx-{word}: {word}\r\n{more}\r\n"
    )
}
