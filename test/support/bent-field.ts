/** A field that no sum of neighbours tells, for what learns while it codes. */
import { uniform } from "../../src/codec/uniform.ts";

/** Waves whose spectrum falls, bent: what follows is no sum of what was. `[size, size]`. */
export function bentField(size: number): Float32Array {
  const random = uniform(1);
  const waves = Array.from({ length: 400 }, () => {
    const k = 1 + 60 * random() ** 2;
    const angle = 2 * Math.PI * random();
    return [k * Math.cos(angle), k * Math.sin(angle), 2 * Math.PI * random(), k ** -1.7] as const;
  });
  return Float32Array.from({ length: size * size }, (_, i) => {
    const [y, x] = [Math.floor(i / size), i % size];
    let sum = 0;
    for (const [a, b, phase, weight] of waves) {
      sum += weight * Math.sin(((a * x + b * y) * 2 * Math.PI) / size + phase);
    }
    return sum * Math.abs(sum);
  });
}
