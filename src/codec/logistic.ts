/**
 * The logistic function and its inverse as tables. Built with + − × ÷ alone, which every machine
 * rounds alike; `Math.exp` and `Math.log` they may not.
 */

/** One unit of log odds. */
export const UNIT = 256;
/** Log odds reach from −LIMIT to LIMIT. */
export const LIMIT = 12 * UNIT - 1;

/** exp(1 / 256) to double precision. */
const ROOT = 1.0039138893383475;

function squashTable(): Uint16Array {
  const table = new Uint16Array(2 * LIMIT + 1);
  let power = 1;
  for (let x = 0; x <= LIMIT; x += 1) {
    // power = exp(x / UNIT)
    const up = Math.floor((65536 * power) / (1 + power) + 0.5);
    const chance = Math.min(65535, up);
    table[LIMIT + x] = chance;
    table[LIMIT - x] = Math.max(1, 65536 - chance);
    power *= ROOT;
  }
  return table;
}

function stretchTable(): Int16Array {
  const table = new Int16Array(65536);
  let x = -LIMIT;
  for (let chance = 0; chance < 65536; chance += 1) {
    while (x < LIMIT && (SQUASH[LIMIT + x] as number) < chance) x += 1;
    table[chance] = x;
  }
  return table;
}

/** Chance out of 65,536 by log odds + `LIMIT`. */
export const SQUASH: Uint16Array = squashTable();
/** Log odds by chance out of 65,536. */
export const STRETCH: Int16Array = stretchTable();
