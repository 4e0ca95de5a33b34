/**
 * What do handwritten digits look like to a variational autoencoder?
 *
 * Run it after `npm run build` with `node examples/images.ts` (Node 22.18 or newer, which
 * takes TypeScript as it is). For your own images, put a folder in place of "demo:digits".
 */
import { dense, openData, train, variational } from "autoencoders";

const digits = await openData("demo:digits");
const family = variational({ latent: 16, likelihood: "bernoulli", body: dense([256]) });
const model = await train(family, digits, {
  epochs: 4,
  seed: 1,
  // Typed by the family: it has the terms reconstruction and kl, and no others.
  on: ({ epoch, terms }) =>
    console.log(
      `epoch ${epoch}: reconstruction ${terms.reconstruction.toFixed(1)} nats, ` +
        `KL ${terms.kl.toFixed(1)} nats`,
    ),
});

const { metrics, verdict } = await model.evaluate(digits);
console.log(`\nELBO ${metrics["elbo"]?.toFixed(1)} nats an image. ${verdict}\n`);

// New digits, less daring than the model could be, drawn in the terminal.
const sheet = await model.generate(4, { seed: 3, temperature: 0.7 });
if (sheet.kind === "images") {
  const { rows, height, width, data } = sheet;
  for (let y = 0; y < height; y += 2) {
    const line = Array.from({ length: rows * width }, (_, i) => {
      const [image, x] = [Math.floor(i / width), i % width];
      return " .:-=+*#%@"[Math.floor((data[(image * height + y) * width + x] ?? 0) / 25.6)];
    });
    console.log(line.join(""));
  }
}
await model.close();
