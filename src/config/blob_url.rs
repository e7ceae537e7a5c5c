//! Where a store of bytes is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// The address of a store of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobUrl {
    /// `file:///folder`
    Folder(PathBuf),
    /// `s3://bucket/prefix` and the like.
    Bucket {
        /// Whose.
        cloud: Cloud,
        /// Its name; Azure calls it a container.
        bucket: String,
        /// The names of the folders in it below which everything is; none for the bucket itself.
        prefix: Vec<String>,
    },
}

/// A service that keeps objects in buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon S3, and whatever speaks like it.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

impl Cloud {
    const ALL: [Self; 3] = [Self::S3, Self::Gcs, Self::Azure];

    /// The scheme of its addresses.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "az",
        }
    }
}

impl BlobUrl {
    pub(super) const ALLOWED: &'static str = "a folder as \"file:///var/lib/sirius/blobs\", or a bucket as \
        \"s3://bucket/prefix\", \"gs://bucket/prefix\" or \"az://container/prefix\", of letters, digits and `-._`, without \
        credentials: those come from the cloud's own variables";

    /// Reads an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        // Schemes are the same in capitals: RFC 3986, 3.1.
        if scheme.eq_ignore_ascii_case("file") {
            return folder(text).map(Self::Folder);
        }
        let cloud = Cloud::ALL.into_iter().find(|cloud| cloud.scheme().eq_ignore_ascii_case(scheme))?;
        let mut names = rest.strip_suffix('/').unwrap_or(rest).split('/');
        let bucket = names.next().filter(|name| (3..=222).contains(&name.len()) && is_name(name))?.to_owned();
        let prefix: Vec<_> = names.map(str::to_owned).collect();
        prefix.iter().all(|name| is_name(name)).then_some(Self::Bucket { cloud, bucket, prefix })
    }
}

impl fmt::Display for BlobUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => match Url::from_file_path(path) {
                Ok(url) => url.fmt(f),
                // Only absolute paths are read.
                Err(()) => write!(f, "file://{}", path.display()),
            },
            Self::Bucket { cloud, bucket, prefix } => {
                write!(f, "{}://{bucket}", cloud.scheme())?;
                prefix.iter().try_for_each(|name| write!(f, "/{name}"))
            }
        }
    }
}

/// A text that is no address of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("allowed is {}", BlobUrl::ALLOWED)]
pub struct ParseBlobUrlError;

impl FromStr for BlobUrl {
    type Err = ParseBlobUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or(ParseBlobUrlError)
    }
}

fn folder(text: &str) -> Option<PathBuf> {
    let url: Url = text.parse().ok()?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.path() != "/";
    url.to_file_path().ok().filter(|path| is_plain && path.is_absolute())
}

/// What no cloud takes for anything else, nor escapes.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !name.is_empty() && name.bytes().all(allowed) && !name.bytes().all(|byte| byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_written() {
        for text in [
            "file:///var/lib/my%20blobs",
            "s3://bucket",
            "gs://a.bucket_1/sirius",
            "az://container/a/b-2",
            "s3://b-1/A.b",
        ] {
            assert_eq!(BlobUrl::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(BlobUrl::parse("S3://bucket/a"), BlobUrl::parse("s3://bucket/a"));
        assert_eq!(BlobUrl::parse("s3://bucket/a/"), BlobUrl::parse("s3://bucket/a"));
        assert_eq!(BlobUrl::parse("file:///a%20b"), Some(BlobUrl::Folder("/a b".into())));
    }

    #[test]
    fn what_is_no_address_or_holds_a_secret_is_refused() {
        for text in [
            "",
            "blobs",
            "/var/lib/blobs",
            "file://",
            "file:///",
            "file://host/a",
            "file:///a?b",
            "s3:bucket",
            "s3://",
            "s3://ab",
            "s3://bucket//a",
            "s3://bucket/../a",
            "s3://bucket/a?region=x",
            "s3://key:secret@bucket",
            "s3://bucket/a b",
            "http://bucket",
        ] {
            assert_eq!(BlobUrl::parse(text), None, "{text}");
        }
    }
}
