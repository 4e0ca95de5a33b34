/** What a case of the benchmark is: measures, and players who take turns at the same work. */

/** Numbers of one turn, by the keys of the case's measures. */
export type Measures = Readonly<Record<string, number>>;

export interface Measure {
  readonly key: string;
  readonly title: string;
  /** `""` for shares and scores. */
  readonly unit: "steps/s" | "rows/s" | "s" | "ms" | "MB" | "%" | "";
  /** For the terminal alone. */
  readonly aside?: true;
  /** Which of two values is better; absent: neither, it is shown beside. */
  readonly better?: "more" | "less";
}

/** A player who has sat down: started, warmed up. */
export interface Seat {
  readonly version?: string | undefined;
  /** Which way of doing the work it chose, and the like. */
  readonly note?: string | undefined;
  turn(): Promise<Measures>;
  /** Ends it; gives what is known at the end alone, as peak memory. */
  close(): Promise<Measures>;
}

/** Why a player does not play. */
export interface Missing {
  readonly missing: string;
}

export interface Player {
  readonly name: string;
  open(): Promise<Seat | Missing>;
}

export interface Setup {
  /** Of the case. */
  readonly name: string;
  /** An empty folder for files of this run; removed at the end. */
  readonly folder: string;
  readonly threads: number;
  /** Small runs, to see that everything works: their figures mean little. */
  readonly quick: boolean;
  readonly python: string;
  readonly tell: (text: string) => void;
}

export interface SpeedCase {
  readonly about: string;
  /** The first is the one that the ratios of the summary are of. */
  readonly measures: readonly Measure[];
  readonly rounds: number;
  /** Floating-point operations of the matrix products of one step: the share of peak is shown. */
  readonly operations?: number;
  /** The first is ours. @throws `NoData` when files are missing that nobody can make */
  readonly players: (setup: Setup) => Promise<readonly Player[]>;
}

export const OURS = "autoencoders";
