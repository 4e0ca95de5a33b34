/**
 * Rows that come one at a time as JSON → rows of the kind that a model takes, some at a time. What
 * a cell is follows from the model, since no later row can tell.
 */
import { inputError } from "../base/errors.ts";
import { WrongCell, booleanIn, labelFor, numberIn, shown, timeIn, wordFor } from "./json-cells.ts";
import type { LabelSchema } from "./labels.ts";
import { arrayFrom, imagesFrom, tableSource } from "./memory.ts";
import type { ColumnSchema, Schema, TableSchema } from "./preprocessing.ts";
import type { Column, Source } from "./source.ts";

export interface RowCollector {
  /** Rows collected so far. */
  readonly count: number;
  /**
   * @param value what a line of JSON says: an object for tables, numbers for arrays and images
   * @param place of the row, for messages
   * @throws `data.*` for a row that the model cannot take, which is then left out
   */
  add(value: unknown, place: string): void;
  /** The rows; nothing can be added after that. */
  take(): Source;
}

interface Taken {
  readonly schema: Schema;
  readonly label?: LabelSchema | undefined;
}

/**
 * @param most rows that may be added
 * @throws `data.kind` for models of series
 * @example
 * const rows = collectRows(model.info, 1);
 * rows.add(JSON.parse(line), "row 1");
 * const { alarms } = await model.score(rows.take());
 */
export function collectRows({ schema, label }: Taken, most: number): RowCollector {
  switch (schema.kind) {
    case "table":
      return tableRows(schema, label, most);
    case "array":
      return numberRows(schema.shape, label, most, {
        expected: "finite numbers, or null for missing",
        allowed: (value) => value === null || Number.isFinite(value),
        make: (data) => arrayFrom(data, schema.shape, { name: "rows" }),
      });
    case "images": {
      const { height, width, channels } = schema;
      return numberRows([height, width, channels], label, most, {
        expected: "whole numbers from 0 to 255",
        allowed: (value) =>
          Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255,
        make: (data) =>
          imagesFrom(Uint8Array.from(data), { height, width, channels, name: "rows" }),
      });
    }
    case "interactions":
      throw inputError("data.kind", {
        place: "rows one at a time",
        expected: "a model whose rows stand alone",
        got: "a model of interactions, whose rows are the histories of users",
        hint: "put the interactions into a file: ae recommend MODEL HISTORY, or ae score MODEL HISTORY",
      });
    case "series":
      throw inputError("data.kind", {
        place: "rows one at a time",
        expected: "a model of rows that stand for themselves",
        got: "one of series, whose points are scored by the windows that they are in",
        hint: "write the series to a file, and score that",
      });
  }
}

/** Writes one cell; throws what is wrong with it. */
type Cell = (row: number, value: unknown) => void;

interface ColumnInMaking {
  readonly name: string;
  readonly required: boolean;
  readonly put: Cell;
  take(rows: number): Column;
}

function tableRows(
  schema: TableSchema,
  label: LabelSchema | undefined,
  most: number,
): RowCollector {
  const columns = schema.columns.map((column) => columnOf(column, most));
  const labels =
    label === undefined ? undefined : wordColumn(label.name, label.required, most, labelFor(label));
  const all = labels === undefined ? columns : [...columns, labels];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add: (value, place) => {
      const row = recordOf(value, place, columns);
      for (const column of all) {
        const cell = row[column.name];
        if (cell === undefined && column.required) throw absent(column.name, place, row);
        try {
          column.put(count, cell);
        } catch (error) {
          if (!(error instanceof WrongCell)) throw error;
          throw inputError("data.column-type", {
            place: `${place}, column ${JSON.stringify(column.name)}`,
            expected: error.message,
            got: shown(cell),
            hint: "mend the value, or give null if it is not known",
          });
        }
      }
      count += 1;
    },
    take: () => {
      const table = {
        kind: "table" as const,
        rows: count,
        columns: all.map((column) => column.take(count)),
      };
      return tableSource(table, {
        name: "rows",
        ...(label === undefined ? {} : { label: label.name }),
      });
    },
  };
}

function recordOf(
  value: unknown,
  place: string,
  columns: readonly ColumnInMaking[],
): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  const [first] = columns;
  throw inputError("data.kind", {
    place,
    expected: `an object with a field a column, such as {${JSON.stringify(first?.name ?? "a")}: …}`,
    got: Array.isArray(value) ? "an array" : shown(value),
  });
}

function absent(name: string, place: string, row: Readonly<Record<string, unknown>>): Error {
  const fields = Object.keys(row)
    .slice(0, 12)
    .map((field) => JSON.stringify(field));
  return inputError("data.column-missing", {
    place,
    expected: `a field ${JSON.stringify(name)}, which no row of training lacked`,
    got: fields.length === 0 ? "none" : `fields ${fields.join(", ")}`,
    hint: "give null if its value is not known",
  });
}

function columnOf(column: ColumnSchema, most: number): ColumnInMaking {
  const { name, missing } = column;
  switch (column.role) {
    case "numeric":
      return numberColumn(name, "number", !missing, most, numberIn);
    case "datetime":
      return numberColumn(name, "datetime", !missing, most, timeIn);
    case "boolean":
      return numberColumn(name, "boolean", !missing, most, booleanIn);
    case "categorical":
      return wordColumn(name, !missing, most, wordFor(column.words));
  }
}

function numberColumn(
  name: string,
  type: "number" | "datetime" | "boolean",
  required: boolean,
  most: number,
  read: (value: unknown) => number,
): ColumnInMaking {
  const values = new Float64Array(most);
  return {
    name,
    required,
    put: (row, value) => {
      values[row] = read(value);
    },
    take: (rows) => ({ name, type, values: values.subarray(0, rows) }),
  };
}

function wordColumn(
  name: string,
  required: boolean,
  most: number,
  read: (value: unknown) => string | null,
): ColumnInMaking {
  const codes = new Int32Array(most);
  const places = new Map<string, number>();
  return {
    name,
    required,
    put: (row, value) => {
      const found = read(value);
      if (found === null) {
        codes[row] = -1;
        return;
      }
      const place = places.get(found) ?? places.size;
      if (place === places.size) places.set(found, place);
      codes[row] = place;
    },
    take: (rows) => ({
      name,
      type: "text",
      codes: codes.subarray(0, rows),
      dictionary: [...places.keys()],
    }),
  };
}

interface Numbers {
  readonly expected: string;
  readonly allowed: (value: unknown) => boolean;
  readonly make: (data: Float64Array) => Source;
}

function numberRows(
  shape: readonly number[],
  label: LabelSchema | undefined,
  most: number,
  { expected, allowed, make }: Numbers,
): RowCollector {
  if (label?.required === true) {
    throw inputError("data.labels", {
      place: "rows one at a time",
      expected: `a label beside each row, ${label.name}`,
      got: "numbers, which have no place for one",
      hint: "write the rows to a file, and score that with --label",
    });
  }
  const size = shape.reduce((product, one) => product * one, 1);
  let count = 0;
  const data = new Float64Array(most * size);
  return {
    get count() {
      return count;
    },
    add: (value, place) => {
      const numbers = Array.isArray(value) ? (value as unknown[]).flat(shape.length) : [value];
      if (numbers.length !== size) {
        throw inputError("data.length", {
          place,
          expected: `an array of ${shape.join(" × ")} numbers`,
          got: Array.isArray(value) ? String(numbers.length) : shown(value),
        });
      }
      const bad = numbers.findIndex((one) => !allowed(one));
      if (bad >= 0) {
        throw inputError("data.column-type", {
          place: `${place}, number ${bad + 1}`,
          expected,
          got: shown(numbers[bad]),
        });
      }
      for (const [i, one] of numbers.entries())
        data[count * size + i] = one === null ? Number.NaN : (one as number);
      count += 1;
    },
    take: () => make(data.subarray(0, count * size)),
  };
}
