/** Bytes in the making: a buffer that grows, filled from TypeScript without a call a value. */

export interface BytesOut {
  /** Room for `more` bytes; `at` is where the next one goes. Moves `bytes`: take it again after. */
  reserve(more: number): void;
  bytes: Uint8Array<ArrayBuffer>;
  at: number;
}

export function bytesOut(size = 1024): BytesOut {
  const out: BytesOut = {
    bytes: new Uint8Array(size),
    at: 0,
    reserve(more) {
      if (out.at + more <= out.bytes.length) return;
      const larger = new Uint8Array(Math.max(2 * out.bytes.length, out.at + more));
      larger.set(out.bytes.subarray(0, out.at));
      out.bytes = larger;
    },
  };
  return out;
}

/** What was written, sharing memory with `out`. */
export function written({ bytes, at }: BytesOut): Uint8Array<ArrayBuffer> {
  return bytes.subarray(0, at);
}

export function putByte(out: BytesOut, byte: number): void {
  out.reserve(1);
  out.bytes[out.at++] = byte;
}

export function putBytes(out: BytesOut, bytes: Uint8Array): void {
  out.reserve(bytes.length);
  out.bytes.set(bytes, out.at);
  out.at += bytes.length;
}

/** Seven bits a byte, lowest first. @param value whole, from 0 to 2^53 */
export function putVarint(out: BytesOut, value: number): void {
  out.reserve(8);
  let rest = value;
  while (rest >= 128) {
    out.bytes[out.at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  out.bytes[out.at++] = rest;
}

/** @param value whole, between −2^52 and 2^52 */
export function putZigzag(out: BytesOut, value: number): void {
  putVarint(out, value < 0 ? -2 * value - 1 : 2 * value);
}
