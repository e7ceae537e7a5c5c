//! JPEG: decoded at an eighth of its size, where that is large enough: the mean of each block is all that is unpacked.

use jpeg_decoder::{Decoder, PixelFormat};

use super::{Decoded, Outline, Small, Watched, mismatch};

/// The picture is to have as many pixels along one of its sides at least, if it has as many.
const WANTED_SIDE: u16 = 64;

pub(super) fn decode(file: Watched<'_>, outline: &Outline) -> Decoded {
    let mut decoder = Decoder::new(file);
    decoder.set_max_decoding_buffer_size(usize::try_from(outline.decoder_bytes).unwrap_or(usize::MAX));
    decoder.read_info()?;
    let size = decoder.info().map(|info| (info.width.into(), info.height.into()));
    if size != Some((outline.width, outline.height)) {
        return mismatch();
    }
    let (width, height) = decoder.scale(WANTED_SIDE, WANTED_SIDE)?;
    let pixels = decoder.decode()?;
    let Some(format) = decoder.info().map(|info| info.pixel_format) else { return mismatch() };
    let mut small = Small::new((outline.width, outline.height), (width.into(), height.into()));
    let rows = pixels.chunks_exact((usize::from(width) * format.pixel_bytes()).max(1));
    for (y, row) in (0..).zip(rows) {
        match format {
            PixelFormat::L8 => small.row(y, |x| row.get(x).map(|&l| [l, l, l, 255])),
            PixelFormat::RGB24 => small.row(y, |x| row.as_chunks().0.get(x).map(|&[r, g, b]| [r, g, b, 255])),
            PixelFormat::CMYK32 => small.row(y, |x| row.as_chunks().0.get(x).copied().map(rgb_of_cmyk)),
            PixelFormat::L16 => return mismatch(),
        }
    }
    Ok(small)
}

/// How browsers show ink without knowing the press.
fn rgb_of_cmyk([c, m, y, k]: [u8; 4]) -> [u8; 4] {
    let channel = |ink: u8| u8::try_from(u16::from(255 - ink) * u16::from(255 - k) / 255).unwrap_or(u8::MAX);
    [channel(c), channel(m), channel(y), 255]
}
