//! The catalogue's images.

use std::collections::HashSet;
use std::panic::resume_unwind;

use async_trait::async_trait;
use time::OffsetDateTime;
use tokio::task::{self, JoinHandle};

use super::facts::{self, Reader};
use super::statements::{Part, Statements};
use super::transaction::Transaction;
use super::{CatalogueStore, ChangeNumber, Changes, EditError, StoreError};
use crate::domain::{Edit, Image, ImageId, ImageNumber, NewImage};

/// The most images of one page, whatever is asked for: what waits to be applied stays within some megabytes.
const MAX_PAGE: u32 = 2 * PART;

/// The most images of one query: enough of them that the texts they share are read once for many, few enough that the
/// next are read from the database while these are parsed.
pub(super) const PART: u32 = 4_096;

#[async_trait]
impl<D: Statements> CatalogueStore for D {
    async fn add(&self, images: &[NewImage]) -> Result<Vec<bool>, StoreError> {
        let now_ms = facts::to_ms(OffsetDateTime::now_utc());
        let mut transaction = Transaction::write(self).await?;
        let change = D::take_turn(&mut transaction).await?;
        let ids: Vec<_> = images.iter().map(|image| image.id).collect();
        // Asked beforehand rather than left to ON CONFLICT, which would use up a number for each image that is there.
        let mut there = known::<D>(&mut transaction, &ids).await?;
        let (mut new_ids, mut new_facts) = (Vec::new(), Vec::new());
        let mut added = Vec::with_capacity(images.len());
        for image in images {
            let is_new = there.insert(image.id);
            if is_new {
                new_ids.push(image.id.to_string());
                new_facts.push(facts::write(image, now_ms)?);
            }
            added.push(is_new);
        }
        if !new_ids.is_empty() {
            D::insert(&mut transaction, change, &new_ids, &new_facts).await?;
        }
        end(transaction, change, new_ids.len()).await?;
        Ok(added)
    }

    async fn remove(&self, ids: &[ImageId]) -> Result<u64, StoreError> {
        let mut transaction = Transaction::write(self).await?;
        let change = D::take_turn(&mut transaction).await?;
        let numbers = D::delete(&mut transaction, &texts(ids)).await?;
        if !numbers.is_empty() {
            D::note_removed(&mut transaction, change, &numbers).await?;
        }
        end(transaction, change, numbers.len()).await?;
        Ok(numbers.len() as u64)
    }

    async fn edit(&self, ids: &[ImageId], edit: &Edit) -> Result<u64, EditError> {
        let mut transaction = Transaction::write(self).await?;
        let before = D::take_turn(&mut transaction).await?;
        let (mut change, mut edited) = (before, 0);
        for &id in ids {
            if edit_one::<D>(&mut transaction, change + 1, id, edit).await? {
                change += 1;
                edited += 1;
            }
        }
        end(transaction, before, edited).await?;
        Ok(edited as u64)
    }

    async fn known(&self, ids: &[ImageId]) -> Result<HashSet<ImageId>, StoreError> {
        let mut transaction = Transaction::single(self).await?;
        let known = known::<D>(&mut transaction, ids).await?;
        transaction.commit().await?;
        Ok(known)
    }

    async fn changes(&self, since: ChangeNumber, limit: u32) -> Result<Changes, StoreError> {
        // A change that this database cannot have reached yet has nothing after it.
        let since = i64::try_from(since.0).unwrap_or(i64::MAX);
        let limit = limit.clamp(1, MAX_PAGE);
        let mut transaction = Transaction::read(self).await?;
        let Stretch { last, up_to, removed } = stretch::<D>(&mut transaction, since, limit).await?;
        let parts = parts_of::<D>(&mut transaction, since, up_to).await?;
        transaction.commit().await?;
        let mut images = Vec::new();
        for part in parts {
            images.extend(part.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))?);
        }
        Ok(Changes {
            images,
            removed: removed.into_iter().map(read_removed).collect::<Result<_, _>>()?,
            up_to: ChangeNumber(up_to.unsigned_abs()),
            complete: up_to >= last,
        })
    }
}

/// A stretch of the catalogue's history: a page of it.
pub(super) struct Stretch {
    /// The last change of all.
    pub(super) last: i64,
    /// The last of this stretch.
    pub(super) up_to: i64,
    /// The changes of the stretch that removed an image, and its number.
    pub(super) removed: Vec<(i64, i64)>,
}

/// The stretch after `since` with at most `limit` images and as many removals.
pub(super) async fn stretch<D: Statements>(on: &mut D::Session, since: i64, limit: u32) -> Result<Stretch, StoreError> {
    let last = D::last_change(on).await?;
    // To the last image of the page; then, if there are too many removals before it, to the last of those.
    let mut up_to = D::change_behind(on, since, i64::from(limit) - 1).await?.unwrap_or(last);
    let removed = D::removed(on, since, up_to, i64::from(limit)).await?;
    if u32::try_from(removed.len()).is_ok_and(|len| len >= limit)
        && let Some(&(change, _)) = removed.last()
    {
        up_to = change;
    }
    Ok(Stretch { last, up_to, removed })
}

async fn known<D: Statements>(on: &mut D::Session, ids: &[ImageId]) -> Result<HashSet<ImageId>, StoreError> {
    let found = D::known(on, &texts(ids)).await?;
    found.into_iter().map(|id| id.parse().map_err(|_| StoreError::Corrupt(format!("image id {id:?}")))).collect()
}

fn texts(ids: &[ImageId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Raises the count of changes and commits; writes nothing when there were none, so that the transaction costs no sync.
async fn end<D: Statements>(mut transaction: Transaction<D>, before: i64, changes: usize) -> Result<(), StoreError> {
    if changes > 0 {
        let changes = i64::try_from(changes).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        D::set_last_change(&mut transaction, before + changes).await?;
    }
    transaction.commit().await
}

/// Changes one image, with the number that the change would have; gives whether anything is different now.
async fn edit_one<D: Statements>(
    on: &mut D::Session,
    change: i64,
    id: ImageId,
    edit: &Edit,
) -> Result<bool, EditError> {
    let id_text = id.to_string();
    let Some((number, facts)) = D::find(on, &id_text).await? else { return Ok(false) };
    let mut image = Reader::default().read(&number.to_string(), &id_text, &facts)?;
    if !edit.apply(&mut image.facts).map_err(|error| EditError::Refused { id, error })? {
        return Ok(false);
    }
    let facts = facts::rewrite(&facts, &image)?;
    D::rewrite(on, number, change, &facts).await?;
    Ok(true)
}

/// The images of some changes, being parsed away from the threads that serve requests: the first while the next are read.
async fn parts_of<D: Statements>(on: &mut D::Session, since: i64, up_to: i64) -> Result<Vec<Parsing>, StoreError> {
    let mut parts = Vec::new();
    let mut after = since;
    // By changes rather than by images, so that nobody has to count these: a page has no more than two parts' worth.
    let middle = since + (up_to - since) / 2;
    let ends = if up_to - since > i64::from(PART) { &[middle, up_to][..] } else { &[up_to][..] };
    for &end in ends {
        if after < end {
            let part = D::part(on, after, end).await?;
            parts.push(task::spawn_blocking(move || part.parse()));
        }
        after = end;
    }
    Ok(parts)
}

/// A blocking task is never aborted: what it ends with if not this is a panic.
type Parsing = JoinHandle<Result<Vec<Image>, StoreError>>;

/// Numbers, ids and facts of images, a row for each.
pub(super) type Rows = Vec<(i64, String, String)>;

impl Part for Rows {
    fn parse(&self) -> Result<Vec<Image>, StoreError> {
        let mut reader = Reader::default();
        self.iter().map(|(number, id, facts)| reader.read(&number.to_string(), id, facts)).collect()
    }
}

fn read_removed((change, number): (i64, i64)) -> Result<ImageNumber, StoreError> {
    u32::try_from(number)
        .map(ImageNumber)
        .map_err(|_| StoreError::Corrupt(format!("removed, change {change}: number is {number}")))
}
