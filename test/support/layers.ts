/** Which folder of src/ may import which. */
import { isBuiltin } from "node:module";
import { posix } from "node:path";
import ts from "typescript";

/** A folder imports itself or folders before it. */
const ORDER = [
  "base",
  "onnx",
  "graph",
  "ops",
  "autodiff",
  "random",
  "nn",
  "losses",
  "optim",
  "bodies",
  "families",
  "codec",
  "exact",
  "runtime",
  "data",
  "train",
  "evaluate",
  "detect",
  "report",
  "model",
  "uses",
  "cli",
];

/** Folders before this one are values to values: no Node, no DOM, no engine. */
const FIRST_EDGE = ORDER.indexOf("runtime");

/**
 * Checks sources, keyed by path relative to src/ with forward slashes.
 * Returns a sentence a violation, empty when all is well.
 */
export function layerViolations(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([path, text]) => {
    if (path === "index.ts") return contentsViolations(text);
    const [folder, ...rest] = path.split("/");
    if (folder === undefined || rest.length === 0) {
      return [`src/${path}: only index.ts stands outside the folders`];
    }
    if (!ORDER.includes(folder)) {
      return [`src/${path}: ${folder} is no layer; add it to the order in test/support/layers.ts`];
    }
    return importsOf(text).flatMap((name) => {
      const problem = name.startsWith(".")
        ? relativeProblem(path, folder, posix.join(posix.dirname(path), name))
        : packageProblem(path, folder, name);
      return problem === undefined ? [] : [`src/${path} imports ${problem}`];
    });
  });
}

function importsOf(text: string): string[] {
  return ts.preProcessFile(text, true, true).importedFiles.map((file) => file.fileName);
}

function relativeProblem(path: string, folder: string, target: string): string | undefined {
  // Inner tests run what they build, so they may look below their folder.
  if (path.endsWith(".test.ts")) return undefined;
  if (target.endsWith(".test.ts")) return `src/${target}: a source may not import a test`;
  if (target.startsWith("..")) return `${target}: a source stays within src`;
  const [targetFolder = "", ...rest] = target.split("/");
  if (rest.length === 0) {
    return folder === "cli"
      ? undefined
      : `src/${target}: only cli may import the table of contents`;
  }
  if (!ORDER.includes(targetFolder)) return `src/${target}: ${targetFolder} is no layer`;
  return ORDER.indexOf(targetFolder) <= ORDER.indexOf(folder)
    ? undefined
    : `src/${target}: ${folder} may not import ${targetFolder}, which is below it`;
}

function packageProblem(path: string, folder: string, name: string): string | undefined {
  if (name.startsWith("onnxruntime") && folder !== "runtime") return `${name}: only runtime may`;
  const core = ORDER.indexOf(folder) < FIRST_EDGE && !path.endsWith(".test.ts");
  return core && isBuiltin(name) ? `${name}: ${folder} is core and runs anywhere` : undefined;
}

function contentsViolations(text: string): string[] {
  const file = ts.createSourceFile("index.ts", text, ts.ScriptTarget.ESNext);
  return file.statements
    .filter((node) => !ts.isExportDeclaration(node) || node.moduleSpecifier === undefined)
    .map((node) => {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      return `src/index.ts:${line + 1}: the table of contents holds only \`export … from\``;
    });
}
