//! Bringing pictures in: folders, files and manifests become entries of the catalogue.
//!
//! [`Importer`] is the way in; `source` finds what is to be imported (`folder`, `manifest`, and [`BUNDLED`] from the
//! binary itself), `facts` and `link` hold what people wrote to the rules of the domain, `pipeline` reads, hashes,
//! decodes and stores. How an import is shown to a person is not known here: it is told as [`Event`]s.

mod bundled;
mod facts;
mod folder;
mod link;
mod manifest;
mod pipeline;
mod source;

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use bundled::{BUNDLED, Bundle};

use crate::blob::{BlobError, BlobStore};
use crate::domain::Tag;
use crate::store::{CatalogueStore, StoreError};
use crate::transform::Pool;

/// The most rejections that a [`Report`] keeps; further ones are told as events and counted.
pub const MAX_KEPT_REJECTIONS: usize = 1_000;

/// Reads the web address that a person gives of a picture or its original: http or https, in its one spelling, without
/// user name, password and fragment.
///
/// # Errors
/// With a sentence that says what is wrong with it.
pub fn web_address(text: &str) -> Result<Box<str>, String> {
    link::address(text).map_err(|error| error.to_string())
}

/// How an import is to go about it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Tags for every picture, beside those of its folder or its manifest.
    pub tags: Vec<Tag>,
    /// Take nothing unless everything can be taken: all pictures are looked at first, and only then imported.
    pub strict: bool,
}

/// Something that an import has to say, as it happens.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// How many pictures there are to import, told once they have been counted.
    Counted {
        /// Files in the folders, or lines of the manifests.
        pictures: u64,
    },
    /// A picture went in.
    Added,
    /// A picture was there already; nothing of it was changed.
    AlreadyThere,
    /// A picture was not taken.
    Rejected(&'a Rejection),
    /// A picture could be taken; told before any is, where [`Settings::strict`] asks for it.
    Checked,
    /// All pictures could be taken, and now they are.
    AllChecked,
}

/// Hears of [`Event`]s; called from several threads, and held up by nothing that takes long.
pub type Observer<'a> = &'a (dyn Fn(Event<'_>) + Send + Sync);

/// A picture that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The file, or the manifest and its line.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

/// How an import ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Pictures that went in (in a dry run: that would).
    pub added: u64,
    /// Pictures that were there already, or came twice.
    pub already_there: u64,
    /// Pictures that were not taken.
    pub rejected: u64,
    /// The first [`MAX_KEPT_REJECTIONS`] of those.
    pub rejections: Vec<Rejection>,
    /// Whether it was stopped before its end; repeating it goes on.
    pub was_stopped: bool,
}

/// An import that could not go on. What was added until then stays; repeating it goes on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The catalogue.
    #[error(transparent)]
    Catalogue(#[from] StoreError),
    /// The bytes.
    #[error(transparent)]
    Bytes(#[from] BlobError),
}

/// Imports pictures into a catalogue; works beside a running server.
///
/// Pictures are named by their content, so that importing the same ones again adds nothing: an interrupted import is
/// simply repeated. The bytes of a picture are durable before its entry is.
#[derive(Clone)]
pub struct Importer {
    target: Target,
    pool: Pool,
    settings: Settings,
}

/// Where pictures go.
#[derive(Clone)]
enum Target {
    Into(Arc<dyn CatalogueStore>, Arc<dyn BlobStore>),
    /// Nowhere. Pictures that the catalogue has are still told from others; without one, there are none.
    Nowhere(Option<Arc<dyn CatalogueStore>>),
}

impl Importer {
    /// An importer into this catalogue and this store of bytes.
    #[must_use]
    pub fn new(catalogue: Arc<dyn CatalogueStore>, blobs: Arc<dyn BlobStore>, pool: Pool, settings: Settings) -> Self {
        Self { target: Target::Into(catalogue, blobs), pool, settings }
    }

    /// An importer that does everything but store, beside a catalogue if there is one already.
    ///
    /// It remembers the pictures that it has seen, at some 40 bytes each, to tell those that come twice.
    #[must_use]
    pub fn rehearsal(catalogue: Option<Arc<dyn CatalogueStore>>, pool: Pool, settings: Settings) -> Self {
        Self { target: Target::Nowhere(catalogue), pool, settings }
    }

    /// Imports folders (with all that is in them), pictures and manifests (`.csv`, `.jsonl`), in this order.
    ///
    /// Memory does not grow with their number. When `stop` is cancelled, what is under way is finished and the rest
    /// left out; dropping the future stops at once, which does no harm either.
    ///
    /// # Errors
    /// When the catalogue or the store of bytes fails; what is wrong with a picture is an event and in the report.
    pub async fn import(
        &self,
        paths: Vec<PathBuf>,
        stop: &CancellationToken,
        observer: Observer<'_>,
    ) -> Result<Report, ImportError> {
        if self.settings.strict && !self.is_rehearsal() {
            let checked = self.check(paths.clone(), stop, observer).await?;
            if checked.rejected > 0 || checked.was_stopped {
                return Ok(Report { added: 0, ..checked });
            }
            observer(Event::AllChecked);
        }
        pipeline::run(self, source::Source::Paths(paths), stop, observer).await
    }

    async fn check(
        &self,
        paths: Vec<PathBuf>,
        stop: &CancellationToken,
        observer: Observer<'_>,
    ) -> Result<Report, ImportError> {
        let catalogue = self.target.catalogue().cloned();
        let rehearsal = Self::rehearsal(catalogue, self.pool.clone(), self.settings.clone());
        let told = |event: Event<'_>| {
            observer(match event {
                Event::Added | Event::AlreadyThere => Event::Checked,
                other => other,
            });
        };
        pipeline::run(&rehearsal, source::Source::Paths(paths), stop, &told).await
    }

    fn is_rehearsal(&self) -> bool {
        matches!(self.target, Target::Nowhere(_))
    }

    /// Imports the pictures of a [`Bundle`], by the same way as any others.
    ///
    /// # Errors
    /// When the catalogue or the store of bytes fails.
    pub async fn import_bundle(&self, bundle: Bundle) -> Result<Report, ImportError> {
        pipeline::run(self, source::Source::Bundle(bundle), &CancellationToken::new(), &|_| ()).await
    }
}

impl Target {
    fn catalogue(&self) -> Option<&Arc<dyn CatalogueStore>> {
        match self {
            Self::Into(catalogue, _) => Some(catalogue),
            Self::Nowhere(catalogue) => catalogue.as_ref(),
        }
    }
}
