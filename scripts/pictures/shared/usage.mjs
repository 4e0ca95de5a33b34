/** How often each symbol of a finite alphabet occurs. */
import { COLOURS, SOFT } from "./canvas.mjs";

/** Each row's code cut into vectors of `dimension` numbers, as texts that name the symbols. */
export function symbolsOf({ rows, columns, data }, dimension) {
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns / dimension }, (__, position) => {
      const from = row * columns + position * dimension;
      return data.subarray(from, from + dimension).join(" ");
    }),
  );
}

/** @returns counts by symbol, the most frequent first */
export function countsOf(symbols) {
  const counts = new Map();
  for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

/** So many symbols, used evenly, would tell as much. */
export function perplexityOf(counts) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return Math.exp(-counts.reduce((sum, n) => sum + (n / all) * Math.log(n / all), 0));
}

/** A bar a symbol, falling, and the height that all would have if they were used evenly. */
export function drawUsage(canvas, counts, size, { x, y, width, height }) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const [most] = counts;
  const step = width / size;
  const tops = counts.map((count, at) => {
    const top = y + height * (1 - count / most);
    return `${(x + at * step).toFixed(1)},${top.toFixed(1)} ${(x + (at + 1) * step).toFixed(1)},${top.toFixed(1)}`;
  });
  const end = x + counts.length * step;
  canvas.svg(
    `<polygon points="${x},${y + height} ${tops.join(" ")} ${end},${y + height}" fill="${COLOURS[0]}"/>`,
  );
  canvas.line({ from: [x, y + height], to: [x + width, y + height], stroke: SOFT });
  const even = y + height * (1 - all / size / most);
  canvas.line({ from: [x, even], to: [x + width, even], stroke: COLOURS[5], thick: 2 });
  canvas.text("if all were used evenly", {
    x: x + width,
    y: even - 8,
    size: 16,
    colour: COLOURS[5],
    anchor: "end",
  });
}
