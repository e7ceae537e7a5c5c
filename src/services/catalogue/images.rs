//! The images by their numbers, in chunks that successive snapshots share.

use std::sync::Arc;

use crate::domain::{Image, ImageNumber};

/// Small enough to copy for the change of one image, large enough that the list of chunks stays short.
const CHUNK: usize = 1_024;

type Chunk = [Option<Arc<Image>>; CHUNK];

/// A persistent array: a clone shares every chunk, a change copies the one chunk that it touches.
#[derive(Clone, Default)]
pub(super) struct Images {
    chunks: Vec<Option<Arc<Chunk>>>,
}

impl Images {
    pub(super) fn get(&self, number: ImageNumber) -> Option<&Arc<Image>> {
        let (chunk, slot) = place(number);
        self.chunks.get(chunk)?.as_ref()?.get(slot)?.as_ref()
    }

    /// Puts an image in its place and gives back the one that it replaces.
    pub(super) fn insert(&mut self, image: Arc<Image>) -> Option<Arc<Image>> {
        let (chunk, slot) = place(image.number);
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        let chunk = self.chunks.get_mut(chunk)?.get_or_insert_with(|| Arc::new([const { None }; CHUNK]));
        Arc::make_mut(chunk).get_mut(slot)?.replace(image)
    }

    /// Takes an image out; a chunk that is left empty is given back.
    pub(super) fn remove(&mut self, number: ImageNumber) -> Option<Arc<Image>> {
        self.get(number)?;
        let (chunk, slot) = place(number);
        let place = self.chunks.get_mut(chunk)?;
        let chunk = Arc::make_mut(place.as_mut()?);
        let removed = chunk.get_mut(slot)?.take();
        if chunk.iter().all(Option::is_none) {
            *place = None;
        }
        removed
    }
}

fn place(number: ImageNumber) -> (usize, usize) {
    let number = number.0 as usize;
    (number / CHUNK, number % CHUNK)
}
