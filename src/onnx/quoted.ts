const LONGEST = 80;

/** A name from a file as it may stand in a message: escaped, and cut where it is long. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name);
}
