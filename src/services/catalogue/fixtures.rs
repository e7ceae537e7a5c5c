//! Images made up for the tests of choosing.

use super::{Builder, Snapshot};
use crate::domain::{
    Attribution, Content, Filter, Format, Image, ImageId, ImageNumber, Kind, NewImage, Sha256, Stored, Tag, Timestamp,
};
use crate::store::{ChangeNumber, Changes};

/// A stored image; its id follows from its number, `frames` 0 makes it a linked one.
pub fn image(number: u32, tags: &[&str], frames: u32) -> Image {
    let mut digest = [0xa5; 32];
    digest[..4].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
    let sha256 = Sha256(digest);
    let content = match frames {
        0 => Content::Linked { url: format!("https://pictures.example/{number}").into() },
        frames => Content::Stored(Stored {
            sha256,
            format: Format::Gif,
            width: 1,
            height: 1,
            frames,
            size_bytes: 1,
            colour: None,
            thumbhash: None,
        }),
    };
    let mut tags: Vec<_> = tags.iter().map(|tag| Tag::parse(tag).unwrap()).collect();
    tags.sort();
    Image {
        number: ImageNumber(number),
        created_at: Timestamp::UNIX_EPOCH,
        facts: NewImage {
            id: ImageId::from_digest(&sha256),
            title: None,
            alt: None,
            tags: tags.into(),
            content,
            attribution: Attribution::default(),
        },
    }
}

/// Stills of these numbers, without tags.
pub fn snapshot(numbers: impl IntoIterator<Item = u32>) -> Snapshot {
    snapshot_of(numbers.into_iter().map(|number| image(number, &[], 1)))
}

pub fn snapshot_of(images: impl IntoIterator<Item = Image>) -> Snapshot {
    change(&Snapshot::default(), images, [])
}

/// The snapshot after a change.
pub fn change(
    snapshot: &Snapshot,
    images: impl IntoIterator<Item = Image>,
    removed: impl IntoIterator<Item = u32>,
) -> Snapshot {
    let mut builder: Builder = snapshot.edit();
    builder.apply(Changes {
        images: images.into_iter().collect(),
        removed: removed.into_iter().map(ImageNumber).collect(),
        up_to: ChangeNumber(snapshot.up_to().0 + 1),
        complete: true,
    });
    builder.freeze()
}

pub fn filter(tags: &[&str], without: &[&str], kind: Option<Kind>) -> Filter {
    let labels = |tags: &[&str]| tags.iter().map(ToString::to_string).collect::<Vec<_>>();
    Filter::parse(&labels(tags), &labels(without), kind).unwrap()
}
