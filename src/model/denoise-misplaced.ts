import { inputError } from "../base/errors.ts";

/** @param where the data that it is for */
export function misplaced(option: string, where: string, got: string) {
  return inputError("options.invalid", {
    place: option,
    expected: where,
    got,
    hint: "leave it out",
  });
}
