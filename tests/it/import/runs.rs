//! Runs: rehearsed, strict, repeated, stopped and failing ones.

use std::sync::Mutex;
use std::sync::atomic::Ordering;

use sirius::blob::BlobStore;
use sirius::config::Pictures;
use sirius::domain::Content;
use sirius::services::import::{Event, Settings};
use tokio_util::sync::CancellationToken;

use super::{Sirius, import, png, reasons};

#[tokio::test]
async fn a_dry_run_tells_the_same_and_stores_nothing() {
    let sirius = Sirius::new().await;
    sirius.write("in/a.png", png(1));
    sirius.write("in/same.png", png(1));
    sirius.write("in/b.png", png(2));
    sirius.write("in/c.txt", "no picture");
    let dry = import(&sirius.rehearsal(), sirius.path("in")).await;
    assert_eq!((dry.added, dry.already_there, dry.rejected), (2, 1, 1));
    assert!(sirius.images().await.is_empty());
    assert_eq!(sirius.blobs.puts.load(Ordering::Relaxed), 0);
    assert_eq!(sirius.import("in").await, dry);
}

#[tokio::test]
async fn a_strict_import_takes_everything_or_nothing() {
    let sirius = Sirius::new().await;
    sirius.write("in/a.png", png(1));
    sirius.write("in/b.png", png(2));
    sirius.write("in/list.csv", "path\na.png\nmissing.png\nb.png\n");
    let strict = sirius.importer(Settings { strict: true, ..Settings::default() });
    let report = import(&strict, sirius.path("in/list.csv")).await;
    assert_eq!((report.added, report.rejected), (0, 1));
    assert_eq!(reasons(&report)[0].1, "there is no such file");
    assert!(report.rejections[0].place.ends_with("list.csv, line 3 (missing.png)"), "{report:?}");
    assert!(sirius.images().await.is_empty());
    assert_eq!(sirius.blobs.puts.load(Ordering::Relaxed), 0);

    sirius.write("in/missing.png", png(3));
    let told = Mutex::new(Vec::new());
    let observer = |event: Event<'_>| told.lock().unwrap().push(format!("{event:?}"));
    let paths = vec![sirius.path("in/list.csv")];
    let report = strict.import(paths, &CancellationToken::new(), &observer).await.unwrap();
    assert_eq!((report.added, report.rejected), (3, 0));
    let told = told.into_inner().unwrap();
    let turn = told.iter().position(|event| event == "AllChecked").unwrap();
    let count = |events: &[String], name: &str| events.iter().filter(|event| *event == name).count();
    assert_eq!((count(&told[..turn], "Checked"), count(&told[turn..], "Added")), (3, 3), "{told:?}");
}

#[tokio::test]
async fn a_second_run_adds_nothing_and_decodes_nothing() {
    let sirius = Sirius::new().await;
    for seed in 0..5 {
        sirius.write(&format!("in/{seed}.png"), png(seed));
    }
    sirius.import("in").await;
    let (images, puts) = (sirius.images().await, sirius.blobs.puts.load(Ordering::Relaxed));
    // Pictures that are there already are not held to limits that came later.
    let importer = sirius.importer_within(Pictures { max_pixels: 1, ..Pictures::default() }, Settings::default());
    let report = import(&importer, sirius.path("in")).await;
    assert_eq!((report.added, report.already_there, report.rejected), (0, 5, 0));
    assert_eq!(sirius.images().await, images);
    assert_eq!(sirius.blobs.puts.load(Ordering::Relaxed), puts);
}

#[tokio::test]
async fn an_import_that_is_stopped_is_simply_repeated() {
    // More than fit into the queues, so that the walk cannot be over when the first one is in.
    const PICTURES: u32 = 900;
    let sirius = Sirius::new().await;
    for seed in 0..PICTURES {
        sirius.write(&format!("in/{seed}.png"), png(seed));
    }
    let importer = sirius.importer(Settings::default());
    let stop = CancellationToken::new();
    let stop_at_first = |event: Event<'_>| {
        if matches!(event, Event::Added) {
            stop.cancel();
        }
    };
    let stopped = importer.import(vec![sirius.path("in")], &stop, &stop_at_first).await.unwrap();
    assert!(stopped.was_stopped);
    assert!((1..u64::from(PICTURES)).contains(&stopped.added), "{}", stopped.added);
    assert_eq!(sirius.images().await.len() as u64, stopped.added);

    // And once without any order: the future is dropped while pictures are on their way.
    let first = tokio::sync::Notify::new();
    let notify = |event: Event<'_>| {
        if matches!(event, Event::Added) {
            first.notify_one();
        }
    };
    let stop = CancellationToken::new();
    tokio::select! {
        _ = importer.import(vec![sirius.path("in")], &stop, &notify) => {}
        () = first.notified() => {}
    }

    // What the database had been told before may be entered after that.
    let there = sirius.images().await.len() as u64;
    let report = sirius.import("in").await;
    assert!(report.already_there >= there, "{} of {there}", report.already_there);
    assert_eq!(report.already_there + report.added, u64::from(PICTURES));
    let images = sirius.images().await;
    assert_eq!(images.len(), PICTURES as usize);
    for image in images {
        let Content::Stored(stored) = image.facts.content else { panic!("{:?}", image.number) };
        assert!(sirius.blobs.stat(&stored.sha256).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_store_that_fails_ends_the_import_without_an_entry_too_many() {
    let sirius = Sirius::failing_after(150).await;
    for seed in 0..300 {
        sirius.write(&format!("in/{seed}.png"), png(seed));
    }
    let importer = sirius.importer(Settings::default());
    let error = importer.import(vec![sirius.path("in")], &CancellationToken::new(), &|_| ()).await.unwrap_err();
    assert_eq!(error.to_string(), "the byte store is unavailable: the disk is full");
    for image in sirius.images().await {
        let Content::Stored(stored) = image.facts.content else { panic!("{:?}", image.number) };
        assert!(sirius.blobs.stat(&stored.sha256).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn progress_is_told_as_it_happens() {
    let sirius = Sirius::new().await;
    sirius.write("in/a.png", png(1));
    sirius.write("in/b.txt", "no picture");
    let told = Mutex::new(Vec::new());
    let observer = |event: Event<'_>| told.lock().unwrap().push(format!("{event:?}"));
    let importer = sirius.importer(Settings::default());
    importer.import(vec![sirius.path("in")], &CancellationToken::new(), &observer).await.unwrap();
    let told = told.into_inner().unwrap();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.contains(&"Counted { pictures: 2 }".to_owned()), "{told:?}");
}
