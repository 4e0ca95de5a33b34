/** Numbers, counts, times and dates as a reader expects to see them. */

const SUPERSCRIPTS = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];
const threeDigits = new Intl.NumberFormat("en", {
  minimumSignificantDigits: 3,
  maximumSignificantDigits: 3,
});
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/**
 * Three significant digits, thousands separated, a real minus sign; whole
 * numbers and everything from 1,000 up keep all their integer digits.
 *
 * @example
 * formatNumber(0.0071234); // "0.00712"
 * formatNumber(-104321.7); // "−104,322"
 * formatNumber(3.2e-7); // "3.20 × 10⁻⁷"
 */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "not a number";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  if (size === Infinity) return `${sign}∞`;
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return sign + scientific(size);
  if (Number.isInteger(size) || size >= 999.5) return sign + whole.format(size);
  return sign + threeDigits.format(size);
}

function scientific(size: number): string {
  const [digits = "", exponent = "0"] = size.toExponential(2).split("e");
  const power = Number(exponent);
  const raised = String(Math.abs(power)).replace(
    /\d/g,
    (digit) => SUPERSCRIPTS[Number(digit)] ?? "",
  );
  return `${digits} × 10${power < 0 ? "⁻" : ""}${raised}`;
}

const shortest = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const exact = new Intl.NumberFormat("en", { maximumSignificantDigits: 15 });

/** For tick marks: no more digits than the tick needs. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    return `${value < 0 ? "−" : ""}${scientific(size)
      .replace(/\.?0* ×/, " ×")
      .replace(/^1 × /, "")}`;
  }
  return size < 10_000 ? shortest.format(value).replace("-", "−") : formatNumber(value);
}

/** `1,234 rows`, `1 row`. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : plural}`;
}

/** Large counts shortened for a glance: `1.13 million`. */
export function formatLarge(count: number): string {
  if (count >= 1e9) return `${threeDigits.format(count / 1e9)} billion`;
  if (count >= 1e6) return `${threeDigits.format(count / 1e6)} million`;
  return formatNumber(count);
}

/** `0.420 s`, `12.3 s`, `1 min 12 s`, `2 h 05 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "unknown";
  if (seconds < 59.95) return `${formatNumber(seconds)} s`;
  const rounded = Math.round(seconds);
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${pad(rounded % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${whole.format(Math.floor(minutes / 60))} h ${pad(minutes % 60)} min`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** `20 November 2026, 14:32 UTC`; what is not a date comes back as it was. */
export function formatDate(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
  return `${day.format(date)}, ${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())} UTC`;
}

/** A share as a percentage: `32%`, `99.9%`, `0.4%`. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return formatNumber(share);
  return `${Number((share * 100).toPrecision(share > 0.99 && share < 1 ? 4 : 2))}%`;
}

/** An option's value in one line; never throws, whatever the value is. */
export function formatOption(value: unknown): string {
  if (typeof value === "number") {
    return Number.isFinite(value) ? exact.format(value).replace("-", "−") : formatNumber(value);
  }
  if (value === undefined) return "not set";
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
    return value.map(formatOption).join(", ");
  }
  try {
    return JSON.stringify(value) ?? "not set";
  } catch {
    return "a value that has no text";
  }
}
