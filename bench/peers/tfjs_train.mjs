/**
 * TensorFlow.js with its wasm backend, under Node: `node tfjs_train.mjs CASE.json`. Data resident as
 * float32, a permutation an epoch and a gather a step; the optimizer is its own Adam.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

const tell = (words) => process.stdout.write(`${JSON.stringify(words)}\n`);
const { network, data, batch, threads, seconds } = JSON.parse(
  readFileSync(process.argv[2], "utf8"),
);
const { tf, wasm, folder } = await packages();

async function packages() {
  const { resolve } = createRequire(import.meta.url);
  try {
    // Its modules for Node, which have no file extensions in their imports, load as CommonJS alone.
    const require = createRequire(import.meta.url);
    return {
      tf: require("@tensorflow/tfjs"),
      wasm: require("@tensorflow/tfjs-backend-wasm"),
      folder: dirname(resolve("@tensorflow/tfjs-backend-wasm")),
    };
  } catch (error) {
    tell({ missing: `${error.message.split("\n")[0]}: npm ci --prefix bench/peers` });
    process.exit();
  }
}

const activations = { silu: (x) => tf.mul(x, tf.sigmoid(x)), relu: tf.relu };

function layer(inputs, outputs) {
  const weight = tf.variable(tf.randomNormal([inputs, outputs], 0, 1 / Math.sqrt(inputs)));
  const bias = tf.variable(tf.zeros([outputs]));
  return (x) => tf.add(tf.matMul(x, weight), bias);
}

/** Layers between the sizes, each but the last with its activation. */
function stack(sizes, activate) {
  const layers = sizes.slice(1).map((size, i) => layer(sizes[i], size));
  return (x) =>
    layers.reduce((at, apply, i) => {
      const y = apply(at);
      return i < layers.length - 1 ? activate(y) : y;
    }, x);
}

/** Sum over a row's numbers, mean over the rows. */
const total = (losses, rows) => tf.div(tf.sum(losses), rows);

const networks = {
  dense: ({ sizes, activation }) => {
    const half = Math.floor(sizes.length / 2);
    const encode = stack(sizes.slice(0, half + 1), activations[activation]);
    const decode = stack(sizes.slice(half), activations[activation]);
    return (x) => total(tf.square(tf.sub(decode(encode(x)), x)), batch);
  },

  variational: ({ features, hidden, latent, activation }) => {
    const encode = stack([features, ...hidden, 2 * latent], activations[activation]);
    const decode = stack([latent, ...hidden.toReversed(), features], activations[activation]);
    return (x) => {
      const [mu, raw] = tf.split(encode(x), 2, 1);
      const logVar = tf.clipByValue(raw, -20, 10);
      const noise = tf.randomNormal([batch, latent]);
      const logits = decode(tf.add(mu, tf.mul(tf.exp(tf.div(logVar, 2)), noise)));
      // softplus(logit) − x · logit, written so that no exponential overflows.
      const softplus = tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
      const nats = tf.sub(softplus, tf.mul(x, logits));
      const kl = tf.sub(tf.add(tf.square(mu), tf.exp(logVar)), tf.add(logVar, 1));
      return tf.add(total(nats, batch), tf.mul(total(kl, batch), 0.5));
    };
  },

  conv: ({ image, channels, latent }) => {
    const counts = [image[2], ...channels];
    const sizes = [image.slice(0, 2)];
    for (const _ of channels) sizes.push(sizes.at(-1).map((n) => Math.ceil(n / 2)));
    const kernels = (i) => {
      const [inputs, outputs] = [counts[i], counts[i + 1]];
      const shape = [3, 3, inputs, outputs];
      return tf.variable(tf.randomNormal(shape, 0, 1 / Math.sqrt(9 * inputs)));
    };
    const down = channels.map((_, i) => kernels(i));
    const up = channels.map((_, i) => kernels(i));
    const downBias = channels.map((count) => tf.variable(tf.zeros([count])));
    const upBias = channels.map((_, i) => tf.variable(tf.zeros([counts[i]])));
    const [height, width] = sizes.at(-1);
    const depth = channels.at(-1);
    const encode = layer(height * width * depth, latent);
    const start = layer(latent, height * width * depth);
    return (rows) => {
      const x = tf.reshape(rows, [batch, ...image]);
      let y = x;
      for (const [i, kernel] of down.entries())
        y = tf.relu(tf.add(tf.conv2d(y, kernel, 2, "same"), downBias[i]));
      y = tf.relu(start(encode(tf.reshape(y, [batch, height * width * depth]))));
      y = tf.reshape(y, [batch, height, width, depth]);
      for (let i = channels.length - 1; i >= 0; i -= 1) {
        const shape = [batch, ...sizes[i], counts[i]];
        y = tf.add(tf.conv2dTranspose(y, up[i], shape, 2, "same"), upBias[i]);
        if (i > 0) y = tf.relu(y);
      }
      return total(tf.square(tf.sub(y, x)), batch);
    };
  },

  sequence: ({ window, channels, widths, span, kernel, latent }) => {
    const places = window / span;
    const [first, last] = [widths[0], widths.at(-1)];
    const inwards = [first, ...widths];
    const outwards = [last, ...widths.toReversed()];
    // No gradients of convolutions: shifted places side by side, times a matrix.
    const convolution = (inputs, outputs, dilation) => {
      const apply = layer(kernel * inputs, outputs);
      const reach = dilation * Math.floor(kernel / 2);
      return (x) => {
        const padded = tf.pad(x, [
          [0, 0],
          [reach, reach],
          [0, 0],
        ]);
        const shifted = Array.from({ length: kernel }, (_, k) =>
          tf.slice(padded, [0, k * dilation, 0], [batch, places, inputs]),
        );
        const rows = tf.reshape(tf.concat(shifted, 2), [batch * places, kernel * inputs]);
        const y = activations.silu(tf.reshape(apply(rows), [batch, places, outputs]));
        return inputs === outputs ? tf.add(x, y) : y;
      };
    };
    const stack1d = (sizes, reaches) =>
      reaches.map((dilation, i) => convolution(sizes[i], sizes[i + 1], dilation));
    const reaches = widths.map((_, i) => 2 ** i);
    const begin = layer(span * channels, first);
    const down = stack1d(inwards, reaches);
    const encode = layer(places * last, latent);
    const start = layer(latent, places * last);
    const up = stack1d(outwards, reaches.toReversed());
    const end = layer(first, span * channels);
    return (rows) => {
      const x = tf.reshape(rows, [batch * places, span * channels]);
      let y = tf.reshape(begin(x), [batch, places, first]);
      for (const apply of down) y = apply(y);
      y = activations.silu(start(encode(tf.reshape(y, [batch, places * last]))));
      y = tf.reshape(y, [batch, places, last]);
      for (const apply of up) y = apply(y);
      const output = end(tf.reshape(y, [batch * places, first]));
      return total(tf.square(tf.sub(output, x)), batch);
    };
  },
};

function readRows() {
  const bytes = readFileSync(data.file);
  const width = data.shape.reduce((product, n) => product * n, 1);
  const values =
    data.type === "uint8"
      ? Float32Array.from(bytes, (byte) => byte / 255)
      : new Float32Array(Uint8Array.from(bytes).buffer);
  return tf.tensor2d(values, [data.rows, width]);
}

function shuffled(count) {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i -= 1) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

wasm.setWasmPaths(`${join(folder, "/")}`);
wasm.setThreadsCount(threads);
await tf.setBackend("wasm");
await tf.ready();

const make = networks[network.name];
if (make === undefined) {
  tell({ missing: `no gradients for ${network.name} in TensorFlow.js` });
  process.exit();
}
const loss = make(network);
const rows = readRows();
const adam = tf.train.adam(1e-3);
const stepsAnEpoch = data.rows / batch;

function step(order, i) {
  tf.tidy(() => {
    const places = tf.tensor1d(order.subarray(i * batch, (i + 1) * batch), "int32");
    adam.minimize(() => loss(tf.gather(rows, places)));
  });
}

/** Steps, epoch after epoch, until the time has passed. */
function turn(limit) {
  const began = performance.now();
  const { user, system } = process.cpuUsage();
  let steps = 0;
  for (;;) {
    const order = shuffled(data.rows);
    for (let i = 0; i < stepsAnEpoch; i += 1) {
      step(order, i);
      steps += 1;
      const took = (performance.now() - began) / 1000;
      if (took < limit) continue;
      const now = process.cpuUsage();
      return {
        steps,
        seconds: took,
        processor: (now.user - user + now.system - system) / 1e6,
      };
    }
  }
}

try {
  turn(0);
} catch (error) {
  tell({ missing: `TensorFlow.js cannot train it: ${error.message.split("\n")[0]}` });
  process.exit();
}
const used = tf.env().getBool("WASM_HAS_MULTITHREAD_SUPPORT") ? threads : 1;
tell({ ready: { version: `tfjs ${tf.version.tfjs}`, way: `${used} threads` } });
for await (const _line of createInterface({ input: process.stdin })) tell(turn(seconds));
process.exit();
