//! Images and times to try a database with.

use sirius::domain::{
    Attribution, Colour, Content, Format, ImageId, NewImage, Sha256, Stored, Tag, Thumbhash, Timestamp,
};
use time::macros::datetime;

/// A Saturday, between two hours.
pub const MOMENT: Timestamp = datetime!(2026-11-21 09:30:15.250 UTC);

/// A stored image of which everything is known; another one for each seed.
pub fn stored(seed: u32) -> NewImage {
    let mut digest = [7; 32];
    digest[..4].copy_from_slice(&seed.to_be_bytes());
    let sha256 = Sha256(digest);
    NewImage {
        id: ImageId::from_digest(&sha256),
        title: Some(format!("Picture {seed} \u{2728} 'quoted'").into()),
        alt: Some("What it shows".into()),
        tags: tags(&["night-sky", "ærø", "stars"]),
        content: Content::Stored(Stored {
            sha256,
            format: Format::Gif,
            width: 320,
            height: 20_000,
            frames: 12,
            size_bytes: 5_000_000_000,
            colour: Some(Colour([0x0a, 0x1b, 0xff])),
            thumbhash: Some(Thumbhash(Box::new([0, 255, 3]))),
        }),
        attribution: Attribution {
            author: Some("Someone".into()),
            source_url: Some("https://example.org/a?b=c".into()),
            licence: Some("CC0-1.0".into()),
        },
    }
}

/// A stored image of which as little as possible is known.
pub fn bare(seed: u32) -> NewImage {
    let mut image = stored(seed);
    if let Content::Stored(content) = &mut image.content {
        content.format = Format::Avif;
        content.frames = 1;
        content.colour = None;
        content.thumbhash = None;
    }
    NewImage { title: None, alt: None, tags: tags(&[]), attribution: Attribution::default(), ..image }
}

/// A linked image.
pub fn linked(seed: u32) -> NewImage {
    let mut image = bare(seed);
    image.content = Content::Linked { url: format!("https://example.org/{seed}.jpg").into() };
    image
}

/// Several stored images.
pub fn many(seeds: std::ops::Range<u32>) -> Vec<NewImage> {
    seeds.map(stored).collect()
}

fn tags(labels: &[&str]) -> Box<[Tag]> {
    let mut tags: Vec<_> = labels.iter().map(|label| Tag::parse(label).unwrap()).collect();
    tags.sort();
    tags.into()
}
