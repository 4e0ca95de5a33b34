/** Names of tensors that a node reads, bodies included. */
import type { OnnxGraph, OnnxNode } from "./messages.ts";

/** The graphs among a node's attributes: the branches of `If`, the body of `Loop`. */
export function bodies(node: OnnxNode): { readonly name: string; readonly graph: OnnxGraph }[] {
  return Object.entries(node.attributes).flatMap(([name, attribute]) =>
    attribute.type === "graph" ? [{ name, graph: attribute.value }] : [],
  );
}

/** Every tensor a node needs: its inputs and what its bodies take from the graphs around them. */
export function needs(node: OnnxNode): Set<string> {
  const names = new Set(node.inputs);
  for (const { graph } of bodies(node)) {
    for (const name of captures(graph)) names.add(name);
  }
  names.delete("");
  return names;
}

/** Names a body uses without defining them. */
function captures(graph: OnnxGraph): Set<string> {
  const defined = new Set<string>();
  for (const { name } of graph.inputs) defined.add(name);
  for (const { name } of graph.initializers) defined.add(name);
  const outer = new Set<string>();
  const use = (name: string): void => {
    if (!defined.has(name)) outer.add(name);
  };
  for (const node of graph.nodes) {
    for (const name of needs(node)) use(name);
    for (const name of node.outputs) defined.add(name);
  }
  for (const { name } of graph.outputs) use(name);
  return outer;
}
