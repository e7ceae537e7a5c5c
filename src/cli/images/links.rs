//! `sirius images check-links`: what the operator sees of asking where images link to.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use serde::Serialize;
use url::Url;

use super::select::{Filters, Named, by_id};
use super::{complain, fail, print_line};
use crate::cli::INVALID;
use crate::domain::{Content, Image};
use crate::links::{Checker, Finding, Private};
use crate::services::catalogue::Catalogue;

/// How many servers are asked at a time; each gets one question after the other.
const SERVERS_AT_A_TIME: usize = 16;

/// What `sirius images check-links` is told.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CheckLinksArgs {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    filters: Filters,
    /// How many seconds a server may take to answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
    /// Also ask addresses of private networks: only for links that you have made yourself
    #[arg(long)]
    allow_private: bool,
    /// One JSON object a line, also of the links that have a picture
    #[arg(long)]
    json: bool,
}

/// A link and what it has, as `--json` shows it.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    url: &'a str,
    ok: bool,
    #[serde(flatten)]
    finding: Told<'a>,
}

#[derive(Default, Serialize)]
struct Told<'a> {
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// Asks all that is selected; fails when one of the links has no picture.
pub(super) async fn run(arguments: &CheckLinksArgs, catalogue: &Catalogue) -> ExitCode {
    let snapshot = catalogue.snapshot();
    let selected = if arguments.named.ids.is_empty() {
        arguments.filters.select(&snapshot)
    } else {
        by_id(&arguments.named.ids, &snapshot)
    };
    let selected = match selected {
        Ok(selected) => selected,
        Err(error) => {
            complain(&error);
            return ExitCode::from(INVALID);
        }
    };
    let private = if arguments.allow_private { Private::Allowed } else { Private::Refused };
    let checker = match Checker::new(private, Duration::from_secs(arguments.timeout)) {
        Ok(checker) => checker,
        Err(error) => return fail(&error),
    };
    let (mut asked, mut broken) = (0_u64, 0_u64);
    let servers = by_server(&selected);
    let findings = stream::iter(servers.into_values())
        .map(|links| stream::iter(links).then(|link| answer(&checker, link)).boxed())
        .flatten_unordered(SERVERS_AT_A_TIME);
    let mut findings = std::pin::pin!(findings);
    while let Some((link, finding)) = findings.next().await {
        asked += 1;
        broken += u64::from(!finding.is_picture());
        let line = if arguments.json { Some(json(&link, &finding)) } else { told(&link, &finding) };
        if line.is_some_and(|line| print_line(&line).is_err()) {
            break;
        }
    }
    complain(&match (asked, broken) {
        (0, _) => "no image links to another server".to_owned(),
        (1, 0) => "the link leads to a picture".to_owned(),
        (_, 0) => format!("all {asked} links lead to a picture"),
        (1, _) => "the link leads to no picture".to_owned(),
        _ => format!("{broken} of {asked} links lead to no picture"),
    });
    if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// An image and where it links to.
struct Link {
    image: Arc<Image>,
    url: Box<str>,
}

/// The links of each server, in the order of the images.
fn by_server(images: &[Arc<Image>]) -> BTreeMap<String, Vec<Link>> {
    let mut servers: BTreeMap<String, Vec<Link>> = BTreeMap::new();
    for image in images {
        if let Content::Linked { url } = &image.facts.content {
            let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            servers.entry(host).or_default().push(Link { image: Arc::clone(image), url: url.clone() });
        }
    }
    servers
}

async fn answer(checker: &Checker, link: Link) -> (Link, Finding) {
    let finding = checker.check(&link.url).await;
    (link, finding)
}

/// A line for a person, who wants to know of what is wrong or has moved.
fn told(link: &Link, finding: &Finding) -> Option<String> {
    let what = match finding {
        Finding::Picture => return None,
        Finding::Moved { to } => format!("has moved to {to}"),
        Finding::NotAPicture { media_type } if media_type.is_empty() => "does not say that it is a picture".to_owned(),
        Finding::NotAPicture { media_type } => format!("is no picture but {media_type:?}"),
        Finding::Failed { status } => format!("answers {status}"),
        Finding::Private => "leads into a private network and was not asked (--allow-private)".to_owned(),
        Finding::Unreachable { reason } => format!("cannot be reached: {reason}"),
    };
    Some(format!("{}  {} {what}", link.image.facts.id, link.url))
}

fn json(link: &Link, finding: &Finding) -> String {
    let finding_json = match finding {
        Finding::Picture => Told { result: "picture", ..Told::default() },
        Finding::Moved { to } => Told { result: "moved", moved_to: Some(to), ..Told::default() },
        Finding::NotAPicture { media_type } => {
            Told { result: "not_a_picture", media_type: Some(media_type), ..Told::default() }
        }
        Finding::Failed { status } => Told { result: "failed", status: Some(*status), ..Told::default() },
        Finding::Private => Told { result: "private", ..Told::default() },
        Finding::Unreachable { reason } => Told { result: "unreachable", reason: Some(reason), ..Told::default() },
    };
    let object =
        Line { id: link.image.facts.id.to_string(), url: &link.url, ok: finding.is_picture(), finding: finding_json };
    // Strings and numbers only: writing them cannot fail.
    serde_json::to_string(&object).unwrap_or_default()
}
