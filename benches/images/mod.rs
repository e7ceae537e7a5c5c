//! The images that benchmarks are run on, made up: tags as unevenly spread as people spread them, texts of usual lengths.

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use sirius::domain::{Attribution, Colour, Content, Format, ImageId, NewImage, Sha256, Stored, Tag, Thumbhash};

/// How many tags there are.
pub const TAGS: usize = 2_000;

/// The tag of a rank; 0 is the commonest.
pub fn tag(rank: usize) -> Tag {
    Tag::parse(&format!("tag-{rank:04}")).expect("a tag")
}

/// Makes up images.
pub struct Maker {
    rng: StdRng,
    pub tags: Vec<Tag>,
    /// The share of uses that the tags up to each have together: Zipf's law.
    shares: Vec<f64>,
}

impl Maker {
    /// The same images in the same order for the same seed.
    pub fn new(seed: u64) -> Self {
        let mut sum = 0.0;
        let weights = (1..=TAGS).map(|rank| 1.0 / f64::from(u32::try_from(rank).expect("few tags")));
        let sums: Vec<f64> = weights
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        let shares = sums.iter().map(|upto| upto / sum).collect();
        Self { rng: StdRng::seed_from_u64(seed), tags: (0..TAGS).map(tag).collect(), shares }
    }

    /// The next image.
    pub fn image(&mut self) -> NewImage {
        let mut digest = [0; 32];
        self.rng.fill_bytes(&mut digest);
        let digest = Sha256(digest);
        let content = if self.rng.random_bool(0.1) {
            Content::Linked { url: format!("https://pictures.example/{digest}.jpeg").into() }
        } else {
            let mut placeholder = [0; 24];
            self.rng.fill_bytes(&mut placeholder);
            Content::Stored(Stored {
                sha256: digest,
                format: Format::Jpeg,
                width: 1_600,
                height: 1_200,
                frames: if self.rng.random_bool(0.05) { 12 } else { 1 },
                size_bytes: 250_000,
                colour: Some(Colour([10, 20, 30])),
                thumbhash: Some(Thumbhash(placeholder.into())),
            })
        };
        let attribution = Attribution {
            author: Some(format!("Photographer {}", self.rng.random_range(0..20_000)).into()),
            source_url: Some(format!("https://pictures.example/photo/{:016x}", self.rng.next_u64()).into()),
            licence: Some("CC-BY-4.0".into()),
        };
        NewImage {
            id: ImageId::from_digest(&digest),
            title: Some(self.words(4).into()),
            alt: Some(self.words(12).into()),
            tags: self.some_tags(),
            content,
            attribution,
        }
    }

    fn some_tags(&mut self) -> Box<[Tag]> {
        let count = self.rng.random_range(2..=7);
        let mut ranks: Vec<usize> = (0..count)
            .map(|_| {
                let share: f64 = self.rng.random();
                self.shares.partition_point(|upto| *upto < share).min(TAGS - 1)
            })
            .collect();
        ranks.sort_unstable();
        ranks.dedup();
        ranks.into_iter().map(|rank| self.tags[rank].clone()).collect()
    }

    fn words(&mut self, count: usize) -> String {
        const WORDS: [&str; 16] = [
            "a",
            "star",
            "over",
            "the",
            "mountains",
            "at",
            "night",
            "with",
            "faint",
            "clouds",
            "seen",
            "from",
            "an",
            "island",
            "in",
            "winter",
        ];
        (0..count).map(|_| WORDS[self.rng.random_range(0..WORDS.len())]).collect::<Vec<_>>().join(" ")
    }
}
