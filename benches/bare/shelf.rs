//! What is served: images, and the bytes of some of them.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use poem_openapi::Object;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

/// A list of images, as Sirius gives it.
#[derive(Deserialize)]
struct List {
    items: Vec<Arc<Image>>,
}

/// What Sirius says of an image.
#[derive(Object, Serialize, Deserialize)]
pub struct Image {
    id: String,
    title: Option<String>,
    alt: Option<String>,
    tags: Vec<String>,
    storage: String,
    format: Option<String>,
    animated: Option<bool>,
    width: Option<u32>,
    height: Option<u32>,
    size_bytes: Option<u64>,
    sha256: Option<String>,
    colour: Option<String>,
    thumbhash: Option<String>,
    content_url: String,
    attribution: Attribution,
    created_at: String,
}

#[derive(Object, Serialize, Deserialize)]
struct Attribution {
    author: Option<String>,
    source_url: Option<String>,
    licence: Option<String>,
}

/// A picture's bytes.
#[derive(Clone)]
pub struct Picture {
    /// They.
    pub bytes: Bytes,
    /// Their digest in quotes.
    pub etag: String,
}

/// Everything.
pub struct Shelf {
    images: Vec<Arc<Image>>,
    pictures: HashMap<String, Picture>,
}

impl Shelf {
    /// Reads a folder.
    ///
    /// # Errors
    /// When there is no list in it, or none of images.
    pub fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let images = serde_json::from_slice::<List>(&std::fs::read(folder.join("images.json"))?)?.items;
        let mut pictures = HashMap::new();
        for image in &images {
            let path = folder.join(image.content_url.trim_start_matches('/'));
            // Only the pictures that are asked for are there.
            if let (Ok(bytes), Some(sha256)) = (std::fs::read(path), &image.sha256) {
                pictures.insert(image.id.clone(), Picture { bytes: bytes.into(), etag: format!("\"{sha256}\"") });
            }
        }
        Ok(Self { images, pictures })
    }

    /// Any image; none if there are none.
    pub fn random(&self) -> Option<&Arc<Image>> {
        self.images.choose(&mut rand::rng())
    }

    /// The bytes of an image.
    pub fn picture(&self, id: &str) -> Option<&Picture> {
        self.pictures.get(id)
    }
}
