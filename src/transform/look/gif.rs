//! GIF: the first frame on its canvas, row by row.

use gif::{ColorOutput, DecodeOptions, MemoryLimit};

use super::{Decoded, Outline, Small, Watched, mismatch};

/// Where the rows of an interlaced frame begin and how far they are apart; the specification's appendix E.
const INTERLACED: [(u16, usize); 4] = [(0, 8), (4, 8), (2, 4), (1, 2)];

pub(super) fn decode(file: Watched<'_>, outline: &Outline) -> Decoded {
    let deadline = file.deadline();
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    options.set_memory_limit(outline.decoder_bytes.try_into().map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    let mut decoder = options.read_info(file)?;
    let canvas = (u32::from(decoder.width()), u32::from(decoder.height()));
    if canvas != (outline.width, outline.height) {
        return mismatch();
    }
    let Some(frame) = decoder.next_frame_info()? else { return Err("it has no frame".into()) };
    let (left, top, width, height) = (frame.left, frame.top, frame.width, frame.height);
    let rows: Vec<u16> = if frame.interlaced {
        INTERLACED.into_iter().flat_map(|(first, step)| (first..height).step_by(step)).collect()
    } else {
        (0..height).collect()
    };
    let mut small = Small::new(canvas, canvas);
    let mut row = vec![0; usize::from(width) * 4];
    for y in rows {
        deadline.check()?;
        row.fill(0);
        if !row.is_empty() && !decoder.fill_buffer(&mut row)? {
            return Err("its first frame is cut short".into());
        }
        let y = u32::from(top) + u32::from(y);
        small.sparse_row(y, left.into(), 1, |x| row.as_chunks().0.get(x).copied());
    }
    Ok(small)
}
