/**
 * A field of measurements, kept in a fraction of its bytes: every value comes back within a bound,
 * and some rows without the rest.
 */
import { arrayFrom, compress, decompress } from "autoencoders";

const size = 96;
const field = Float32Array.from({ length: size * size }, (_, i) => {
  const [x, y] = [(i % size) / size, Math.floor(i / size) / size];
  return 20 + 8 * Math.sin(5 * x + 2 * y) * Math.cos(4 * y) + (x > 0.5 && y > 0.7 ? 3 : 0);
});

// Within a thousandth of the range, looked at element by element before the file counts.
const made = await compress(arrayFrom(field, [size]), { errorBound: 1e-3, relative: true });
console.log(`${made.original} bytes in ${made.size}, ${made.ratio.toFixed(1)} times smaller`);
console.log(`largest error ${made.largestError.toFixed(5)}, allowed ${made.bounds[0]?.toFixed(5)}`);
console.log(`brotli, to the last bit: ${made.controls.brotli}`);

const bytes = made.bytes as Uint8Array;
const back = await decompress(bytes);
const rows = await decompress(bytes, { rows: [40, 44] });
if (back.kind !== "array" || rows.kind !== "array") throw new Error("not an array");
const off = field.reduce((most, v, i) => Math.max(most, Math.abs(v - Number(back.data[i]))), 0);
console.log(`${back.dtype} of shape ${back.shape.join(" x ")}, off by ${off.toFixed(5)} at most`);
console.log(`four rows: ${rows.shape.join(" x ")}`);
