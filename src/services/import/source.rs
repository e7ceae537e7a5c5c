//! What is to be imported, one picture after the other, before anything of it is read.

use std::fs;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::facts::Facts;
use super::manifest::{self, Line, Numbered, Syntax};
use super::{Bundle, Rejection, folder, link};
use crate::domain::Tag;

/// Where pictures come from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// Folders, pictures and manifests.
    Paths(Vec<PathBuf>),
    /// Pictures in memory.
    Bundle(Bundle),
}

/// A picture that has been found, and what is said of it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) place: String,
    pub(super) content: Found,
    pub(super) facts: Facts,
}

/// Where the bytes of a candidate are.
#[derive(Debug)]
pub(super) enum Found {
    File { path: PathBuf, size_bytes: u64 },
    Memory(&'static [u8]),
    Link(Box<str>),
}

type Result<T = Candidate> = std::result::Result<T, Rejection>;

impl Source {
    /// How many pictures [`Source::candidates`] will give; fewer when `stop` is cancelled meanwhile.
    pub(super) fn count(&self, stop: &CancellationToken) -> u64 {
        let count =
            |pictures: &mut dyn Iterator<Item = ()>| pictures.take_while(|()| !stop.is_cancelled()).count() as u64;
        match self {
            Self::Bundle(bundle) => bundle.files.len() as u64,
            Self::Paths(paths) => paths
                .iter()
                .map(|path| match Kind::of(path) {
                    Kind::Folder => count(&mut folder::files(path).map(drop)),
                    Kind::Manifest(syntax) => {
                        manifest::open(path, syntax).map_or(1, |lines| count(&mut lines.map(drop)))
                    }
                    Kind::File => 1,
                })
                .sum(),
        }
    }

    /// The pictures, each with these tags beside its own.
    pub(super) fn candidates(self, tags: &[Tag]) -> Box<dyn Iterator<Item = Result> + '_> {
        let candidates: Box<dyn Iterator<Item = Result>> = match self {
            Self::Paths(paths) => Box::new(paths.into_iter().flat_map(in_path)),
            Self::Bundle(bundle) => Box::new(in_bundle(bundle)),
        };
        Box::new(candidates.map(|candidate| {
            let Candidate { place, content, facts } = candidate?;
            match facts.with_tags(tags) {
                Ok(facts) => Ok(Candidate { place, content, facts }),
                Err(error) => Err(Rejection::new(place, &error)),
            }
        }))
    }
}

impl Rejection {
    /// Names are printed on terminals: control characters in them are not.
    pub(super) fn new(place: impl AsRef<str>, reason: &impl ToString) -> Self {
        let printable = |text: &str| text.replace(char::is_control, "\u{fffd}");
        Self { place: printable(place.as_ref()), reason: printable(&reason.to_string()) }
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Folder,
    Manifest(Syntax),
    File,
}

impl Kind {
    fn of(path: &Path) -> Self {
        match Syntax::of(path) {
            _ if path.is_dir() => Self::Folder,
            Some(syntax) => Self::Manifest(syntax),
            None => Self::File,
        }
    }
}

fn in_path(path: PathBuf) -> Box<dyn Iterator<Item = Result>> {
    match Kind::of(&path) {
        Kind::Folder => Box::new(in_folder(path)),
        Kind::Manifest(syntax) => in_manifest(&path, syntax),
        Kind::File => {
            let below = path.file_name().map(PathBuf::from).unwrap_or_default();
            let place = path.display().to_string();
            Box::new(std::iter::once(file(place, path, Facts::of_path(&below))))
        }
    }
}

fn in_folder(root: PathBuf) -> impl Iterator<Item = Result> {
    folder::files(&root).map(move |entry| match entry {
        Ok(entry) => {
            let facts = Facts::of_path(entry.path().strip_prefix(&root).unwrap_or(entry.path()));
            let path = entry.into_path();
            let place = path.display().to_string();
            if Syntax::of(&path).is_some() {
                return Err(Rejection::new(place, &"not a picture; if it is a manifest, import it by naming it"));
            }
            file(place, path, facts)
        }
        Err(error) => {
            let place = error.path().unwrap_or(&root).display().to_string();
            let reason = error.io_error().map_or_else(|| error.to_string(), unreadable);
            Err(Rejection::new(place, &reason))
        }
    })
}

fn in_manifest(path: &Path, syntax: Syntax) -> Box<dyn Iterator<Item = Result>> {
    let shown = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    match manifest::open(path, syntax) {
        Ok(lines) => {
            Box::new(lines.map(move |line| {
                in_line(&shown, line, |place, written, facts| file(place, folder.join(written), facts))
            }))
        }
        Err(error) => Box::new(std::iter::once(Err(Rejection::new(shown, &unreadable(&error))))),
    }
}

fn in_bundle(bundle: Bundle) -> impl Iterator<Item = Result> {
    manifest::read_jsonl(bundle.manifest.as_bytes()).map(move |line| {
        in_line("the bundled manifest", line, |place, written, facts| {
            match bundle.files.iter().find(|(name, _)| *name == written) {
                Some((_, bytes)) => Ok(Candidate { place, content: Found::Memory(bytes), facts }),
                None => Err(Rejection::new(place, &"there is no bundled file of this name")),
            }
        })
    })
}

/// Reads a line of the manifest; `file` finds the picture when the line names a file.
fn in_line(manifest: &str, line: Numbered, file: impl FnOnce(String, &str, Facts) -> Result) -> Result {
    let (number, line) = line;
    let mut place = format!("{manifest}, line {number}");
    let Line { path, url, written } = line.map_err(|reason| Rejection::new(&place, &reason))?;
    let is_set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    let (picture, must_be_address) = match (path, url) {
        (path, url) if is_set(&path) && is_set(&url) => {
            return Err(Rejection::new(place, &"it has both `path` and `url`; one of them says where the picture is"));
        }
        (Some(path), url) if !is_set(&url) => (path, false),
        (_, Some(url)) => (url, true),
        _ => (String::new(), false),
    };
    let picture = picture.trim();
    if picture.is_empty() {
        return Err(Rejection::new(place, &"neither `path` nor `url` says where the picture is"));
    }
    place = format!("{place} ({})", picture.chars().take(200).collect::<String>());
    let facts = Facts::read(&written).map_err(|error| Rejection::new(&place, &error))?;
    if must_be_address || link::is_address(picture) {
        return match link::address(picture) {
            Ok(url) => Ok(Candidate { place, content: Found::Link(url), facts }),
            Err(error) => Err(Rejection::new(place, &error)),
        };
    }
    file(place, picture, facts)
}

fn file(place: String, path: PathBuf, facts: Facts) -> Result {
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_file() => {
            Ok(Candidate { place, content: Found::File { path, size_bytes: metadata.len() }, facts })
        }
        Ok(metadata) if metadata.is_dir() => Err(Rejection::new(place, &"a folder; a manifest names pictures")),
        Ok(_) => Err(Rejection::new(place, &"not a regular file")),
        Err(error) => Err(Rejection::new(place, &unreadable(&error))),
    }
}

/// Why a file cannot be read.
pub(super) fn unreadable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it must not be read by the user who imports".to_owned(),
        _ => format!("it cannot be read: {error}"),
    }
}
