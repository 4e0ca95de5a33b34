/** What the figures were measured on; nothing by which the machine itself could be told. */
import { availableParallelism, cpus, totalmem, type } from "node:os";
import process from "node:process";

export function machineWords(): string {
  const model = (cpus()[0]?.model ?? "unknown processor").replaceAll(/\((R|TM)\)/g, "").trim();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores of ${model}, ${memory} GB, ${type()} ${process.arch}, Node ${process.versions.node}`;
}
