/** One case: everybody sits down, takes turns, and the turns become figures. */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openTalker } from "./process.ts";
import type { Figure } from "./summary.ts";
import { figureOf, figuresOf, ratioOf, turnOrder } from "./summary.ts";
import type { Measure, Measures, Missing, Player, Seat, Setup, SpeedCase } from "./types.ts";
import { OURS } from "./types.ts";

export interface PlayerResult {
  readonly name: string;
  readonly version?: string | undefined;
  readonly note?: string | undefined;
  readonly missing?: string;
  readonly figures: Readonly<Record<string, Figure>>;
  /** How many times better ours is, by measure. */
  readonly ratios: Readonly<Record<string, Figure>>;
}

export interface CaseResult {
  readonly about: string;
  readonly measures: readonly Measure[];
  readonly rounds: number;
  readonly quick: boolean;
  /** Matrix products of the machine, in floating-point operations a second. */
  readonly peak?: Figure;
  readonly players: readonly PlayerResult[];
}

const isMissing = (found: Seat | Missing): found is Missing => "missing" in found;

interface Table {
  readonly player: Player;
  readonly seat: Seat;
  turns: Measures[];
}

/** @param wanted tells which peers play; ours always does */
export async function runCase(
  { about, measures, rounds: usual, operations, players: list }: SpeedCase,
  setup: Setup,
  wanted: (peer: string) => boolean,
): Promise<CaseResult> {
  const rounds = setup.quick ? Math.min(2, usual) : usual;
  const players = (await list(setup)).filter(({ name }) => name === OURS || wanted(name));
  const seated: Table[] = [];
  const missing = new Map<string, string>();
  for (const player of players) {
    setup.tell(`${player.name} sits down`);
    const seat = await player.open();
    if (isMissing(seat)) missing.set(player.name, seat.missing);
    else seated.push({ player, seat, turns: [] });
    if (isMissing(seat)) setup.tell(`${player.name} is missing: ${seat.missing}`);
    else if (seat.note !== undefined) setup.tell(`${player.name}: ${seat.note}`);
  }
  const machine = operations === undefined ? undefined : await productSeat(setup.threads);
  const peaks: number[] = [];
  const failures = new Map<string, string>();
  for (const [round, order] of turnOrder(seated, rounds).entries()) {
    const peak = (await machine?.turn())?.["operations"];
    if (peak !== undefined) peaks.push(peak);
    for (const table of order) {
      const { player, seat } = table;
      if (failures.has(player.name)) continue;
      try {
        const turn = await seat.turn();
        const share =
          operations === undefined || peak === undefined || turn["speed"] === undefined
            ? {}
            : { share: (100 * turn["speed"] * operations) / peak };
        table.turns.push({ ...turn, ...share });
      } catch (error) {
        failures.set(player.name, (error as Error).message);
        setup.tell(`${player.name} failed: ${(error as Error).message}`);
      }
    }
    setup.tell(`round ${round + 1} of ${rounds}: ${seated.map(lastTurn(measures)).join("; ")}`);
  }
  await machine?.close();
  for (const table of seated) {
    const end = await table.seat.close();
    table.turns = table.turns.map((turn) => ({ ...end, ...turn }));
  }
  const ours = seated.find(({ player }) => player.name === OURS)?.turns ?? [];
  return {
    about,
    measures,
    rounds,
    quick: setup.quick,
    ...(peaks.length === 0 ? {} : { peak: figureOf(peaks) }),
    players: players.map(({ name }): PlayerResult => {
      const table = seated.find(({ player }) => player.name === name);
      const why = withoutFolders(missing.get(name) ?? failures.get(name));
      return {
        name,
        version: table?.seat.version,
        note: table?.seat.note,
        ...(why === undefined ? {} : { missing: why }),
        figures: figuresOf(table?.turns ?? []),
        ratios: name === OURS ? {} : ratiosOf(measures, ours, table?.turns ?? []),
      };
    }),
  };
}

/** What is kept and published names files, not where they lie. */
export function withoutFolders(text: string | undefined): string | undefined {
  return text?.replaceAll(/(?<=^|[\s'"(])(?:\/[^\s/:'"]+)+\//g, "");
}

function ratiosOf(
  measures: readonly Measure[],
  ours: readonly Measures[],
  peer: readonly Measures[],
): Readonly<Record<string, Figure>> {
  return Object.fromEntries(
    measures.flatMap((measure) => {
      const ratio = ratioOf(measure, ours, peer);
      return ratio === undefined ? [] : [[measure.key, ratio] as const];
    }),
  );
}

const lastTurn =
  ([first]: readonly Measure[]) =>
  ({ player, turns }: Table): string => {
    const value = first === undefined ? undefined : turns.at(-1)?.[first.key];
    return `${player.name} ${value === undefined ? "none" : Number(value.toPrecision(4))} ${first?.unit}`;
  };

async function productSeat(threads: number): Promise<Seat | undefined> {
  const program = fileURLToPath(new URL("./product.js", import.meta.url));
  const seat = await openTalker(
    [process.execPath, program, String(threads)],
    (answer): Measures => answer,
  );
  return isMissing(seat) ? undefined : seat;
}
