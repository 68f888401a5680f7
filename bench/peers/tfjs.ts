/** @tensorflow/tfjs, whose images are NHWC: inputs are permuted before the timed step. */
import { importPeer } from './peer.js';
import { CONV, FEATURES, MARGIN, sameLabel } from './work.js';
import type { Library, Step } from './work.js';

interface TfTensor {
  add(other: TfTensor | number): TfTensor;
  sub(other: TfTensor | number): TfTensor;
  mul(other: TfTensor | number): TfTensor;
  div(other: number): TfTensor;
  maximum(other: number): TfTensor;
  sum(axis?: number, keepDims?: boolean): TfTensor;
  max(axis: number): TfTensor;
  min(axis: number): TfTensor;
  square(): TfTensor;
  sqrt(): TfTensor;
  relu(): TfTensor;
  transpose(order?: number[]): TfTensor;
  matMul(other: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  data(): Promise<Float32Array>;
}

interface Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: Float32Array, shape: number[]): TfTensor;
  conv2d(x: TfTensor, filter: TfTensor, stride: number, padding: string): TfTensor;
  valueAndGrads(
    fn: (...inputs: TfTensor[]) => TfTensor,
  ): (inputs: TfTensor[]) => { value: TfTensor; grads: TfTensor[] };
  dispose(tensors: TfTensor[]): void;
}

async function readAndFree(tf: Tf, tensors: TfTensor[]): Promise<Float32Array[]> {
  const results = await Promise.all(tensors.map((tensor) => tensor.data()));
  tf.dispose(tensors);
  return results;
}

/** The library on one of its backends. */
export async function tfjs(backend: 'wasm' | 'cpu'): Promise<Library> {
  const tf = await importPeer<Tf>('@tensorflow/tfjs');
  if (backend === 'wasm') await importPeer('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs: backend ${backend} did not start`);
  await tf.ready();
  const { batch, channels, height, width } = CONV;
  const toNhwc = (values: Float32Array): TfTensor =>
    tf.tensor(values, [batch, channels, height, width]).transpose([0, 2, 3, 1]);
  const toFilter = (values: Float32Array): TfTensor =>
    tf.tensor(values, [channels, channels, 3, 3]).transpose([2, 3, 1, 0]);
  return {
    triplet: ({ x, labels, rows }): Step => {
      const same = tf.tensor(sameLabel(labels), [rows, rows]);
      const points = tf.tensor(x, [rows, FEATURES]);
      const step = tf.valueAndGrads((inputs) => {
        const squares = inputs.square().sum(1, true);
        const squared = squares.add(squares.transpose()).sub(inputs.matMul(inputs, false, true).mul(2));
        const distances = squared.maximum(1e-12).sqrt();
        const positive = distances.mul(same).max(1);
        const negative = distances.add(same.mul(1e9)).min(1);
        return positive.sub(negative).add(MARGIN).relu().sum().div(rows);
      });
      return () => {
        const { value, grads } = step([points]);
        return readAndFree(tf, [value, ...grads]);
      };
    },
    matmul: ({ a, b, size }): Step => {
      const [left, right] = [a, b].map((values) => tf.tensor(values, [size, size]));
      return () => readAndFree(tf, [left.matMul(right)]);
    },
    forward: ({ x, weight }): Step => {
      const [image, filter] = [toNhwc(x), toFilter(weight)];
      return () => readAndFree(tf, [tf.conv2d(image, filter, 1, 'same').transpose([0, 3, 1, 2])]);
    },
    conv: ({ x, weight, dy }): Step => {
      const upstream = toNhwc(dy);
      const inputs = [toNhwc(x), toFilter(weight)];
      const step = tf.valueAndGrads((image, filter) => tf.conv2d(image, filter, 1, 'same').mul(upstream).sum());
      // Permuting the gradients back costs little beside computing them, and the check wants NCHW.
      return () => {
        const { value, grads } = step(inputs);
        return readAndFree(tf, [value, grads[0].transpose([0, 3, 1, 2]), grads[1].transpose([3, 2, 0, 1])]);
      };
    },
  };
}
