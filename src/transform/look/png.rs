//! PNG: row by row, the rows of an interlaced picture in its seven passes.

use png::{ColorType, Decoder, Limits, Transformations};

use super::{Decoded, Outline, Small, Watched, mismatch};

/// First column, distance of columns, first row, distance of rows; <https://www.w3.org/TR/png-3/#8Interlace>.
const PASSES: [[u32; 4]; 7] =
    [[0, 8, 0, 8], [4, 8, 0, 8], [0, 4, 4, 8], [2, 4, 0, 4], [0, 2, 2, 4], [1, 2, 0, 2], [0, 1, 1, 2]];

pub(super) fn decode(file: Watched<'_>, outline: &Outline) -> Decoded {
    let deadline = file.deadline();
    // Whole chunks other than pixels are held in memory; none is longer than the file.
    let bytes = usize::try_from(outline.decoder_bytes).unwrap_or(usize::MAX).saturating_add(file.bytes().len());
    let mut decoder = Decoder::new_with_limits(file, Limits { bytes });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info()?;
    let info = reader.info();
    let size = (outline.width, outline.height);
    let first_frame = info.frame_control().map_or(size, |frame| (frame.width, frame.height));
    if (info.width, info.height) != size || first_frame != size {
        return mismatch();
    }
    let passes = if info.interlaced { &PASSES[..] } else { &[[0, 1, 0, 1]] };
    let (colour, _) = reader.output_color_type();
    let mut row = vec![0; reader.output_line_size(outline.width).unwrap_or(0)];
    let mut small = Small::new(size, size);
    for &[first, step, top, down] in passes {
        // A pass without a column has no rows.
        let rows = if first < outline.width { (top..outline.height).step_by(down as usize) } else { (0..0).step_by(1) };
        for y in rows {
            deadline.check()?;
            if reader.read_row(&mut row)?.is_none() {
                return mismatch();
            }
            match colour {
                ColorType::Grayscale => small.sparse_row(y, first, step, |x| row.get(x).map(|&l| [l, l, l, 255])),
                ColorType::GrayscaleAlpha => {
                    small.sparse_row(y, first, step, |x| row.as_chunks().0.get(x).map(|&[l, a]| [l, l, l, a]));
                }
                ColorType::Rgb => {
                    small.sparse_row(y, first, step, |x| row.as_chunks().0.get(x).map(|&[r, g, b]| [r, g, b, 255]));
                }
                ColorType::Rgba => small.sparse_row(y, first, step, |x| row.as_chunks().0.get(x).copied()),
                ColorType::Indexed => return mismatch(),
            }
        }
    }
    // What is left of the packed data is read to its end, with its checksum.
    if reader.read_row(&mut row)?.is_some() { mismatch() } else { Ok(small) }
}
