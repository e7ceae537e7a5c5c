//! `[blobs]`: where the bytes of images are, and how clients get them.

use std::time::Duration;

use super::blob_url::BlobUrl;
use super::cloud::CloudVariables;
use super::declare::{Unlisted, settings};
use super::kind::{Kind, choice, count, duration, optional, switch};

settings! {
    /// `[blobs]`
    pub struct Blobs {
        /// Where the bytes are: a folder, or a bucket of S3, Google Cloud Storage or Azure, with a prefix if other things
        /// are in it too; by default the folder `blobs` in `data.dir`.
        url: Option<BlobUrl> = None => optional(url());
        /// How clients get the bytes: through Sirius, or from the bucket by a signed address that Sirius sends them to.
        delivery: Delivery = Delivery::Proxy =>
            choice(&[("proxy", Delivery::Proxy), ("redirect", Delivery::Redirect)]);
        /// How long a signed address is good for; one is handed out for half of that time.
        signed_for: Duration = Duration::from_mins(20) =>
            duration(Duration::from_mins(1)..=Duration::from_hours(12));
        /// Whether a bucket may be reached by http, in clear text; for stores on this machine or in a network of one's own.
        allow_http: bool = false => switch();
        /// How long it may take to connect to a bucket.
        connect_timeout: Duration = Duration::from_secs(3) =>
            duration(Duration::from_millis(100)..=Duration::from_mins(1));
        /// How long a bucket may be silent: until its answer begins, and then between two pieces of it.
        timeout: Duration = Duration::from_secs(10) => duration(Duration::from_millis(100)..=Duration::from_mins(10));
        /// How often what failed for a reason that may pass (5xx, 429, a broken connection) is tried again.
        retries: usize = 3 => count(0..=10);
        /// How long after the first try of something another one may begin.
        retry_timeout: Duration = Duration::from_secs(15) =>
            duration(Duration::from_millis(100)..=Duration::from_mins(4));
        /// The most requests to a bucket at a time, and so the most connections; further ones wait for `blobs.timeout`.
        max_requests: usize = 256 => count(1..=10_000);
        /// What the clouds' own variables say: who Sirius is there, and where they are.
        variables: CloudVariables = CloudVariables::default() => Unlisted;
    }
}

/// How clients get the bytes of stored images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Through Sirius, which checks them and keeps hot ones in memory.
    Proxy,
    /// From the bucket itself.
    Redirect,
}

impl Blobs {
    /// Whether the bytes are in a bucket, rather than in a folder.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        matches!(self.url, Some(BlobUrl::Bucket { .. }))
    }
}

fn url() -> Kind<BlobUrl> {
    Kind::text(BlobUrl::ALLOWED, BlobUrl::parse, BlobUrl::to_string)
}
