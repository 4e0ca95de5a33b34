/** Where the peers' programs lie: the sources are run as they are, next to no build of ours. */
import process from "node:process";
import { join } from "node:path";

export function peerFile(name: string): string {
  return join(process.cwd(), "bench/peers", name);
}
