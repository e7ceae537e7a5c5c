//! The catalogue's images.

use std::collections::{BTreeMap, HashSet};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sirius::domain::{Edit, Image, ImageId, ImageNumber, MAX_TAGS_PER_IMAGE, NewImage, Tag};
use sirius::store::{CatalogueStore, ChangeNumber};
use time::OffsetDateTime;

use super::Database;
use super::samples::{bare, linked, many, stored};

/// A catalogue as a replica has it, put together from changes alone.
#[derive(Default)]
struct Replica {
    images: BTreeMap<ImageNumber, Image>,
    seen: ChangeNumber,
    pages: usize,
}

impl Replica {
    async fn refresh(&mut self, store: &dyn CatalogueStore, limit: u32) {
        loop {
            let page = store.changes(self.seen, limit).await.unwrap();
            assert!(page.images.len() <= limit as usize && page.removed.len() <= limit as usize);
            assert!(page.up_to > self.seen || page.complete, "a page that leads nowhere");
            self.images.extend(page.images.into_iter().map(|image| (image.number, image)));
            for number in page.removed {
                self.images.remove(&number);
            }
            self.seen = page.up_to;
            self.pages += 1;
            if page.complete {
                return;
            }
        }
    }

    fn ids(&self) -> HashSet<ImageId> {
        self.images.values().map(|image| image.facts.id).collect()
    }
}

async fn all(store: &dyn CatalogueStore) -> Replica {
    let mut replica = Replica::default();
    replica.refresh(store, 1_000).await;
    replica
}

fn ids(images: &[NewImage]) -> Vec<ImageId> {
    images.iter().map(|image| image.id).collect()
}

pub async fn each_content_is_added_once(database: &impl Database) {
    let store = database.connect().await.catalogue;
    let (a, b, c) = (stored(1), stored(2), linked(3));
    assert_eq!(store.add(&[a.clone(), b.clone()]).await.unwrap(), [true, true]);
    let b_again = NewImage { title: Some("Another title".into()), ..b.clone() };
    assert_eq!(store.add(&[b_again, c.clone(), c.clone()]).await.unwrap(), [false, true, false]);
    assert_eq!(store.add(&[]).await.unwrap(), [] as [bool; 0]);

    let images: Vec<_> = all(&*store).await.images.into_values().map(|image| image.facts).collect();
    assert_eq!(images, [a.clone(), b.clone(), c.clone()]);
    assert_eq!(store.known(&ids(&[a, b, c, stored(4)])).await.unwrap(), images.iter().map(|image| image.id).collect());
    assert_eq!(store.known(&[]).await.unwrap(), HashSet::new());
}

pub async fn everything_that_is_known_of_an_image_is_read_back(database: &impl Database) {
    let store = database.connect().await.catalogue;
    let written = [stored(1), bare(2), linked(3)];
    let before = OffsetDateTime::now_utc() - time::Duration::MILLISECOND;
    store.add(&written).await.unwrap();
    let after = OffsetDateTime::now_utc();
    let read = all(&*database.connect().await.catalogue).await.images;
    for (image, facts) in read.values().zip(written) {
        assert_eq!(image.facts, facts);
        assert!((before..=after).contains(&image.created_at), "{}", image.created_at);
    }
    assert_eq!(read.len(), 3);
}

pub async fn changes_come_in_pages_and_in_order(database: &impl Database) {
    let store = database.connect().await.catalogue;
    store.add(&many(0..5)).await.unwrap();
    store.add(&many(5..7)).await.unwrap();
    let mut order = Vec::new();
    let mut since = ChangeNumber::default();
    loop {
        let page = store.changes(since, 3).await.unwrap();
        order.extend(page.images.iter().map(|image| image.facts.id));
        since = page.up_to;
        assert_eq!(page.complete, order.len() == 7);
        if page.complete {
            break;
        }
        assert_eq!(page.images.len(), 3);
    }
    assert_eq!(order, ids(&many(0..7)));
    let next = store.changes(since, 3).await.unwrap();
    assert!(next.images.is_empty() && next.removed.is_empty() && next.complete && next.up_to == since);
}

pub async fn removals_come_in_pages_too(database: &impl Database) {
    let store = database.connect().await.catalogue;
    let images = many(0..20);
    store.add(&images).await.unwrap();
    let mut replica = all(&*store).await;
    assert_eq!(store.remove(&ids(&images[..10])).await.unwrap(), 10);
    store.add(&many(30..33)).await.unwrap();
    assert_eq!(store.remove(&ids(&images[..11])).await.unwrap(), 1);
    let pages_before = replica.pages;
    replica.refresh(&*store, 4).await;
    assert!(replica.pages - pages_before >= 3, "eleven removals do not fit in two pages of four");
    assert_eq!(replica.ids(), ids(&images[11..]).into_iter().chain(ids(&many(30..33))).collect());
}

pub async fn a_number_is_never_given_twice(database: &impl Database) {
    let store = database.connect().await.catalogue;
    store.add(&many(0..3)).await.unwrap();
    let last = *all(&*store).await.images.last_key_value().unwrap().0;
    assert_eq!(store.remove(&[stored(2).id, stored(9).id]).await.unwrap(), 1);
    assert!(store.known(&[stored(2).id]).await.unwrap().is_empty());

    // Reopened: a database that derives the next number from what is there would begin again.
    let store = database.connect().await.catalogue;
    assert_eq!(store.add(&[stored(2)]).await.unwrap(), [true]);
    let replica = all(&*store).await;
    let (number, image) = replica.images.last_key_value().unwrap();
    assert!(*number > last);
    assert_eq!(image.facts, stored(2));
    assert_eq!(replica.images.len(), 3);
}

pub async fn what_came_and_went_between_two_refreshes_leaves_nothing(database: &impl Database) {
    let store = database.connect().await.catalogue;
    let mut replica = Replica::default();
    for limit in 1..6 {
        store.add(&many(0..4)).await.unwrap();
        store.remove(&ids(&many(0..3))).await.unwrap();
        store.add(&many(1..2)).await.unwrap();
        store.remove(&ids(&many(3..4))).await.unwrap();
        replica.refresh(&*store, limit).await;
        assert_eq!(replica.ids(), HashSet::from([stored(1).id]), "pages of {limit}");
        store.remove(&[stored(1).id]).await.unwrap();
    }
}

pub async fn a_replica_follows_whatever_happens(database: &impl Database) {
    let store = database.connect().await.catalogue;
    let mut expected = HashSet::new();
    let mut replica = Replica::default();
    for seed in 0..150 {
        let mut rng = StdRng::seed_from_u64(seed);
        let images: Vec<_> = (0..rng.random_range(0..8)).map(|_| stored(rng.random_range(0..40))).collect();
        if rng.random_bool(0.6) {
            store.add(&images).await.unwrap();
            expected.extend(ids(&images));
        } else {
            store.remove(&ids(&images)).await.unwrap();
            for id in ids(&images) {
                expected.remove(&id);
            }
        }
        if rng.random_bool(0.4) {
            replica.refresh(&*store, *[1, 2, 5, 100].choose(&mut rng).unwrap()).await;
            assert_eq!(replica.ids(), expected, "after step {seed}");
        }
    }
    assert_eq!(all(&*store).await.ids(), expected);
}

pub async fn a_replica_follows_while_others_write(database: &impl Database) {
    let reader = database.connect().await.catalogue;
    let mut tasks = Vec::new();
    for seeds in [(0..60), (60..120)] {
        let store = database.connect().await.catalogue;
        tasks.push(tokio::spawn(async move {
            for seed in seeds {
                store.add(&[stored(seed)]).await.unwrap();
                if seed % 3 == 0 {
                    store.remove(&[stored(seed).id]).await.unwrap();
                }
            }
        }));
    }
    let mut replica = Replica::default();
    while !tasks.iter().all(tokio::task::JoinHandle::is_finished) {
        replica.refresh(&*reader, 7).await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    replica.refresh(&*reader, 7).await;
    let expected = (0..120).filter(|seed| seed % 3 != 0).map(|seed| stored(seed).id).collect();
    assert_eq!(replica.ids(), expected);
    assert_eq!(replica.images, all(&*reader).await.images);
}

pub async fn nothing_changes_when_nothing_is_new(database: &impl Database) {
    let store = database.connect().await.catalogue;
    store.add(&many(0..3)).await.unwrap();
    let seen = all(&*store).await.seen;
    store.add(&many(0..3)).await.unwrap();
    store.remove(&[stored(9).id]).await.unwrap();
    assert_eq!(store.changes(seen, 10).await.unwrap().up_to, seen);
    let never_reached = ChangeNumber(u64::MAX);
    assert!(store.changes(never_reached, 10).await.unwrap().images.is_empty());
}

pub async fn an_edit_is_seen_and_keeps_the_number(database: &impl Database) {
    let store = database.connect().await.catalogue;
    store.add(&many(0..3)).await.unwrap();
    let mut replica = all(&*store).await;
    let before = replica.images.clone();
    let edit = Edit { title: Some(Some("Another".into())), ..Edit::default() };
    assert_eq!(store.edit(&ids(&[stored(1), stored(9)]), &edit).await.unwrap(), 1);

    replica.refresh(&*database.connect().await.catalogue, 10).await;
    let mut expected = before;
    let edited = expected.values_mut().find(|image| image.facts.id == stored(1).id).unwrap();
    edited.facts.title = Some("Another".into());
    assert_eq!(replica.images, expected);

    assert_eq!(store.edit(&ids(&[stored(1)]), &edit).await.unwrap(), 0, "it is so already");
    assert_eq!(store.changes(replica.seen, 10).await.unwrap().up_to, replica.seen);
}

pub async fn an_edit_that_one_image_refuses_changes_none(database: &impl Database) {
    let store = database.connect().await.catalogue;
    let tags = |count: usize| (0..count).map(|n| Tag::parse(&format!("tag-{n:02}")).unwrap());
    let full = NewImage { tags: tags(MAX_TAGS_PER_IMAGE).collect(), ..stored(2) };
    store.add(&[stored(1), full.clone()]).await.unwrap();
    let edit = Edit { add_tags: vec![Tag::parse("one-more").unwrap()], ..Edit::default() };
    let refused = store.edit(&ids(&[stored(1), stored(2)]), &edit).await.unwrap_err().to_string();
    assert!(refused.starts_with(&format!("{}: an image carries at most 32 tags", full.id)), "{refused}");
    let images: Vec<_> = all(&*store).await.images.into_values().map(|image| image.facts).collect();
    assert_eq!(images, [stored(1), full]);
}
