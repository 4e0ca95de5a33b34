/** Numbers as text in a model file's metadata: base64 of little-endian float32. */

export function base64(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

/** Nothing for what is no text. */
export function floats(text: unknown): Float32Array {
  if (typeof text !== "string") return new Float32Array(0);
  const bytes = Buffer.from(text, "base64");
  return new Float32Array(Uint8Array.from(bytes).buffer, 0, bytes.length >> 2);
}
