//! A change to what is said of an image; its bytes never change.

use std::sync::Arc;

use super::{MAX_TAGS_PER_IMAGE, NewImage, Tag};

/// What is to be said of an image from now on. Fields that are `None` stay as they are; `Some(None)` empties one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit {
    /// What it shows, in a few words.
    pub title: Option<Option<Box<str>>>,
    /// What it shows, for someone who cannot see it.
    pub alt: Option<Option<Box<str>>>,
    /// Who made it.
    pub author: Option<Option<Arc<str>>>,
    /// The address of the original.
    pub source_url: Option<Option<Box<str>>>,
    /// Its licence.
    pub licence: Option<Option<Arc<str>>>,
    /// Tags that it carries from now on.
    pub add_tags: Vec<Tag>,
    /// Tags that it carries no more.
    pub remove_tags: Vec<Tag>,
}

/// An image would carry more tags than one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an image carries at most {MAX_TAGS_PER_IMAGE} tags, it would have {0}")]
pub struct TooManyTags(pub usize);

impl Edit {
    /// Makes the change, and gives whether anything is different now.
    ///
    /// # Errors
    /// When there would be too many tags; the image is then as it was.
    pub fn apply(&self, image: &mut NewImage) -> Result<bool, TooManyTags> {
        let tags = self.tags(image)?;
        let attribution = &mut image.attribution;
        let changes = [
            set(&mut image.title, self.title.as_ref()),
            set(&mut image.alt, self.alt.as_ref()),
            set(&mut attribution.author, self.author.as_ref()),
            set(&mut attribution.source_url, self.source_url.as_ref()),
            set(&mut attribution.licence, self.licence.as_ref()),
            set(&mut image.tags, Some(&tags)),
        ];
        Ok(changes.contains(&true))
    }

    fn tags(&self, image: &NewImage) -> Result<Box<[Tag]>, TooManyTags> {
        let kept = image.tags.iter().chain(&self.add_tags).filter(|tag| !self.remove_tags.contains(tag));
        let mut tags: Vec<Tag> = kept.cloned().collect();
        tags.sort_unstable();
        tags.dedup();
        if tags.len() > MAX_TAGS_PER_IMAGE { Err(TooManyTags(tags.len())) } else { Ok(tags.into()) }
    }
}

fn set<T: Clone + PartialEq>(field: &mut T, value: Option<&T>) -> bool {
    match value {
        Some(value) if value != field => {
            *field = value.clone();
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Attribution, Content, ImageId, Sha256};

    fn tag(label: &str) -> Tag {
        Tag::parse(label).unwrap()
    }

    fn image() -> NewImage {
        NewImage {
            id: ImageId::from_digest(&Sha256([1; 32])),
            title: Some("Old".into()),
            alt: None,
            tags: [tag("a"), tag("b")].into(),
            content: Content::Linked { url: "https://example.org/".into() },
            attribution: Attribution { author: Some("Ann".into()), ..Attribution::default() },
        }
    }

    #[test]
    fn only_what_is_named_changes() {
        let edit = Edit {
            title: Some(Some("New".into())),
            author: Some(None),
            add_tags: vec![tag("c"), tag("a")],
            remove_tags: vec![tag("b"), tag("never")],
            ..Edit::default()
        };
        let mut edited = image();
        assert_eq!(edit.apply(&mut edited), Ok(true));
        let expected = NewImage {
            title: Some("New".into()),
            tags: [tag("a"), tag("c")].into(),
            attribution: Attribution::default(),
            ..image()
        };
        assert_eq!(edited, expected);
        assert_eq!(edit.apply(&mut edited), Ok(false), "a second time changes nothing");
    }

    #[test]
    fn too_many_tags_leave_the_image_as_it_was() {
        let add_tags = (0..MAX_TAGS_PER_IMAGE).map(|number| tag(&number.to_string())).collect();
        let edit = Edit { title: Some(None), add_tags, ..Edit::default() };
        let mut edited = image();
        assert_eq!(edit.apply(&mut edited), Err(TooManyTags(MAX_TAGS_PER_IMAGE + 2)));
        assert_eq!(edited, image());
    }
}
