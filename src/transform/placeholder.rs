//! Unfolding a thumbhash into the blurred picture that stands in for the real one.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, RgbaImage, imageops};

use crate::domain::Thumbhash;

/// The longer side of an unfolded placeholder, in pixels. A thumbhash keeps at most 7 waves a side: 20 pixels show them,
/// and browsers blur what lies between.
const SIDE: usize = 20;

/// Unfolds a thumbhash into a PNG of at most 20 pixels a side; nothing when it is none.
#[must_use]
pub fn unfold(hash: &Thumbhash) -> Option<Vec<u8>> {
    let (width, height, pixels) = thumbhash::thumb_hash_to_rgba(&hash.0).ok()?;
    let unfolded = RgbaImage::from_raw(u32::try_from(width).ok()?, u32::try_from(height).ok()?, pixels)?;
    let shorter = |side: usize| u32::try_from((side * SIDE / width.max(height).max(1)).max(1)).ok();
    let small = imageops::thumbnail(&unfolded, shorter(width)?, shorter(height)?);
    let opaque = small.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let small = DynamicImage::ImageRgba8(small);
    let small = if opaque { DynamicImage::ImageRgb8(small.into_rgb8()) } else { small };
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive);
    small.write_with_encoder(encoder).ok()?;
    Some(png)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The placeholder of a picture that goes from black at its left to one colour at its right.
    fn unfolded(width: u32, height: u32, colour: [u8; 4]) -> DynamicImage {
        let fade = |x: u32| colour.map(|part| u8::try_from(u32::from(part) * x / (width - 1)).unwrap());
        let picture = RgbaImage::from_fn(width, height, |x, _| {
            let [red, green, blue, _] = fade(x);
            image::Rgba([red, green, blue, colour[3]])
        });
        let hash = thumbhash::rgba_to_thumb_hash(width as usize, height as usize, picture.as_raw());
        image::load_from_memory(&unfold(&Thumbhash(hash.into())).unwrap()).unwrap()
    }

    #[test]
    fn a_placeholder_has_the_pictures_shape_and_colours() {
        let placeholder = unfolded(90, 60, [255, 120, 0, 255]);
        assert!(!placeholder.color().has_alpha());
        let placeholder = placeholder.into_rgb8();
        assert_eq!(placeholder.width(), 20);
        assert!((12..=15).contains(&placeholder.height()), "{}", placeholder.height());
        let (left, right) = (placeholder.get_pixel(0, 6).0, placeholder.get_pixel(19, 6).0);
        assert!(left[0] < 60 && right[0] > 180 && right[2] < 90, "{left:?} {right:?}");
    }

    #[test]
    fn a_translucent_placeholder_stays_so() {
        let placeholder = unfolded(40, 60, [0, 200, 0, 100]);
        assert!(placeholder.color().has_alpha());
        assert!((80..=120).contains(&placeholder.into_rgba8().get_pixel(5, 5).0[3]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(png) = unfold(&Thumbhash(bytes.into())) {
                let placeholder = image::load_from_memory(&png).unwrap();
                prop_assert!(placeholder.width() <= 20 && placeholder.height() <= 20);
                prop_assert!(png.len() < 2_000, "{} bytes", png.len());
            }
        }
    }
}
