//! Finished pictures to files. Every encoder is plain Rust and gives the same bytes each time.

use std::error::Error;

use image_webp::{ColorType as WebpColour, WebPEncoder};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType as JpegColour, SamplingFactor};
use ravif::{MatrixCoefficients, PixelRange};

use crate::canvas::Canvas;
use crate::develop::{developed, dithered_bytes, rounded_bytes};
use crate::palette::Palette;

type Bytes = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// What a picture becomes.
#[derive(Clone, Copy)]
pub enum Encoding {
    Jpeg {
        quality: u8,
        grain: f32,
    },
    Png {
        colours: usize,
        dither: f32,
    },
    Gif {
        colours: usize,
        dither: f32,
        delay_hundredths: u16,
    },
    Webp,
    Avif {
        quality: f32,
    },
}

impl Encoding {
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpg",
            Self::Png { .. } => "png",
            Self::Gif { .. } => "gif",
            Self::Webp => "webp",
            Self::Avif { .. } => "avif",
        }
    }

    /// Encodes the frames; only a GIF has more than one.
    pub fn encode(self, frames: &[Canvas]) -> Bytes {
        let first = frames.first().ok_or("a picture needs a frame")?;
        match self {
            Self::Jpeg { quality, grain } => jpeg(&developed(first, grain), quality),
            Self::Png { colours, dither } => png(&developed(first, 0.0), colours, dither),
            Self::Gif {
                colours,
                dither,
                delay_hundredths,
            } => {
                let films: Vec<Canvas> = frames.iter().map(|frame| developed(frame, 0.0)).collect();
                gif(&films, colours, dither, delay_hundredths)
            }
            Self::Webp => webp(&developed(first, 0.0)),
            Self::Avif { quality } => avif(&developed(first, 0.0), quality),
        }
    }
}

/// A true-colour PNG of one frame, to look at while drawing.
pub fn preview(frame: &Canvas) -> Bytes {
    let film = developed(frame, 0.5);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, film.width as u32, film.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder
        .write_header()?
        .write_image_data(&dithered_bytes(&film))?;
    Ok(file)
}

fn jpeg(film: &Canvas, quality: u8) -> Bytes {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, quality);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    let bytes = dithered_bytes(film);
    encoder.encode(
        &bytes,
        film.width as u16,
        film.height as u16,
        JpegColour::Rgb,
    )?;
    Ok(file)
}

fn png(film: &Canvas, colours: usize, dither: f32) -> Bytes {
    let palette = Palette::of(std::slice::from_ref(film), colours);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, film.width as u32, film.height as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette.bytes.clone());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder
        .write_header()?
        .write_image_data(&palette.indices(film, dither))?;
    Ok(file)
}

fn webp(film: &Canvas) -> Bytes {
    let mut file = Vec::new();
    let (width, height) = (film.width as u32, film.height as u32);
    WebPEncoder::new(&mut file).encode(&rounded_bytes(film), width, height, WebpColour::Rgb8)?;
    Ok(file)
}

/// Ten bits a channel, straight from the drawing: no dither is needed, and none is paid for.
fn avif(film: &Canvas, quality: f32) -> Bytes {
    const TOP: f32 = 1023.0;
    let planes = film.pixels.iter().map(|pixel| {
        let luma = 0.299 * pixel.r + 0.587 * pixel.g + 0.114 * pixel.b;
        let blue = (pixel.b - luma) * 0.564_334 + 0.5;
        let red = (pixel.r - luma) * 0.713_267 + 0.5;
        [luma, blue, red].map(|value| (value * TOP + 0.5).clamp(0.0, TOP) as u16)
    });
    let encoder = ravif::Encoder::new()
        .with_quality(quality)
        .with_speed(3)
        .with_num_threads(Some(1));
    let (range, matrix) = (PixelRange::Full, MatrixCoefficients::BT601);
    let (width, height) = (film.width, film.height);
    let encoded =
        encoder.encode_raw_planes_10_bit(width, height, planes, None::<[u16; 0]>, range, matrix)?;
    Ok(encoded.avif_file)
}

/// Each frame holds only the rectangle that changed, and in it only the pixels that did.
fn gif(films: &[Canvas], colours: usize, dither: f32, delay_hundredths: u16) -> Bytes {
    let palette = Palette::of(films, colours);
    let (width, height) = (films[0].width as u16, films[0].height as u16);
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, width, height, &palette.bytes)?;
    encoder.set_repeat(gif::Repeat::Infinite)?;
    let mut shown: Vec<u8> = Vec::new();
    for film in films {
        let indices = palette.indices(film, dither);
        let mut frame = difference(&shown, &indices, width, colours as u8);
        frame.delay = delay_hundredths;
        encoder.write_frame(&frame)?;
        shown = indices;
    }
    drop(encoder);
    Ok(file)
}

fn difference(shown: &[u8], indices: &[u8], width: u16, transparent: u8) -> gif::Frame<'static> {
    let height = (indices.len() / usize::from(width)) as u16;
    if shown.is_empty() {
        return gif::Frame::from_indexed_pixels(width, height, indices.to_vec(), None);
    }
    let stride = usize::from(width);
    let changed: Vec<usize> = (0..indices.len())
        .filter(|&i| indices[i] != shown[i])
        .collect();
    let column = |i: &usize| i % stride;
    // A frame without any change still has to be there for its time: one transparent pixel.
    let left = changed.iter().map(column).min().unwrap_or(0);
    let right = changed.iter().map(column).max().unwrap_or(0);
    let top = changed.first().map_or(0, |i| i / stride);
    let bottom = changed.last().map_or(0, |i| i / stride);
    let mut pixels = Vec::new();
    for row in top..=bottom {
        for i in row * stride + left..=row * stride + right {
            pixels.push(if indices[i] == shown[i] {
                transparent
            } else {
                indices[i]
            });
        }
    }
    let (w, h) = ((right - left + 1) as u16, (bottom - top + 1) as u16);
    let mut frame = gif::Frame::from_indexed_pixels(w, h, pixels, Some(transparent));
    (frame.left, frame.top) = (left as u16, top as u16);
    frame.dispose = gif::DisposalMethod::Keep;
    frame
}
