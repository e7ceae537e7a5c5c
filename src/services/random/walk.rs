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
