// Thumbhashes: placeholders of at most 25 bytes. The format: https://evanw.github.io/thumbhash/

const SIDE = 32;

/** Unfolds a thumbhash, written in base 64, into a blurred picture of 32 by 32 pixels, to be stretched to shape. */
export function unfold(base64) {
  const take = bitReader(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  const means = { l: take(6) / 63, p: take(6) / 31.5 - 1, q: take(6) / 31.5 - 1, a: 1 };
  const scales = { l: take(5) / 31 };
  const translucent = take(1) === 1;
  const shortSide = Math.max(3, take(3));
  scales.p = (take(6) / 63) * 1.25;
  scales.q = (take(6) / 63) * 1.25;
  const landscape = take(1) === 1;
  if (translucent) {
    means.a = take(4) / 15;
    scales.a = take(4) / 15;
  }
  const longSide = translucent ? 5 : 7;
  const waves = {
    l: readWaves(take, landscape ? longSide : shortSide, landscape ? shortSide : longSide, scales.l),
    p: readWaves(take, 3, 3, scales.p),
    q: readWaves(take, 3, 3, scales.q),
    a: translucent ? readWaves(take, 5, 5, scales.a) : [],
  };
  return paint(means, waves);
}

/** Reads fields of a few bits each, the lowest bits first. */
function bitReader(bytes) {
  let position = 0;
  return (count) => {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1, position += 1) {
      value |= ((bytes[position >> 3] >> (position & 7)) & 1) << bit;
    }
    return value;
  };
}

/** The coefficients of a cosine transform, those of low frequencies only: a triangle of the `columns` by `rows`. */
function readWaves(take, columns, rows, scale) {
  const waves = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = row === 0 ? 1 : 0; column * rows < columns * (rows - row); column += 1) {
      waves.push({ column, row, height: 2 * scale * (take(4) / 7.5 - 1) });
    }
  }
  return waves;
}

function paint(means, waves) {
  const pixels = new ImageData(SIDE, SIDE);
  const cosine = (frequency, at) => Math.cos((Math.PI / SIDE) * (at + 0.5) * frequency);
  for (let y = 0, offset = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1, offset += 4) {
      const level = (channel) =>
        waves[channel].reduce(
          (sum, wave) => sum + wave.height * cosine(wave.column, x) * cosine(wave.row, y),
          means[channel],
        );
      const [l, p, q] = [level("l"), level("p"), level("q")];
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      pixels.data.set([red, red - q, blue, level("a")].map((part) => part * 255), offset);
    }
  }
  return pixels;
}
