import { expect, test } from "vitest";
import { createTerminal, printable } from "./terminal.ts";

function streams({ tty = false, columns = 40 } = {}) {
  const written = { out: "", err: "" };
  const stream = (to: "out" | "err") => ({
    isTTY: tty,
    columns,
    write: (data: string | Uint8Array, done?: (error?: Error | null) => void) => {
      written[to] += String(data);
      done?.();
      return true;
    },
  });
  return { written, out: stream("out"), err: stream("err") };
}

test("results and words go their own ways", async () => {
  const { written, out, err } = streams();
  const terminal = createTerminal(out, err, {});
  terminal.status("not shown where nobody looks");
  terminal.say("words");
  await terminal.out("result");
  expect(written).toEqual({ out: "result", err: "words\n" });
});

test("the status line is cut to the width and gives way to words", () => {
  const { written, out, err } = streams({ tty: true, columns: 10 });
  const terminal = createTerminal(out, err, {});
  terminal.status("0123456789abc");
  terminal.say("done");
  expect(written.err).toBe("\r\u001b[2K01234567…\r\u001b[2Kdone\n");
});

test("a terminal that does not tell its width has 80 columns", () => {
  const { written, out, err } = streams({ tty: true, columns: 0 });
  createTerminal(out, err, {}).status("x".repeat(100));
  expect(written.err).toBe(`\r\u001b[2K${"x".repeat(78)}…`);
});

test.each([
  [{ tty: true }, {}, true],
  [{ tty: true }, { NO_COLOR: "1" }, false],
  [{ tty: true }, { TERM: "dumb" }, false],
  [{ tty: false }, {}, false],
  [{ tty: false }, { FORCE_COLOR: "1" }, true],
])("colours, for %j and %j: %j", (kind, env, expected) => {
  const { out, err } = streams(kind);
  const terminal = createTerminal(out, err, env);
  expect(terminal.colors.isColorSupported).toBe(expected);
  expect(terminal.outColors.isColorSupported).toBe(expected);
});

test("a closed pipe rejects", async () => {
  const { err } = streams();
  const closed = {
    write: (_data: string | Uint8Array, done?: (error?: Error | null) => void) => {
      done?.(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      return false;
    },
  };
  await expect(createTerminal(closed, err, {}).out("x")).rejects.toThrow("EPIPE");
});

test("names cannot take over the terminal", () => {
  expect(printable("\u001b[31mred\u001b[39m\nnext")).toBe("\u001b[31mred\u001b[39m\nnext");
  expect(printable("a\u001b]0;title\u0007b\u001b[2Jc\rd\te\u009b")).toBe("a�]0;title�b�[2Jc�d e�");
});
