//! Small pictures, each with bytes of its own.

use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, Frame, ImageFormat, Rgb, RgbImage, codecs::gif::GifEncoder};

/// The bytes of a picture whose colour is made from `seed`.
pub fn still(seed: u32, format: ImageFormat) -> Vec<u8> {
    let [_, red, green, blue] = seed.to_be_bytes();
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(RgbImage::from_pixel(6, 4, Rgb([red, green, blue]))).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The bytes of a GIF with two frames.
pub fn animated(seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for shade in [seed, seed.wrapping_add(9)] {
        let frame = DynamicImage::ImageRgb8(RgbImage::from_pixel(5, 3, Rgb([shade, 0, 0]))).into_rgba8();
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    bytes
}

/// Writes `count` pictures into a folder, each different.
pub fn fill(folder: &Path, count: u32) {
    std::fs::create_dir_all(folder).unwrap();
    for seed in 0..count {
        std::fs::write(folder.join(format!("{seed}.png")), still(seed * 31 + 7, ImageFormat::Png)).unwrap();
    }
}

/// The bytes of a PNG of noise, `side` pixels wide and high: nothing makes it smaller than some 3 bytes a pixel.
pub fn noise(side: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let picture = RgbImage::from_fn(side, side, |_, _| {
        // Xorshift, as good as any here.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let [red, green, blue, _] = state.to_le_bytes();
        Rgb([red, green, blue])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
