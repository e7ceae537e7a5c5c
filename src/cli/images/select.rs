//! Which images a command is about: those that are named, and those that a filter selects.

use std::fmt;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::domain::{Content, Filter, Image, ImageId, Kind, Tag};
use crate::services::catalogue::Snapshot;

/// Images by their ids.
#[derive(Debug, Args)]
pub(super) struct Named {
    /// The images' ids, as the API shows them
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<ImageId>,
}

/// Images by what is known of them.
#[derive(Debug, Default, Args)]
pub(super) struct Filters {
    /// Only images with this tag; repeat it for images with all of several
    #[arg(long = "tag", value_name = "TAG", value_parser = Tag::parse)]
    tags: Vec<Tag>,
    /// Only images without this tag; repeat it for images with none of several
    #[arg(long = "without", value_name = "TAG", value_parser = Tag::parse)]
    without: Vec<Tag>,
    /// Only images that do not move, or only those that do; a linked image is of neither kind
    #[arg(long, value_name = "KIND")]
    kind: Option<KindArg>,
    /// Only images whose bytes Sirius has, or only those that it links to
    #[arg(long, value_name = "STORAGE")]
    storage: Option<Storage>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindArg {
    Still,
    Animated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Storage {
    Stored,
    Linked,
}

/// Images that were asked for and cannot be had.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SelectError {
    /// No image was named and no filter given, where a command would then be about all of them.
    Nothing,
    /// Both were given.
    Both,
    /// The filter is none.
    Filter(String),
    /// These are not in the catalogue.
    Unknown(Vec<ImageId>),
}

impl fmt::Display for SelectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str(
                "say which images: name their ids, or select them with --tag, --without, --kind or --storage",
            ),
            Self::Both => f.write_str("name images by their ids or select them with filters, not both"),
            Self::Filter(reason) => f.write_str(reason),
            Self::Unknown(ids) => {
                let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
                write!(f, "not in the catalogue, nothing was done: {}", ids.join(", "))
            }
        }
    }
}

impl Filters {
    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.without.is_empty() && self.kind.is_none() && self.storage.is_none()
    }

    /// The images that they select, the newest first.
    pub(super) fn select(&self, snapshot: &Snapshot) -> Result<Vec<Arc<Image>>, SelectError> {
        let texts = |tags: &[Tag]| tags.iter().map(|tag| tag.as_str().to_owned()).collect::<Vec<_>>();
        let kind = self.kind.map(|kind| match kind {
            KindArg::Still => Kind::Still,
            KindArg::Animated => Kind::Animated,
        });
        let filter = Filter::parse(&texts(&self.tags), &texts(&self.without), kind)
            .map_err(|error| SelectError::Filter(error.to_string()))?;
        let selection = snapshot.select(&filter);
        let newest_first = selection.numbers().iter().rev();
        let images = newest_first.filter_map(|number| selection.image(crate::domain::ImageNumber(number)));
        Ok(images.filter(|image| self.storage.is_none_or(|storage| storage == storage_of(image))).cloned().collect())
    }
}

/// The images that are named, or those that the filters select.
pub(super) fn one_way(named: &Named, filters: &Filters, snapshot: &Snapshot) -> Result<Vec<Arc<Image>>, SelectError> {
    match (named.ids.is_empty(), filters.is_empty()) {
        (true, true) => Err(SelectError::Nothing),
        (false, false) => Err(SelectError::Both),
        (true, false) => filters.select(snapshot),
        (false, true) => by_id(&named.ids, snapshot),
    }
}

/// The images with these ids, in their order, each once.
pub(super) fn by_id(ids: &[ImageId], snapshot: &Snapshot) -> Result<Vec<Arc<Image>>, SelectError> {
    let mut images: Vec<Arc<Image>> = Vec::with_capacity(ids.len());
    let mut unknown = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for &id in ids.iter().filter(|id| seen.insert(**id)) {
        match snapshot.get(id) {
            Some(image) => images.push(Arc::clone(image)),
            None => unknown.push(id),
        }
    }
    if unknown.is_empty() { Ok(images) } else { Err(SelectError::Unknown(unknown)) }
}

fn storage_of(image: &Image) -> Storage {
    match image.facts.content {
        Content::Stored(_) => Storage::Stored,
        Content::Linked { .. } => Storage::Linked,
    }
}
