//! Bytes in a bucket: Amazon S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage.
//!
//! Who we are there is told by each cloud's own variables, or by the machine that we run on; `object_store` knows how.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::HttpError;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::path::Path;
use object_store::signer::{Method, Signer};
use object_store::{BackoffConfig, ClientOptions, Error, ObjectStore, RetryConfig};

use super::objects::{NOT_THERE, Objects};
use super::words::{code, find, has_no_credentials, reason, status};
use super::{BlobError, BlobStore, Demand, Entries, Listed, OpenError, Pieces};
use crate::config::{self, BlobUrl, Cloud, Delivery};
use crate::domain::Sha256;
use crate::telemetry::traces;

/// How long the first repetition waits, and how long the longest; the repetitions themselves are bounded by settings.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A bucket, where it is and what is in the way.
type Refused = String;

/// Opens a bucket. One that does not answer at the moment is opened all the same, unless more is demanded: it may come back,
/// and what is in memory can be served meanwhile.
pub(super) async fn open(
    url: &BlobUrl,
    (cloud, bucket, prefix): (Cloud, &str, &[String]),
    settings: &config::Blobs,
    demand: Demand,
) -> Result<Bucket, OpenError> {
    let refused = |reason: Refused| OpenError { place: url.to_string(), reason };
    // It fails when there is a provider already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let made = connect(cloud, bucket, settings, settings.retries).and_then(|reached| {
        // The question whether it is there is not repeated: it is asked every other second.
        Ok((reached, connect(cloud, bucket, settings, 0)?))
    });
    let (reached, probed) = made.map_err(|error| refused(advice(&error, cloud)))?;
    let path = || prefix.iter().map(String::as_str).collect::<Path>();
    let bucket = Bucket {
        objects: Objects::within(reached.store, path(), settings.max_requests, settings.timeout),
        probe: Objects::within(probed.store, path(), settings.max_requests, settings.timeout),
        signer: reached.signer,
    };
    match bucket.find(settings, demand).await {
        Err(Error::NotFound { .. }) if demand == Demand::Exists => Err(refused(NOT_THERE.to_owned())),
        Err(error) if demand != Demand::Whatever || !may_pass(&error) => Err(refused(advice(&error, cloud))),
        _ => Ok(bucket),
    }
}

/// A bucket, or a part of one.
pub(super) struct Bucket {
    objects: Objects<Arc<dyn ObjectStore>>,
    probe: Objects<Arc<dyn ObjectStore>>,
    signer: Arc<dyn Signer>,
}

impl Bucket {
    /// Finds out whether it is there and lets us in. Where it has been used before, nothing is written: a server that
    /// only reads needs no right to write.
    async fn find(&self, settings: &config::Blobs, demand: Demand) -> Result<(), Error> {
        if demand == Demand::Exists {
            return self.probe.look().await;
        }
        if self.probe.look().await.is_err() {
            self.objects.mark().await?;
        }
        if settings.delivery == Delivery::Redirect {
            self.signer.signed_url(Method::GET, &self.objects.marker(), settings.signed_for).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl BlobStore for Bucket {
    async fn put(&self, digest: &Sha256, bytes: Bytes) -> Result<(), BlobError> {
        self.objects.put(digest, bytes).await
    }

    async fn get(&self, digest: &Sha256) -> Result<Bytes, BlobError> {
        self.objects.get(digest).await
    }

    async fn read(&self, digest: &Sha256, range: Range<u64>) -> Result<Pieces, BlobError> {
        self.objects.read(digest, range).await
    }

    async fn stat(&self, digest: &Sha256) -> Result<Option<Listed>, BlobError> {
        self.objects.stat(digest).await
    }

    fn list(&self) -> Entries<'_> {
        self.objects.list()
    }

    async fn delete(&self, digest: &Sha256) -> Result<(), BlobError> {
        self.objects.delete(digest).await
    }

    async fn address(&self, digest: &Sha256, valid_for: Duration) -> Result<Option<String>, BlobError> {
        let path = self.objects.path(digest);
        let signing = async {
            let signed = self.signer.signed_url(Method::GET, &path, valid_for).await;
            signed.map(|url| Some(url.into())).map_err(|error| BlobError::Unavailable(reason(&error)))
        };
        traces::blob("sign", digest, None).run(signing).await
    }

    async fn ping(&self) -> Result<(), BlobError> {
        self.probe.ping().await
    }
}

/// A cloud's client for a bucket, which is two things to us.
struct Reached {
    store: Arc<dyn ObjectStore>,
    signer: Arc<dyn Signer>,
}

impl Reached {
    fn by<C: ObjectStore + Signer>(client: C) -> Self {
        let client = Arc::new(client);
        Self { store: Arc::clone(&client) as _, signer: client }
    }
}

fn connect(cloud: Cloud, bucket: &str, settings: &config::Blobs, retries: usize) -> Result<Reached, Error> {
    let (options, retry) = (client_options(settings), retry(settings, retries));
    let variables = &settings.variables;
    match cloud {
        Cloud::S3 => {
            let builder = variables
                .beginning("AWS_")
                .filter_map(|(name, value)| Some((key::<AmazonS3ConfigKey>(name)?, value)))
                .fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value));
            let builder = builder.with_bucket_name(bucket).with_client_options(options).with_retry(retry);
            builder.build().map(Reached::by)
        }
        Cloud::Gcs => {
            let builder = variables
                .beginning("GOOGLE_")
                .filter_map(|(name, value)| Some((key::<GoogleConfigKey>(name)?, value)))
                .fold(GoogleCloudStorageBuilder::new(), |builder, (key, value)| builder.with_config(key, value));
            let builder = match variables.get("STORAGE_EMULATOR_HOST") {
                // What Google's own clients make of it: an emulator asks nobody who they are.
                Some(host) => builder.with_base_url(&with_scheme(host)).with_skip_signature(true),
                None => builder,
            };
            let builder = builder.with_bucket_name(bucket).with_client_options(options).with_retry(retry);
            builder.build().map(Reached::by)
        }
        Cloud::Azure => {
            let builder = variables
                .beginning("AZURE_")
                .chain(
                    ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"].iter().filter_map(|name| Some((*name, variables.get(name)?))),
                )
                .filter_map(|(name, value)| Some((key::<AzureConfigKey>(name)?, value)))
                .fold(MicrosoftAzureBuilder::new(), |builder, (key, value)| builder.with_config(key, value));
            let builder = builder.with_container_name(bucket).with_client_options(options).with_retry(retry);
            builder.build().map(Reached::by)
        }
    }
}

/// What a variable is for; nothing where it is for other programs.
fn key<K: std::str::FromStr>(variable: &str) -> Option<K> {
    variable.to_ascii_lowercase().parse().ok()
}

fn with_scheme(host: &str) -> String {
    if host.contains("://") { host.trim_end_matches('/').to_owned() } else { format!("http://{host}") }
}

fn client_options(settings: &config::Blobs) -> ClientOptions {
    ClientOptions::new()
        .with_user_agent(object_store::HeaderValue::from_static(concat!("sirius/", env!("CARGO_PKG_VERSION"))))
        .with_allow_http(settings.allow_http)
        .with_connect_timeout(settings.connect_timeout)
        // How long it may be silent. The whole may take as long as its client takes it.
        .with_read_timeout(settings.timeout)
        .with_timeout_disabled()
        .with_pool_max_idle_per_host(settings.max_requests)
        .with_http1_only()
}

fn retry(settings: &config::Blobs, retries: usize) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { init_backoff: FIRST_PAUSE, max_backoff: LONGEST_PAUSE, base: 2.0 },
        max_retries: retries,
        retry_timeout: settings.retry_timeout,
    }
}

/// Whether an error may be gone in a while without anybody doing anything.
fn may_pass(error: &Error) -> bool {
    matches!(error, Error::Generic { .. })
        && !has_no_credentials(error)
        && match status(error) {
            Some(status) => status.starts_with('5') || status.starts_with("429"),
            // What is wrong with credentials fails before it goes out.
            None => find::<HttpError>(error).is_some(),
        }
}

/// Why a bucket cannot be used and what to do, in one sentence.
fn advice(error: &Error, cloud: Cloud) -> String {
    let (bucket, variables) = match cloud {
        Cloud::S3 => ("bucket", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role that this machine has"),
        Cloud::Gcs => ("bucket", "GOOGLE_APPLICATION_CREDENTIALS, or the service account that this machine has"),
        Cloud::Azure => (
            "container",
            "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or the identity that this \
                          machine has",
        ),
    };
    let code = code(error).map(|code| format!(" ({code})")).unwrap_or_default();
    match error {
        error if has_no_credentials(error) => format!("nothing says who we are there; set {variables}"),
        Error::NotFound { .. } => format!("there is no such {bucket}{code}; create it, or correct blobs.url"),
        Error::Unauthenticated { .. } => {
            format!("the credentials are not accepted{code}; check {variables}")
        }
        Error::PermissionDenied { .. } => {
            format!("it does not let us in{code}; check {variables}, and what they are allowed to do")
        }
        error if reason(error).contains("URL scheme is not allowed") => {
            "its address begins with http://, which is only used where blobs.allow_http is true".to_owned()
        }
        error => reason(error),
    }
}
