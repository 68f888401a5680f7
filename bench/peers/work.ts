/** What every library computes: seeded inputs, and the answers checked in float64. */
import { generate } from '../../test/goldens/inputs.js';

export const MARGIN = 0.3;
export const FEATURES = 2048;
export const CONV = { batch: 8, channels: 64, height: 64, width: 32 };

/** The inputs of one case, row-major float32. */
export type Work =
  | { task: 'triplet'; rows: number; x: Float32Array; labels: Int32Array }
  | { task: 'matmul'; size: number; a: Float32Array; b: Float32Array }
  | { task: 'forward'; x: Float32Array; weight: Float32Array }
  | { task: 'conv'; x: Float32Array; weight: Float32Array; dy: Float32Array };

/**
 * One calculation, its results read back: [loss, dX] of `triplet`, [product] of `matmul`, [y] of `forward`, and of `conv`
 * [sum of y * dy, dX, dW] in the layouts NCHW and OIHW.
 */
export type Step = () => Promise<ArrayLike<number>[]>;

/** How a library does the cases; a task that it cannot express is missing. */
export type Library = { [T in Work['task']]?: (work: Extract<Work, { task: T }>) => Step | Promise<Step> };

/** What a worker prints: medians in milliseconds, of how many rounds (0: of the first call); or why not. */
export type Outcome = { wall: number; cpu: number; rounds: number; error: number | null } | { failed: string };

/** The cases in the order of the table. */
export const cases = [
  'triplet/64',
  'triplet/256',
  'triplet/1024',
  'matmul/512',
  'matmul/1024',
  'forward/64',
  'conv/64',
] as const;

function floats(key: string, length: number, limit: number): Float32Array {
  return Float32Array.from(generate({ shape: [length], low: -limit, high: limit }, `peers/${key}`));
}

/** The inputs of a case: the same numbers in every process. */
export function workOf(name: string): Work {
  const [task, text] = name.split('/');
  const size = Number(text);
  if (task === 'triplet') {
    const labels = Int32Array.from({ length: size }, (_, row) => row % (size / 4));
    return { task, rows: size, x: floats(name, size * FEATURES, 2), labels };
  }
  if (task === 'matmul') {
    return { task, size, a: floats('a', size * size, 1), b: floats('b', size * size, 1) };
  }
  const { batch, channels, height, width } = CONV;
  const area = batch * channels * height * width;
  const images = { x: floats('x', area, 1), weight: floats('weight', channels * channels * 9, 0.1) };
  return task === 'forward' ? { task, ...images } : { task: 'conv', ...images, dy: floats('dy', area, 1) };
}

/** 1 where two rows have the same label, else 0: [rows, rows]. */
export function sameLabel(labels: Int32Array): Float32Array {
  const rows = labels.length;
  return Float32Array.from({ length: rows * rows }, (_, at) =>
    labels[Math.floor(at / rows)] === labels[at % rows] ? 1 : 0,
  );
}

/** Largest difference over the largest magnitude expected, at the positions `expected` names. */
function errorAt(got: ArrayLike<number>, expected: Iterable<readonly [index: number, value: number]>): number {
  let difference = 0;
  let scale = 0;
  for (const [index, value] of expected) {
    const miss = Math.abs(got[index] - value);
    difference = Number.isNaN(miss) ? Infinity : Math.max(difference, miss);
    scale = Math.max(scale, Math.abs(value));
  }
  return difference / scale;
}

function tripletError(x: Float32Array, labels: Int32Array, [loss, gradient]: ArrayLike<number>[]): number {
  const rows = labels.length;
  const distances = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      let square = 0;
      for (let d = 0; d < FEATURES; d++) square += (x[i * FEATURES + d] - x[j * FEATURES + d]) ** 2;
      distances[i * rows + j] = distances[j * rows + i] = Math.sqrt(square);
    }
  }
  let sum = 0;
  const expected = new Float64Array(rows * FEATURES);
  for (let i = 0; i < rows; i++) {
    let positive = i;
    let negative = -1;
    for (let j = 0; j < rows; j++) {
      const distance = distances[i * rows + j];
      if (labels[i] === labels[j]) {
        if (distance > distances[i * rows + positive]) positive = j;
      } else if (negative < 0 || distance < distances[i * rows + negative]) negative = j;
    }
    const [far, near] = [distances[i * rows + positive], distances[i * rows + negative]];
    if (far - near + MARGIN <= 0) continue;
    sum += (far - near + MARGIN) / rows;
    for (let d = 0; d < FEATURES; d++) {
      const pull = (x[i * FEATURES + d] - x[positive * FEATURES + d]) / far / rows;
      const push = (x[i * FEATURES + d] - x[negative * FEATURES + d]) / near / rows;
      expected[i * FEATURES + d] += pull - push;
      expected[positive * FEATURES + d] -= pull;
      expected[negative * FEATURES + d] += push;
    }
  }
  return Math.max(errorAt(loss, [[0, sum]]), errorAt(gradient, expected.entries()));
}

function matmulError(a: Float32Array, b: Float32Array, n: number, [product]: ArrayLike<number>[]): number {
  const expected = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      for (let j = 0; j < n; j++) expected[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  return errorAt(product, expected.entries());
}

type Images = Extract<Work, { task: 'conv' }>;
type Numbers = ArrayLike<number>;

/** An element of an image tensor; 0 beyond its edges. */
function pixel(image: Float32Array, n: number, c: number, i: number, j: number): number {
  const { channels, height, width } = CONV;
  return i < 0 || j < 0 || i >= height || j >= width ? 0 : image[((n * channels + c) * height + i) * width + j];
}

/** 200 positions of an image tensor. */
function spots(): { n: number; c: number; i: number; j: number; index: number }[] {
  const { batch, channels, height, width } = CONV;
  return Array.from({ length: 200 }, (_, spot) => {
    const [n, c, i, j] = [spot % batch, (spot * 17) % channels, (spot * 29) % height, (spot * 11) % width];
    return { n, c, i, j, index: ((n * channels + c) * height + i) * width + j };
  });
}

function forwardError({ x, weight }: Pick<Images, 'x' | 'weight'>, [y]: Numbers[]): number {
  const { channels } = CONV;
  const expected = spots().map(({ n, c, i, j, index }): [number, number] => {
    let sum = 0;
    for (let k = 0; k < channels; k++) {
      for (let tap = 0; tap < 9; tap++) {
        sum += pixel(x, n, k, i + Math.floor(tap / 3) - 1, j + (tap % 3) - 1) * weight[(c * channels + k) * 9 + tap];
      }
    }
    return [index, sum];
  });
  return errorAt(y, expected);
}

/** 200 positions of each gradient; and the value, which is the sum of W * dW, as the convolution is linear in W. */
function convError({ x, weight, dy }: Images, [value, dx, dw]: Numbers[]): number {
  const { batch, channels, height, width } = CONV;
  const inputs = spots().map(({ n, c, i, j, index }): [number, number] => {
    let input = 0;
    for (let k = 0; k < channels; k++) {
      for (let tap = 0; tap < 9; tap++) {
        const [p, q] = [Math.floor(tap / 3), tap % 3];
        input += pixel(dy, n, k, i - p + 1, j - q + 1) * weight[(k * channels + c) * 9 + tap];
      }
    }
    return [index, input];
  });
  const weights = spots().map(({ c }, spot): [number, number] => {
    const [o, u, v] = [(spot * 23) % channels, spot % 3, Math.floor(spot / 3) % 3];
    let kernel = 0;
    for (let m = 0; m < batch; m++) {
      for (let p = 0; p < height; p++) {
        for (let q = 0; q < width; q++) kernel += pixel(dy, m, o, p, q) * pixel(x, m, c, p + u - 1, q + v - 1);
      }
    }
    return [((o * channels + c) * 3 + u) * 3 + v, kernel];
  });
  const sum = weight.reduce((total, w, index) => total + w * dw[index], 0);
  return Math.max(errorAt(value, [[0, sum]]), errorAt(dx, inputs), errorAt(dw, weights));
}

/** The largest relative error of a library's results. */
export function errorOf(work: Work, results: ArrayLike<number>[]): number {
  if (work.task === 'triplet') return tripletError(work.x, work.labels, results);
  if (work.task === 'matmul') return matmulError(work.a, work.b, work.size, results);
  return work.task === 'forward' ? forwardError(work, results) : convError(work, results);
}
