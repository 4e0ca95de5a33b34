/** The principal components that every model file carries, as a model to hold it against. */
import { parseModelFile } from "../../../dist/model/file.js";

/** Images of pixels from 0 to 255, as they come back from the PCA in the model's file. */
export function throughPca(model, images) {
  const { mean, components, size } = parseModelFile(model.bytes(), "model").pca;
  const pixels = mean.length;
  const data = new Uint8Array(images.rows * pixels);
  for (let row = 0; row < images.rows; row++) {
    const x = Float64Array.from(mean, (value, at) => images.data[row * pixels + at] / 255 - value);
    const code = Array.from({ length: size }, (_, j) =>
      x.reduce((sum, value, at) => sum + value * components[at * size + j], 0),
    );
    for (let at = 0; at < pixels; at++) {
      const value = code.reduce((sum, c, j) => sum + c * components[at * size + j], mean[at]);
      data[row * pixels + at] = Math.round(255 * Math.min(1, Math.max(0, value)));
    }
  }
  return { ...images, data };
}
