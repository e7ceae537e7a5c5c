//! The rows of a database.

use std::path::Path;

use indicatif::HumanCount;

use crate::cli::{complain, progress};
use crate::config::{self, Config, DatabaseUrl};
use crate::services::copy::rows::{CopyError, Copying, Event};
use crate::store::{self, OpenError, Purpose, Stores};

/// Where a database is, and the file of its password if it has one.
type Place<'a> = (&'a DatabaseUrl, Option<&'a Path>);

/// A copy that was not made or not finished, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Copy(#[from] CopyError),
}

/// Copies and compares.
pub(super) async fn copy(from: Place<'_>, to: Place<'_>, config: &Config) -> Result<(), Error> {
    let from = open(Purpose::CopyFrom, from, config).await?;
    let to = open(Purpose::CopyTo, to, config).await?;
    let result = run(&Copying::new(from.rows, to.rows)).await;
    to.connection.close().await;
    from.connection.close().await;
    Ok(result?)
}

async fn open(purpose: Purpose, (url, password_file): Place<'_>, config: &Config) -> Result<Stores, OpenError> {
    let settings = config::Database {
        url: Some(url.clone()),
        password_file: password_file.map(Path::to_path_buf),
        migrate: config::Migrate::Auto,
        ..config.database.clone()
    };
    // An address always names the file, if it is one.
    store::open_for(purpose, &settings, Path::new("")).await
}

async fn run(copying: &Copying) -> Result<(), CopyError> {
    let bar = progress::bar();
    let observer = |event: Event| match event {
        Event::Copying { already, all } => {
            if already > 0 {
                let (already, all) = (HumanCount(already), HumanCount(all));
                bar.suspend(|| complain(&format!("{already} of {all} changes to the catalogue are there already")));
            }
            progress::begin(&bar, all);
            bar.set_position(already);
        }
        Event::Comparing(changes) => {
            bar.suspend(|| complain(&"the database is copied; now both are read and compared"));
            progress::begin(&bar, changes);
        }
        Event::Copied(change) | Event::Compared(change) => bar.set_position(change),
    };
    let result = copying.run(&observer).await;
    bar.finish_and_clear();
    let report = result?;
    complain(&format!(
        "{} changes to the catalogue were copied; both databases have {} images and {} visits, and are the same (checksum {})",
        HumanCount(report.changes),
        HumanCount(report.images),
        HumanCount(report.visits),
        report.checksum,
    ));
    Ok(())
}
