/** Whether an output may be written over an input: a proof, for graphs that change large values. */
import { needs } from "./captures.ts";
import type { OnnxModel, OnnxNode } from "./messages.ts";

/** Their result may be their input's memory under another shape. */
const VIEWS = new Set(["Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten"]);
/** Each element of the result needs the same element of the input and no other. */
const ELEMENTWISE = new Set(["Add", "Sub", "Mul", "Div"]);

/**
 * True when, in whatever order a runtime takes the nodes, all that read `input` are done before
 * `output` is written: each is needed, by way of other nodes, to make the output, or makes it
 * element by element. Both must have the same shape.
 *
 * @example
 * mayOverwrite(model, "optimizer.0.first", "next.optimizer.0.first");
 */
export function mayOverwrite({ graph }: OnnxModel, input: string, output: string): boolean {
  const makers = new Map<string, OnnxNode>();
  for (const node of graph.nodes) for (const name of node.outputs) makers.set(name, node);
  const last = makers.get(output);
  if (last === undefined) return false;
  const before = ancestorsOf(last, makers);
  const same = new Set([input]);
  for (const node of graph.nodes) {
    const reads = [...needs(node)].some((name) => same.has(name));
    if (!reads) continue;
    // What reads the view reads the input.
    if (VIEWS.has(node.op)) for (const name of node.outputs) same.add(name);
    const inTime = node === last ? ELEMENTWISE.has(node.op) : before.has(node);
    if (!inTime) return false;
  }
  return graph.outputs.every(({ name }) => name === output || !same.has(name));
}

function ancestorsOf(node: OnnxNode, makers: ReadonlyMap<string, OnnxNode>): Set<OnnxNode> {
  const found = new Set<OnnxNode>();
  const queue = [node];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const name of needs(next)) {
      const maker = makers.get(name);
      if (maker === undefined || found.has(maker)) continue;
      found.add(maker);
      queue.push(maker);
    }
  }
  return found;
}
