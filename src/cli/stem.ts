/** The name of what is made from data, when nobody gives one. */

/** `../data/payments.csv.gz` → `payments`; `faces/*.png` → `faces`; `demo:digits` → `digits`. */
export function stemOf(data: string): string {
  const path = data.replace(/^demo:/, "").replace(/[/\\]+$/, "");
  const parts = path.split(/[/\\]/).filter((part) => part !== "." && part !== "..");
  const named = parts.filter((part) => !/[*?[\]{}]/.test(part));
  const last = named.at(-1) ?? "model";
  return last.replace(/\.(gz|zst)$/i, "").replace(/(?<=.)\.[a-z0-9]+$/i, "") || "model";
}
