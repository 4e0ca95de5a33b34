/** Small numbers and pieces of bytes, one after the other. */
import { inputError } from "../base/errors.ts";

export class ByteWriter {
  #bytes = new Uint8Array(256);
  #size = 0;

  #room(more: number): void {
    if (this.#size + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#size + more));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#size++] = value;
  }

  /** Seven bits a byte, lowest first. @param value whole, from 0 to 2^53 − 1 */
  whole(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** @param value whole, between −2^52 and 2^52 */
  signed(value: number): void {
    this.whole(value < 0 ? -2 * value - 1 : 2 * value);
  }

  single(value: number): void {
    this.#room(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#size, value, true);
    this.#size += 4;
  }

  double(value: number): void {
    this.#room(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#size, value, true);
    this.#size += 8;
  }

  bytes(piece: Uint8Array): void {
    this.#room(piece.length);
    this.#bytes.set(piece, this.#size);
    this.#size += piece.length;
  }

  /** With its length before it. */
  piece(piece: Uint8Array): void {
    this.whole(piece.length);
    this.bytes(piece);
  }

  take(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }
}

/** Refuses to read what is not there. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #place: string;
  #at = 0;

  /** @param place what to call the bytes in errors */
  constructor(bytes: Uint8Array, place: string) {
    this.#bytes = bytes;
    this.#place = place;
  }

  #need(count: number): void {
    if (count <= this.#bytes.length - this.#at) return;
    throw this.broken(`only ${this.#bytes.length} bytes`);
  }

  /** An error that says the content makes no sense although its checksum is right. */
  broken(got: string): Error {
    return inputError("compressed.damaged", {
      place: this.#place,
      expected: "what a compressed file holds",
      got,
      hint: "the file was not written by ae compress, or by a broken copy of it; get it again",
    });
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++] as number;
  }

  /** @param most larger values are refused */
  whole(most = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > most)
          throw this.broken(`the number ${value} where at most ${most} makes sense`);
        return value;
      }
      scale *= 128;
    }
    throw this.broken("a number that does not end");
  }

  signed(): number {
    const value = this.whole();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  single(): number {
    this.#need(4);
    this.#at += 4;
    const { buffer, byteOffset } = this.#bytes;
    return new DataView(buffer, byteOffset).getFloat32(this.#at - 4, true);
  }

  double(): number {
    this.#need(8);
    this.#at += 8;
    const { buffer, byteOffset } = this.#bytes;
    return new DataView(buffer, byteOffset).getFloat64(this.#at - 8, true);
  }

  bytes(count: number): Uint8Array {
    this.#need(count);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  piece(): Uint8Array {
    return this.bytes(this.whole());
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }
}
