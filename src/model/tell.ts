/** What `train` says before it starts. */
import { counted } from "../base/counted.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { Source } from "../data/source.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Plan } from "./prepare.ts";

/** What a row is, where it is called by another name. */
const ROWS: Partial<Record<Schema["kind"], string>> = { series: "window", interactions: "user" };

/** Says what was decided without being asked. */
export function tell(
  note: ((text: string) => void) | undefined,
  source: Source,
  { network, settings, material }: Plan,
): void {
  if (note === undefined) return;
  const { family, body, latent, preprocessing, label } = network;
  const { schema, layout } = preprocessing;
  for (const text of source.notes) note(text);
  if (schema.kind === "table") {
    const counts = ["numeric", "categorical", "boolean", "datetime"]
      .map(
        (role) => [role, schema.columns.filter((column) => column.role === role).length] as const,
      )
      .filter(([, count]) => count > 0)
      .map(([role, count]) => `${count} ${role}`)
      .join(", ");
    note(`${counted(schema.columns.length, "column")}: ${counts}`);
    for (const { name, reason } of schema.leftOut) note(`left out "${name}": ${reason}`);
  }
  const held = material.split.validation.length;
  const rows = ROWS[schema.kind] ?? "row";
  note(`${counted(material.training, rows)} to train on, ${held.toLocaleString("en")} held out`);
  if (label !== undefined) note(`label "${label.name}": ${counted(label.classes.length, "class")}`);
  note(
    `${family.name} autoencoder, ${body.name} body, ${counted(featuresOf(layout), schema.kind === "interactions" ? "item" : "feature")} to ${latent} and back`,
  );
  const limit =
    settings.time === undefined ? counted(settings.epochs, "epoch") : `${settings.time} s`;
  note(`at most ${limit}, in batches of ${settings.batch}`);
}
