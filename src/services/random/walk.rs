//! Walking: every image of a selection once, in random order, with no state but what the client carries.
//!
//! A walk is an order of all the numbers there were when it began, made from a key, and a position in that order. A
//! number that does not match when its turn comes is passed over. Hence, whatever happens to the catalogue meanwhile and
//! whichever replica takes the next step:
//! - nothing is shown twice;
//! - what matched at the start and still does is shown exactly once;
//! - what is added later is not shown;
//! - what is removed, or edited so that it no longer matches, is not shown after that: a picture that was just labelled
//!   for adults stays out of the walks that exclude the label. What is edited so that it matches is shown if its turn
//!   is still to come.

use std::sync::Arc;

use super::permutation::Permutation;
use crate::domain::{Filter, Image, ImageNumber};
use crate::services::catalogue::{Selection, Snapshot};

/// A walk that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// What is walked through.
    pub filter: Filter,
    /// Stands for the order.
    pub key: u64,
    /// The newest image when the walk began; later ones do not take part.
    pub newest: ImageNumber,
    /// The position of the image to be shown next, as far as is known: it may be gone when its turn comes.
    pub position: u32,
}

/// A step of a walk.
#[derive(Debug)]
pub struct Stride<'s> {
    /// The image to show; none if nothing was left.
    pub image: Option<&'s Arc<Image>>,
    /// The rest of the walk; none after the last image.
    pub next: Option<Walk>,
}

impl Walk {
    /// The first step through what a filter selects, in an order that a random key stands for.
    #[must_use]
    pub fn start(snapshot: &Snapshot, filter: Filter, key: u64) -> Stride<'_> {
        match snapshot.newest() {
            Some(newest) => Self { filter, key, newest, position: 0 }.step(snapshot),
            None => Stride { image: None, next: None },
        }
    }

    /// The next step.
    #[must_use]
    pub fn step(self, snapshot: &Snapshot) -> Stride<'_> {
        let selection = snapshot.select(&self.filter);
        let order = Permutation::new(self.key, u64::from(self.newest.0) + 1);
        let Some((position, number)) = self.first_match(&selection, &order, self.position.into()) else {
            return Stride { image: None, next: None };
        };
        let next =
            self.first_match(&selection, &order, position + 1).and_then(|(position, _)| position.try_into().ok());
        Stride { image: selection.image(number), next: next.map(|position| Self { position, ..self }) }
    }

    /// The first position from `from` on whose number is selected.
    ///
    /// Where many are selected, one of the next few positions is a match. Where few are, it is quicker to ask each for
    /// its position. Which is which shows by itself: after as many positions as there are matches, asking them all
    /// costs no more than has been spent already.
    fn first_match(&self, selection: &Selection<'_>, order: &Permutation, from: u64) -> Option<(u64, ImageNumber)> {
        let matching = selection.numbers();
        let positions = from..(from + selection.len()).min(u64::from(self.newest.0) + 1);
        let tried = positions.end;
        positions
            .map(|position| (position, order.number_at(position)))
            .filter_map(|(position, number)| Some((position, u32::try_from(number).ok()?)))
            .find(|(_, number)| matching.contains(*number))
            .or_else(|| {
                matching
                    .range(..=self.newest.0)
                    .map(|number| (order.position_of(number.into()), number))
                    .filter(|(position, _)| *position >= tried)
                    .min()
            })
            .map(|(position, number)| (position, ImageNumber(number)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;
    use crate::services::catalogue::fixtures::{change, filter, image, snapshot, snapshot_of};

    fn tagged(number: u32) -> Image {
        image(number, &["in"], 1)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn whatever_stays_is_shown_exactly_once(
            start in btree_set(0..3_000u32, 1..80),
            others in btree_set(0..3_000u32, 0..300),
            key: u64,
            // After each step: which image goes, and whether one comes.
            events in vec((0..6_000u32, any::<bool>()), 0..120),
        ) {
            let only = filter(&["in"], &[], None);
            let mut catalogue = snapshot_of(others.difference(&start).map(|&number| image(number, &[], 1)));
            catalogue = change(&catalogue, start.iter().copied().map(tagged), []);
            let newest = catalogue.newest().unwrap().0;
            let (mut staying, mut shown) = (start.clone(), Vec::new());
            let mut events = events.into_iter();
            let mut next = {
                let stride = Walk::start(&catalogue, only, key);
                shown.extend(stride.image.map(|image| image.number.0));
                stride.next
            };
            let mut added = newest;
            while let Some(walk) = next {
                if let Some((gone, comes)) = events.next() {
                    added += u32::from(comes);
                    catalogue = change(&catalogue, comes.then(|| tagged(added)), [gone]);
                    staying.remove(&gone);
                }
                let stride = walk.step(&catalogue);
                shown.extend(stride.image.map(|image| image.number.0));
                next = stride.next;
                prop_assert!(shown.len() <= start.len());
            }
            let distinct: BTreeSet<_> = shown.iter().copied().collect();
            prop_assert_eq!(distinct.len(), shown.len());
            prop_assert!(distinct.is_subset(&start) && staying.is_subset(&distinct));
        }

        #[test]
        fn the_short_cut_finds_what_a_search_from_the_front_finds(
            matching in btree_set(0..2_000u32, 1..40), newest in 0..2_000u32, key: u64, from in 0..2_000u64,
        ) {
            let catalogue = snapshot(matching.iter().copied());
            let walk = Walk { filter: Filter::everything(), key, newest: ImageNumber(newest), position: 0 };
            let order = Permutation::new(key, u64::from(newest) + 1);
            let expected = (from..=newest.into())
                .map(|position| (position, ImageNumber(u32::try_from(order.number_at(position)).unwrap())))
                .find(|(_, number)| matching.contains(&number.0));
            prop_assert_eq!(walk.first_match(&catalogue.everything(), &order, from), expected);
        }
    }

    #[test]
    fn the_last_step_says_that_it_is_the_last() {
        let catalogue = snapshot(1..=20);
        let mut stride = Walk::start(&catalogue, Filter::everything(), 1);
        for left in (0..20).rev() {
            assert!(stride.image.is_some());
            assert_eq!(stride.next.is_some(), left > 0);
            match stride.next {
                Some(walk) => stride = walk.step(&catalogue),
                None => return,
            }
        }
    }

    #[test]
    fn an_image_that_comes_to_be_excluded_is_not_shown_any_more() {
        let mut catalogue = snapshot_of((0..10).map(tagged));
        let first = Walk::start(&catalogue, filter(&[], &["adult"], None), 7);
        let (shown, mut next) = (first.image.unwrap().number.0, first.next);
        let edited = (0..10).filter(|&number| number != shown).map(|number| image(number, &["in", "adult"], 1));
        catalogue = change(&catalogue, edited, []);
        let stride = next.take().unwrap().step(&catalogue);
        assert!(stride.image.is_none() && stride.next.is_none());
    }

    #[test]
    fn another_key_is_another_order() {
        let catalogue = snapshot(0..100);
        let order = |key| {
            std::iter::successors(Some(Walk::start(&catalogue, Filter::everything(), key)), |stride| {
                Some(stride.next.clone()?.step(&catalogue))
            })
            .map(|stride| stride.image.unwrap().number.0)
            .collect::<Vec<_>>()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        assert_eq!(order(2).len(), 100);
    }

    #[test]
    fn of_nothing_there_is_no_walk() {
        for catalogue in [Snapshot::default(), snapshot(0..3)] {
            let stride = Walk::start(&catalogue, filter(&["unknown"], &[], None), 1);
            assert!(stride.image.is_none() && stride.next.is_none());
        }
    }
}
