/**
 * The pictures of the guide's family pages: `node scripts/pictures.mjs [family…]`, after
 * `npm run build`. Each is drawn by `scripts/pictures/FAMILY.mjs`, from models trained here and
 * now with fixed seeds, and written to `docs/guide/families/FAMILY.png`.
 *
 * PICTURE_MODELS=FOLDER keeps the models there, to change a drawing without training again.
 */
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { fileURLToPath } from "node:url";

const LARGEST = 60_000; // bytes

const root = fileURLToPath(new URL("..", import.meta.url));
const known = readdirSync(join(root, "scripts/pictures"))
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -".mjs".length));
const asked = process.argv.slice(2);
const strange = asked.filter((name) => !known.includes(name));

if (strange.length > 0) {
  console.error(`No picture of ${strange.join(", ")}. There are: ${known.join(", ")}.`);
  process.exitCode = 1;
} else {
  for (const name of asked.length > 0 ? asked : known) await draw(name);
}

async function draw(name) {
  const start = performance.now();
  const { picture } = await import(`./pictures/${name}.mjs`);
  const png = await picture();
  const path = `docs/guide/families/${name}.png`;
  await writeFile(join(root, path), png);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${path}: ${(png.length / 1000).toFixed(1)} kB, ${seconds} s`);
  if (png.length > LARGEST) {
    console.error(`${path} is larger than ${LARGEST / 1000} kB: show less`);
    process.exitCode = 1;
  }
}
