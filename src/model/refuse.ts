/** What models of interactions have no answer to, said the same way everywhere. */
import type { AutoencoderError } from "../base/errors.ts";
import { inputError } from "../base/errors.ts";

/** @param what was asked for, as `denoise` */
export function notOfChoices(place: string, what: string): AutoencoderError {
  return inputError("data.kind", {
    place,
    expected: `data that ${what} is for: a table, images, an array or series`,
    got: "interactions, whose rows say which items a user took",
    hint: "ask for items instead: ae recommend, or model.recommend in code",
  });
}
