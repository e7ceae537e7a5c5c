//! `sirius images edit`: changing what is said of pictures.

use std::process::ExitCode;
use std::sync::Arc;

use super::select::{Filters, Named, one_way};
use super::{complain, fail, images, print_line};
use crate::cli::INVALID;
use crate::domain::{Edit, ImageId, Tag, text};
use crate::services::catalogue::Catalogue;
use crate::services::import::web_address;
use crate::store::Stores;

/// What `sirius images edit` is told.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct EditArgs {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    changes: Changes,
    /// Tell which images would be changed, and change none
    #[arg(long)]
    dry_run: bool,
}

/// An empty text takes out what was said.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// What it shows, in a few words; '' for no title
    #[arg(long, value_name = "TEXT", value_parser = field)]
    title: Option<Field>,
    /// What it shows, for someone who cannot see it
    #[arg(long, value_name = "TEXT", value_parser = field)]
    alt: Option<Field>,
    /// Who made it
    #[arg(long, value_name = "TEXT", value_parser = field)]
    author: Option<Field>,
    /// The address of the original
    #[arg(long, value_name = "URL", value_parser = address)]
    source: Option<Field>,
    /// Its licence, preferably as an SPDX identifier
    #[arg(long, value_name = "TEXT", value_parser = field)]
    licence: Option<Field>,
    /// A tag that it carries from now on; may be repeated
    #[arg(long, value_name = "TAG", value_parser = Tag::parse)]
    add_tag: Vec<Tag>,
    /// A tag that it carries no more; may be repeated
    #[arg(long, value_name = "TAG", value_parser = Tag::parse)]
    remove_tag: Vec<Tag>,
}

/// A text, or nothing for an empty one.
#[derive(Debug, Clone)]
struct Field(Option<Box<str>>);

fn field(raw: &str) -> Result<Field, crate::domain::TextError> {
    text(raw).map(Field)
}

fn address(raw: &str) -> Result<Field, String> {
    if raw.trim().is_empty() { Ok(Field(None)) } else { web_address(raw).map(|address| Field(Some(address))) }
}

impl From<Changes> for Edit {
    fn from(changes: Changes) -> Self {
        let own = |field: Option<Field>| field.map(|Field(text)| text);
        let shared = |field: Option<Field>| field.map(|Field(text)| text.map(Arc::from));
        Self {
            title: own(changes.title),
            alt: own(changes.alt),
            author: shared(changes.author),
            source_url: own(changes.source),
            licence: shared(changes.licence),
            add_tags: changes.add_tag,
            remove_tags: changes.remove_tag,
        }
    }
}

/// Changes all that is named or selected, or none of it.
pub(super) async fn run(arguments: EditArgs, catalogue: &Catalogue, stores: &Stores) -> ExitCode {
    let selected = match one_way(&arguments.named, &arguments.filters, &catalogue.snapshot()) {
        Ok(selected) => selected,
        Err(error) => {
            complain(&error);
            return ExitCode::from(INVALID);
        }
    };
    let edit = Edit::from(arguments.changes);
    if arguments.dry_run {
        let mut changed = 0;
        for image in &selected {
            match edit.apply(&mut image.facts.clone()) {
                Ok(true) => {
                    changed += 1;
                    let _ = print_line(&image.facts.id.to_string());
                }
                Ok(false) => {}
                Err(error) => return fail(&format!("{}: {error}", image.facts.id)),
            }
        }
        complain(&format!("{changed} of {} would be changed", images(selected.len() as u64)));
        return ExitCode::SUCCESS;
    }
    let ids: Vec<ImageId> = selected.iter().map(|image| image.facts.id).collect();
    match stores.catalogue.edit(&ids, &edit).await {
        Ok(changed) => {
            let _ = print_line(&format!("{changed} of {} changed", images(ids.len() as u64)));
            ExitCode::SUCCESS
        }
        Err(error) => fail(&format!("nothing was changed: {error}")),
    }
}
