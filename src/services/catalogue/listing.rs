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

#[cfg(test)]
mod tests {
    use super::super::fixtures::{change, filter, image, snapshot, snapshot_of};
    use super::*;

    fn numbers(page: &Page) -> Vec<u32> {
        page.items.iter().map(|image| image.number.0).collect()
    }

    #[test]
    fn pages_go_from_the_newest_to_the_oldest() {
        let catalogue = snapshot(1..=5);
        let first = ListPosition::newest(Filter::everything(), 2).page(&catalogue);
        assert_eq!(numbers(&first), [5, 4]);
        let second = first.next.unwrap().page(&catalogue);
        assert_eq!(numbers(&second), [3, 2]);
        let third = second.next.unwrap().page(&catalogue);
        assert_eq!((numbers(&third), third.next), (vec![1], None));
    }

    #[test]
    fn a_full_last_page_is_the_last() {
        let page = ListPosition::newest(Filter::everything(), 5).page(&snapshot(1..=5));
        assert_eq!((page.items.len(), page.next), (5, None));
        let page = ListPosition::newest(Filter::everything(), 5).page(&Snapshot::default());
        assert_eq!((page.items.len(), page.next), (0, None));
    }

    #[test]
    fn what_is_added_or_removed_meanwhile_shifts_nothing() {
        let catalogue = snapshot(1..=6);
        let first = ListPosition::newest(Filter::everything(), 2).page(&catalogue);
        let catalogue = change(&catalogue, [image(7, &[], 1)], [5, 4]);
        assert_eq!(numbers(&first.next.unwrap().page(&catalogue)), [3, 2]);
    }

    #[test]
    fn only_what_the_filter_selects_is_listed() {
        let catalogue =
            snapshot_of((1..=6).map(|number| image(number, if number % 2 == 0 { &["even"] } else { &[] }, 1)));
        let page = ListPosition::newest(filter(&["even"], &[], None), 2).page(&catalogue);
        assert_eq!(numbers(&page), [6, 4]);
        let next = page.next.unwrap();
        assert_eq!(next.filter, filter(&["even"], &[], None));
        assert_eq!(numbers(&next.page(&catalogue)), [2]);
    }
}
