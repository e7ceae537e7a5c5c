//! `sirius images list` and `show`.

use std::process::ExitCode;

use super::select::{Filters, by_id};
use super::{complain, images, print_line};
use crate::domain::{Content, Image, ImageId};
use crate::http::api::json::{self, ImageJson};
use crate::services::catalogue::Catalogue;

/// How much of a title a line of the list shows.
const TITLE_CHARS: usize = 40;

/// What `sirius images list` is told.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    filters: Filters,
    /// At most this many; all, if it is not given
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// One JSON object a line, as the API shows an image
    #[arg(long)]
    json: bool,
}

/// What `sirius images show` is told.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArgs {
    /// The images' ids, as the API shows them
    #[arg(value_name = "ID", required = true)]
    ids: Vec<ImageId>,
    /// One JSON object a line, as the API shows an image
    #[arg(long)]
    json: bool,
}

/// Lists the images that the filters select; all of them without a filter.
pub(super) fn list(arguments: &ListArgs, catalogue: &Catalogue) -> ExitCode {
    let selected = match arguments.filters.select(&catalogue.snapshot()) {
        Ok(selected) => selected,
        Err(error) => {
            complain(&error);
            return ExitCode::from(crate::cli::INVALID);
        }
    };
    let shown = arguments.limit.unwrap_or(usize::MAX).min(selected.len());
    for image in selected.iter().take(shown) {
        if print_line(&if arguments.json { json(image) } else { row(image) }).is_err() {
            return ExitCode::SUCCESS;
        }
    }
    // For a person: scripts read the lines.
    if !arguments.json {
        let total = images(selected.len() as u64);
        complain(&if shown < selected.len() { format!("{shown} of {total}") } else { total });
    }
    ExitCode::SUCCESS
}

/// Shows all that is known of the named images.
pub(super) fn show(arguments: &ShowArgs, catalogue: &Catalogue) -> ExitCode {
    let found = match by_id(&arguments.ids, &catalogue.snapshot()) {
        Ok(found) => found,
        Err(error) => return super::fail(&error),
    };
    for image in &found {
        if print_line(&if arguments.json { json(image) } else { page(image) }).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

fn json(image: &Image) -> String {
    // Strings and numbers only: writing them cannot fail.
    json::bytes(&ImageJson(image)).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// An image on one line: id, format, size, title, tags.
fn row(image: &Image) -> String {
    let facts = &image.facts;
    let (format, measures) = match &facts.content {
        Content::Stored(stored) => (stored.format.name(), format!("{}x{}", stored.width, stored.height)),
        Content::Linked { .. } => ("link", "-".to_owned()),
    };
    let title: String = facts.title.as_deref().unwrap_or("-").chars().take(TITLE_CHARS).collect();
    format!("{}  {format:<5} {measures:<11} {title:<TITLE_CHARS$}  {}", facts.id, tags(image)).trim_end().to_owned()
}

/// An image on many lines, a fact on each; what is not known is left out.
fn page(image: &Image) -> String {
    let facts = &image.facts;
    let attribution = &facts.attribution;
    let created_at = image.created_at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
    let mut lines = vec![("id", Some(facts.id.to_string()))];
    lines.push(("title", facts.title.as_deref().map(str::to_owned)));
    lines.push(("alt", facts.alt.as_deref().map(str::to_owned)));
    lines.push(("tags", Some(tags(image)).filter(|tags| !tags.is_empty())));
    match &facts.content {
        Content::Stored(stored) => {
            let frames = if stored.frames > 1 { format!(", {} frames", stored.frames) } else { String::new() };
            lines.push((
                "picture",
                Some(format!("{} {}x{}{frames}", stored.format.name(), stored.width, stored.height)),
            ));
            lines.push(("size", Some(format!("{} bytes", stored.size_bytes))));
            lines.push(("sha256", Some(stored.sha256.to_string())));
            lines.push(("colour", stored.colour.map(|colour| colour.to_string())));
        }
        Content::Linked { url } => lines.push(("links to", Some(url.to_string()))),
    }
    lines.push(("author", attribution.author.as_deref().map(str::to_owned)));
    lines.push(("source", attribution.source_url.as_deref().map(str::to_owned)));
    lines.push(("licence", attribution.licence.as_deref().map(str::to_owned)));
    lines.push(("added", Some(created_at)));
    let known = lines.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name:<9} {value}\n")));
    known.collect()
}

fn tags(image: &Image) -> String {
    image.facts.tags.iter().map(crate::domain::Tag::as_str).collect::<Vec<_>>().join(" ")
}
