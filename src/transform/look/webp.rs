//! WebP: planes of luma and chroma where that is all there is; otherwise four channels of the whole picture.

use image_webp::WebPDecoder;
use image_webp::vp8::Vp8Decoder;

use super::super::webp;
use super::{Decoded, Outline, Small, Watched, mismatch};

pub(super) fn decode(file: Watched<'_>, outline: &Outline) -> Decoded {
    let size = (outline.width, outline.height);
    if let Some(data) = webp::lossy(file.bytes()) {
        return lossy(file.over(data), size);
    }
    let mut decoder = WebPDecoder::new(file)?;
    decoder.set_memory_limit(usize::try_from(outline.decoder_bytes).unwrap_or(usize::MAX));
    let Some(bytes) = decoder.output_buffer_size().filter(|_| decoder.dimensions() == size) else { return mismatch() };
    let mut pixels = vec![0; bytes];
    decoder.read_image(&mut pixels)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut small = Small::new(size, size);
    for (y, row) in (0..).zip(pixels.chunks_exact((outline.width as usize * channels).max(1))) {
        if channels == 4 {
            small.row(y, |x| row.as_chunks().0.get(x).copied());
        } else {
            small.row(y, |x| row.as_chunks().0.get(x).map(|&[r, g, b]| [r, g, b, 255]));
        }
    }
    Ok(small)
}

fn lossy(data: Watched<'_>, size: (u32, u32)) -> Decoded {
    let frame = Vp8Decoder::decode_frame(data)?;
    if (u32::from(frame.width), u32::from(frame.height)) != size {
        return mismatch();
    }
    // Planes are as wide as whole blocks of 16 pixels.
    let stride = usize::from(frame.width).next_multiple_of(16);
    let mut small = Small::new(size, size);
    for y in 0..frame.height {
        let luma = usize::from(y) * stride;
        let chroma = usize::from(y / 2) * (stride / 2);
        small.row(y.into(), |x| {
            let planes = [(&frame.ybuf, luma + x), (&frame.ubuf, chroma + x / 2), (&frame.vbuf, chroma + x / 2)];
            let [y, u, v] = planes.map(|(plane, at)| plane.get(at).copied());
            Some(rgba(y?, u?, v?))
        });
    }
    Ok(small)
}

/// ITU-R BT.601 in its limited range, in 256ths, as RFC 6386 asks for in section 9.2.
fn rgba(y: u8, u: u8, v: u8) -> [u8; 4] {
    let (y, u, v) = (298 * (i32::from(y) - 16) + 128, i32::from(u) - 128, i32::from(v) - 128);
    let byte = |value: i32| u8::try_from((value >> 8).clamp(0, 255)).unwrap_or(u8::MAX);
    [byte(y + 409 * v), byte(y - 100 * u - 208 * v), byte(y + 516 * u), 255]
}
