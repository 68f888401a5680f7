/** @jax-js/jax on wasm. Its arrays are owned: a value used again is passed as `.ref`. */
import { importPeer } from './peer.js';
import { CONV, FEATURES, MARGIN, sameLabel } from './work.js';
import type { Library, Step } from './work.js';

interface JaxArray {
  ref: JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: number): JaxArray;
  sum(axis?: number, options?: { keepdims: boolean }): JaxArray;
  transpose(): JaxArray;
  data(): Promise<Float32Array>;
}

type Parameters = Record<string, JaxArray>;
type WithGradient<X, G> = (x: X, constant: JaxArray) => [value: JaxArray, gradient: G];

interface Jax {
  init(backend: string): Promise<unknown>;
  defaultDevice(backend: string): void;
  jit<F>(fn: F): F;
  valueAndGrad<X>(fn: (x: X, constant: JaxArray) => JaxArray): WithGradient<X, X>;
  numpy: {
    array(values: Float32Array, options: { shape: number[] }): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    maximum(x: JaxArray, limit: number): JaxArray;
    max(x: JaxArray, axis: number): JaxArray;
    min(x: JaxArray, axis: number): JaxArray;
  };
  nn: { relu(x: JaxArray): JaxArray };
  lax: { convGeneralDilated(x: JaxArray, w: JaxArray, strides: number[], padding: number[][]): JaxArray };
}

/** The library on wasm; `traced` through its `jit`. */
export async function jaxWasm(traced: boolean): Promise<Library> {
  const jax = await importPeer<Jax>('@jax-js/jax');
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  const np = jax.numpy;
  const { batch, channels, height, width } = CONV;
  const padding = [
    [1, 1],
    [1, 1],
  ];
  const wrap = <F>(fn: F): F => (traced ? jax.jit(fn) : fn);
  return {
    triplet: ({ x, labels, rows }): Step => {
      const step = wrap(
        jax.valueAndGrad((points: JaxArray, same: JaxArray) => {
          const squares = np.square(points.ref).sum(1, { keepdims: true });
          const products = np.matmul(points.ref, points.transpose());
          const squared = squares.ref.add(squares.transpose()).sub(products.mul(2));
          const distances = np.sqrt(np.maximum(squared, 1e-12));
          const positive = np.max(distances.ref.mul(same.ref), 1);
          const negative = np.min(distances.add(same.mul(1e9)), 1);
          return jax.nn.relu(positive.sub(negative).add(MARGIN)).sum().div(rows);
        }),
      );
      const points = np.array(x, { shape: [rows, FEATURES] });
      const same = np.array(sameLabel(labels), { shape: [rows, rows] });
      return async () => {
        const [value, gradient] = step(points.ref, same.ref);
        return [await value.data(), await gradient.data()];
      };
    },
    matmul: ({ a, b, size }): Step => {
      const multiply = wrap((left: JaxArray, right: JaxArray) => np.matmul(left, right));
      const [left, right] = [a, b].map((values) => np.array(values, { shape: [size, size] }));
      return async () => [await multiply(left.ref, right.ref).data()];
    },
    forward: ({ x, weight }): Step => {
      const convolve = wrap((image: JaxArray, filter: JaxArray) =>
        jax.lax.convGeneralDilated(image, filter, [1, 1], padding),
      );
      const image = np.array(x, { shape: [batch, channels, height, width] });
      const filter = np.array(weight, { shape: [channels, channels, 3, 3] });
      return async () => [await convolve(image.ref, filter.ref).data()];
    },
    conv: ({ x, weight, dy }): Step => {
      const step = wrap(
        jax.valueAndGrad((inputs: Parameters, upstream: JaxArray) =>
          jax.lax.convGeneralDilated(inputs.x, inputs.weight, [1, 1], padding).mul(upstream).sum(),
        ),
      );
      const input = np.array(x, { shape: [batch, channels, height, width] });
      const kernel = np.array(weight, { shape: [channels, channels, 3, 3] });
      const upstream = np.array(dy, { shape: [batch, channels, height, width] });
      return async () => {
        const [value, gradients] = step({ x: input.ref, weight: kernel.ref }, upstream.ref);
        return [await value.data(), await gradients.x.data(), await gradients.weight.data()];
      };
    },
  };
}
