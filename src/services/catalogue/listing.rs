//! The catalogue page by page, newest first.

use std::sync::Arc;

use super::Snapshot;
use crate::domain::{Filter, Image, ImageNumber};

/// Where a list goes on: everything that the next page depends on, whichever replica makes it.
///
/// Images added while a client pages come before what it has seen and therefore never shift what is to come; none
/// is shown twice, and none that stays is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPosition {
    /// What is listed.
    pub filter: Filter,
    /// How many images a page has.
    pub limit: u32,
    /// Only images with smaller numbers are still to come; all, at the beginning.
    pub before: Option<ImageNumber>,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// At most the limit, newest first.
    pub items: Vec<Arc<Image>>,
    /// Where the next page begins, if there is more.
    pub next: Option<ListPosition>,
}

impl ListPosition {
    /// The beginning of a list: its newest images.
    #[must_use]
    pub fn newest(filter: Filter, limit: u32) -> Self {
        Self { filter, limit, before: None }
    }

    /// The page that begins here.
    #[must_use]
    pub fn page(&self, snapshot: &Snapshot) -> Page {
        let selection = snapshot.select(&self.filter);
        let mut numbers = match self.before {
            Some(before) => selection.numbers().range(..before.0),
            None => selection.numbers().iter(),
        };
        let limit = self.limit as usize;
        let items: Vec<_> = numbers
            .by_ref()
            .rev()
            .take(limit)
            .filter_map(|number| selection.image(ImageNumber(number)).cloned())
            .collect();
        let next = match (items.last(), numbers.next_back()) {
            (Some(last), Some(_)) => Some(Self { before: Some(last.number), ..self.clone() }),
            _ => None,
        };
        Page { items, next }
    }
}
