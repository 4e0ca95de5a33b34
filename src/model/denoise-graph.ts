/** What the ways to denoise have in common. */
import { inputError } from "../base/errors.ts";
import { writeModel } from "../onnx/write.ts";
import type { Session } from "../runtime/engine.ts";
import type { Inner } from "./runner.ts";

/** A graph of our own beside the file's, opened once. */
export function opened(
  inner: Inner,
  sessions: Map<string, Promise<Session>>,
  key: string,
  make: () => Parameters<typeof writeModel>[0],
): Promise<Session> {
  const known = sessions.get(key);
  if (known !== undefined) return known;
  const session = inner.engine().open(writeModel(make()));
  sessions.set(key, session);
  return session;
}

/** @param where data that the option is for */
export function misplaced(option: string, where: string, got: string) {
  return inputError("options.invalid", {
    place: option,
    expected: where,
    got,
    hint: "leave it out",
  });
}
