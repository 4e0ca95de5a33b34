/**
 * Values of few bits, 0 to 255, as pictures: each told from its neighbours as they are, from
 * predictions, from the channels before it, and from the pictures before.
 *
 * Whole numbers, and + − × ÷ of doubles in one order: every machine rounds them alike.
 */
import { Rows, type Pictures } from "./pictures.ts";
import { BELLS, CALMS, hashOf, PixelValue } from "./pixel-value.ts";
import type { BitCoder } from "./range-coder.ts";
import { RunningFit } from "./running-fit.ts";
import { Sizes } from "./spread.ts";

/** Neighbours that least squares look at: of the channel itself, of one before, of one after. */
const OWN = 13;
const BEFORE = 6;
const AFTER = 2;
/** And of the picture before. */
const PAST = 6;
/** Pictures that the mean of a place remembers, about. */
const MEMORY = 60;

/** @param values read from when writing, filled when reading */
export function codePixels(
  coder: BitCoder,
  { pictures, height, width, channels }: Pictures,
  depth: number,
  values: Uint8Array,
): void {
  const top = (1 << depth) - 1;
  const many = pictures > 1;
  const size = height * width * channels;
  const value = new PixelValue(coder, depth, channels, size * pictures);
  const { hashes, predictions, situations, sharpness } = value;
  const rows = new Rows(width, channels);
  const errors = new Rows(width, channels);
  const last = new Int32Array(many ? size : width * channels);
  const means = new Float64Array(many ? size : 0);
  const noErrors = new Int32Array(width * channels);
  const fits = Array.from(
    { length: channels },
    (_, c) => new RunningFit(OWN + BEFORE * c + AFTER * (channels - 1 - c) + (many ? PAST : 0)),
  );
  const sizes = new Sizes(BELLS * channels * 64);
  const s = channels;
  const line = width * s;
  const columns = height > 4 * width;
  let index = 0;
  for (let picture = 0; picture < pictures; picture += 1) {
    for (let y = 0; y < height; y += 1) {
      rows.next(y === 0 ? last : undefined);
      errors.next(y === 0 ? noErrors : undefined);
      const { here, above, second, third } = rows;
      const { here: off, above: offAbove } = errors;
      let i = rows.start;
      for (let x = 0; x < width; x += 1) {
        for (let c = 0; c < s; c += 1, i += 1, index += 1) {
          const w = here[i - s] as number;
          const ww = here[i - 2 * s] as number;
          const www = here[i - 3 * s] as number;
          const n = above[i] as number;
          const nw = above[i - s] as number;
          const ne = above[i + s] as number;
          const nww = above[i - 2 * s] as number;
          const nee = above[i + 2 * s] as number;
          const nn = second[i] as number;
          const nnw = second[i - s] as number;
          const nne = second[i + s] as number;
          // The channels before, here and beside.
          const p = c > 0 ? (here[i - 1] as number) : 0;
          const pw = c > 0 ? (here[i - 1 - s] as number) : 0;
          const pn = c > 0 ? (above[i - 1] as number) : 0;
          const pnw = c > 0 ? (above[i - 1 - s] as number) : 0;
          const q = c > 1 ? (here[i - 2] as number) : 0;

          // Least squares, of differences from the level around.
          const fit = fits[c] as RunningFit;
          const input = fit.inputs;
          const level = (w + n) * 0.5;
          let k = 0;
          input[k++] = w - level;
          input[k++] = n - level;
          input[k++] = nw - level;
          input[k++] = ne - level;
          input[k++] = ww - level;
          input[k++] = nn - level;
          input[k++] = nne - level;
          input[k++] = nnw - level;
          input[k++] = nww - level;
          input[k++] = nee - level;
          input[k++] = www - level;
          input[k++] = (above[i + 3 * s] as number) - level;
          input[k++] = (third[i] as number) - level;
          for (let j = i - c; j < i; j += 1) {
            const its = ((here[j - s] as number) + (above[j] as number)) * 0.5;
            input[k++] = (here[j] as number) - its;
            input[k++] = (here[j - s] as number) - its;
            input[k++] = (above[j] as number) - its;
            input[k++] = (above[j - s] as number) - its;
            input[k++] = (above[j + s] as number) - its;
            input[k++] = (second[j] as number) - its;
          }
          for (let j = i + 1; j < i - c + s; j += 1) {
            const its = ((here[j - s] as number) + (above[j] as number)) * 0.5;
            input[k++] = (here[j - s] as number) - its;
            input[k++] = (above[j + s] as number) - its;
          }
          const spot = (y * width + x) * s + c;
          let was = 0;
          let moved = 0;
          let mean = 0;
          if (many) {
            was = last[spot] as number;
            const left = x > 0 ? (last[spot - s] as number) : was;
            const up = y > 0 ? (last[spot - line] as number) : was;
            const right = x < width - 1 ? (last[spot + s] as number) : was;
            const down = y < height - 1 ? (last[spot + line] as number) : was;
            const its = (left + up) * 0.5;
            moved = was + level - its;
            mean = means[spot] as number;
            input[k++] = was - its;
            input[k++] = left - its;
            input[k++] = right - its;
            input[k++] = down - its;
            input[k++] = mean - level;
            input[k++] = was - level;
          }
          let flat = true;
          for (let j = 0; flat && j < k; j += 1) flat = input[j] === 0;
          const fitted = flat ? level : within(level + fit.run(), top);

          // How steep it is, and how far off neighbours were.
          const across = size3(w - ww, n - nw, n - ne);
          const along = size3(w - nw, n - nn, ne - nne);
          const ew = off[i - s] as number;
          const en = offAbove[i] as number;
          const corner = (offAbove[i - s] as number) + (offAbove[i + s] as number);
          const before = c > 0 ? (off[i - 1] as number) : 0;
          const around = 4 * (ew + en) + 2 * corner + across + along + 8 * before;
          const energy = classOf(around >> (c > 0 ? 2 : 1));
          const calm = energy < CALMS ? energy : CALMS - 1;
          const far = classOf(ew + en + corner + 2 * before);
          const rough = Math.min(63, 4 * far + Math.min(3, (across + along) >> 4));

          const gradient = adjusted(w, n, (ne - nw) / 4, along - across, top);
          const edge = c > 0 ? within(median(w - pw, n - pn, nw - pnw) + p, top) : median(w, n, nw);
          predictions[0] = fitted;
          predictions[1] = (2 * fitted + gradient + edge) * 0.25;
          predictions[2] = gradient;
          predictions[3] = edge;
          predictions[4] = within(c > 0 ? w + p - pw : w + ne - n, top);
          predictions[5] = within(c > 0 ? n + p - pn : many ? moved : n + ne - nne, top);
          const texture = Math.min(5, classOf(across) >> 1) * 6 + Math.min(5, classOf(along) >> 1);
          const errs = Math.min(5, classOf(ew) >> 1) * 6 + Math.min(5, classOf(en + before) >> 1);
          situations[0] = calm >> 1;
          situations[1] = errs;
          situations[2] = texture;
          situations[3] = calm >> 1;
          situations[4] = texture;
          situations[5] = calm >> 1;
          const first = c * 64 + 2 * calm + (x === 0 ? 1 : 0);
          const other = (s + c) * 64 + rough;
          sharpness[0] = 1 / (0.05 + 0.72 * sizes.mean(first));
          sharpness[1] = 1 / (0.05 + 0.72 * sizes.mean(other));

          // Neighbours as they are.
          const pair = w * 256 + n;
          const colour = p * 256 + q;
          const corners = hashOf(pair, nw * 256 + ne);
          const wide = hashOf(hashOf(corners, ww * 256 + nn), nww * 256 + nee);
          hashes[0] = hashOf(hashOf(corners, colour), c);
          hashes[1] = hashOf(hashOf(wide, nne * 256 + nnw), colour * 4 + c);
          hashes[2] = hashOf(
            hashOf(((w >> 2) << 8) | (n >> 2), ((nw >> 3) << 8) | (ne >> 3)),
            ((p >> 2) << 4) | (c + 4),
          );
          hashes[3] = hashOf(hashOf(w, c > 0 ? p * 256 + pw : ww * 256 + www), 8 + c);
          hashes[4] = hashOf(hashOf(n, c > 0 ? p * 256 + pn : nn * 256 + ne), 12 + c);
          hashes[5] = hashOf(colour, 16 + c);
          hashes[6] = hashOf(
            hashOf(
              many ? spot : columns ? x : 0,
              many || columns ? ((w >> 3) << 8) | (n >> 3) : pair,
            ),
            20 + c,
          );
          value.channel = c;
          value.calm = calm;
          value.near = hashOf(pair, p);

          const still =
            w === n && n === nw && nw === ne && w === ww && n === nn && p === pw && p === pn;
          let v = values[index] as number;
          if (still && value.same(v === w, w)) v = w;
          else v = value.code(v);

          values[index] = v;
          here[i] = v;
          const distance = v - fitted;
          off[i] = (distance < 0 ? 0.5 - distance : distance + 0.5) | 0;
          sizes.add(first, distance < 0 ? -distance : distance);
          const blended = v - (predictions[1] as number);
          sizes.add(other, blended < 0 ? -blended : blended);
          if (!flat) fit.learn(v - level);
          if (many) {
            last[spot] = v;
            means[spot] = mean + (v - mean) / (picture < MEMORY ? picture + 1 : MEMORY);
          }
        }
      }
    }
  }
}

function within(value: number, top: number): number {
  return value < 0 ? 0 : value > top ? top : value;
}

function size3(a: number, b: number, c: number): number {
  return (a < 0 ? -a : a) + (b < 0 ? -b : b) + (c < 0 ? -c : c);
}

/** Of sizes, two classes a power of two. */
function classOf(size: number): number {
  if (size < 2) return size;
  const power = 31 - Math.clz32(size);
  return 2 * power + ((size >>> (power - 1)) & 1);
}

/** The median of w, n and w + n − nw (LOCO-I: Weinberger, Seroussi and Sapiro, 2000). */
function median(w: number, n: number, nw: number): number {
  const high = w > n ? w : n;
  const low = w > n ? n : w;
  return nw >= high ? low : nw <= low ? high : w + n - nw;
}

/** Follows an edge (CALIC: Wu and Memon, 1997). @param steep how much steeper it is downwards */
function adjusted(w: number, n: number, slope: number, steep: number, top: number): number {
  const plain = (w + n) / 2 + slope;
  if (steep > 80) return w;
  if (steep < -80) return n;
  if (steep > 32) return within((plain + w) / 2, top);
  if (steep < -32) return within((plain + n) / 2, top);
  if (steep > 8) return within((3 * plain + w) / 4, top);
  if (steep < -8) return within((3 * plain + n) / 4, top);
  return within(plain, top);
}
