/**
 * Decimal digits of numbers, exactly as JavaScript's own conversions give them, by arithmetic
 * where that is exact: these run once a cell.
 */

/** 10^0 to 10^22: all that a double holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const LARGEST_POWER = POWERS.length - 1;

export function powerOfTen(exponent: number): number {
  return POWERS[exponent] as number;
}

/**
 * `Number(value.toPrecision(digits))`: to so many significant digits.
 *
 * @param digits 1 to 9
 */
export function roundDigits(value: number, digits: number): number {
  const size = Math.abs(value);
  if (size === 0) return 0;
  // Also where it is not finite.
  if (!(size > 1e-12 && size < 1e21)) return precisely(value, digits);
  let places = digits - 1 - magnitude(size);
  let scaled = shifted(size, places);
  // The magnitude may be off by one.
  if (scaled < (POWERS[digits - 1] as number)) scaled = shifted(size, (places += 1));
  else if (scaled >= (POWERS[digits] as number)) scaled = shifted(size, (places -= 1));
  // The product is rounded: so near to the middle between two, that could decide.
  const rest = scaled - Math.floor(scaled);
  if (Math.abs(rest - 0.5) < 1e-6) return precisely(value, digits);
  // Whole number and power are exact, so that one operation rounds as reading the digits would.
  const rounded = shifted(Math.round(scaled), -places);
  return value < 0 ? -rounded : rounded;
}

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** About log10: the exponent of 2 is read from the number's bits, and taken times log10(2). */
function magnitude(size: number): number {
  double[0] = size;
  return Math.floor((((words[1] as number) >>> 20) - 1023) * 0.30103);
}

/** @param places at most 22 either way */
function shifted(value: number, places: number): number {
  return places >= 0 ? value * (POWERS[places] as number) : value / (POWERS[-places] as number);
}

function precisely(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}

/** Any double that is the nearest to a decimal of so many digits is so to one alone. */
const SURE_DIGITS = 1e15;

/**
 * How many decimal places `String(size)` has, for numbers written in at most 15 digits and
 * without an exponent; −1 for others. The digits are then `Math.round(size * 10 ** places)`.
 *
 * @param size not negative
 * @param guess tried first: most columns have the same throughout
 */
export function decimalPlaces(size: number, guess: number): number {
  if (size >= SURE_DIGITS || (size < 1e-6 && size !== 0)) return -1;
  if (Number.isInteger(size)) return 0;
  let places = guess;
  let digits = Math.round(size * (POWERS[places] as number));
  if (!(digits < SURE_DIGITS && digits / (POWERS[places] as number) === size)) {
    // With 15 digits the product is off by less than a half: if there are such digits, it is these.
    places = Math.min(LARGEST_POWER, 14 - magnitude(size));
    // The magnitude may be one too small, which gives a digit too many.
    if (size * (POWERS[places] as number) > SURE_DIGITS) places -= 1;
    digits = Math.round(size * (POWERS[places] as number));
    if (!(digits <= SURE_DIGITS && digits / (POWERS[places] as number) === size)) return -1;
  }
  while (digits % 10 === 0 && places > 0) {
    digits /= 10;
    places -= 1;
  }
  return places;
}
