/**
 * Worker threads and the tests of the public package load dist/. `npm test`
 * compiles it with types first; when vitest is started by hand, this writes the
 * stale JavaScript anew, file by file and without types, so that no test runs
 * yesterday's code. Declarations are left to `npm run build`.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));

const modified = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Returns the sources (relative to `src`) whose output was written. */
export function refresh(src: string, dist: string): readonly string[] {
  const stale = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (path) =>
      path.endsWith(".ts") &&
      !path.endsWith(".test.ts") &&
      modified(join(src, path)) > modified(join(dist, path.replace(/ts$/, "js"))),
  );
  for (const path of stale) {
    const { outputText } = ts.transpileModule(readFileSync(join(src, path), "utf8"), {
      fileName: path,
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    const output = join(dist, path.replace(/ts$/, "js"));
    mkdirSync(dirname(output), { recursive: true });
    // Renamed into place: another test run may be reading the old file.
    const partial = `${output}.${process.pid}`;
    writeFileSync(partial, outputText);
    renameSync(partial, output);
  }
  return stale;
}

export function setup(): void {
  const stale = refresh(join(root, "src"), join(root, "dist"));
  if (stale.length > 0) {
    console.warn(`dist/ was older than src/: ${stale.length} files compiled without types.`);
  }
}
