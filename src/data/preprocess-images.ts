/** Images: bytes 0–255 in, numbers in [0, 1] for the network. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { input } from "../graph/value.ts";
import type { Value } from "../graph/value.ts";
import { numbersLayout } from "../losses/layout.ts";
import type { ImageSchema, Preprocessing } from "./preprocessing.ts";
import type { Images, Rows } from "./source.ts";
import { cast, mul } from "../ops/index.ts";

export function imagePreprocessing(schema: ImageSchema): Preprocessing {
  const { height, width, channels } = schema;
  const shape = [height, width, channels];

  function pixels(rows: Rows, place: string): Tensor {
    const images = requireImages(rows, schema, place);
    return tensor("uint8", images.data, [images.rows, ...shape]);
  }

  return {
    kind: "images",
    schema,
    layout: numbersLayout(shape, true),
    columns: [],
    partColumns: [],
    compact: { pixels: { dtype: "uint8", shape } },
    ingest: (rows, place) => ({ pixels: pixels(rows, place) }),
    batch: (compact) => ({ x: mul(cast(compact["pixels"] as Value, "float32"), 1 / 255) }),
    inputs: () => ({ image: input("image", "uint8", ["batch", ...shape]) }),
    compactFrom: (inputs) => ({ pixels: inputs["image"] as Value }),
    outputs: (features) => ({ reconstruction: mul(features, 255) }),
    feeds: (rows, place) => ({ image: pixels(rows, place) }),
    rows: (outputs, count): Images => ({
      kind: "images",
      rows: count,
      height,
      width,
      channels,
      // Typed arrays of clamped bytes round halves to even and cut at 0 and 255.
      data: new Uint8Array(
        Uint8ClampedArray.from((outputs["reconstruction"] as Tensor<"float32">).data).buffer,
      ),
    }),
  };
}

function requireImages(
  rows: Rows,
  { height, width, channels }: ImageSchema,
  place: string,
): Images {
  const expected = `images of ${width} × ${height} with ${channels} channel${channels === 1 ? "" : "s"}`;
  if (rows.kind !== "images") {
    throw inputError("data.kind", {
      place,
      expected,
      got: rows.kind === "table" ? "a table" : "an array",
    });
  }
  if (rows.height !== height || rows.width !== width || rows.channels !== channels) {
    throw inputError("data.size", {
      place,
      expected,
      got: `images of ${rows.width} × ${rows.height} with ${rows.channels}`,
      hint: `read them with --size ${width}x${height}`,
    });
  }
  return rows;
}
