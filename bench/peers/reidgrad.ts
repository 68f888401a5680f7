/** This project: one function, run eagerly or compiled. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { batch_hard_triplet_loss } from '@reidgrad/losses';
import { compile } from '@reidgrad/onnx-export/compile';
import { CONV, FEATURES, MARGIN } from './work.js';
import type { Library, Step } from './work.js';

type Calculation = (...inputs: Tensor[]) => Tensor[];
type Runner = (calculation: Calculation) => (...inputs: Tensor[]) => Tensor[] | Promise<Tensor[]>;

function stepOf(runner: Runner, calculation: Calculation, inputs: Tensor[]): Step {
  const run = runner(calculation);
  return async () =>
    (await run(...inputs)).map((result) => {
      const values = result.toTypedArray();
      if (!(values instanceof Float32Array)) throw new Error(`reidgrad: got ${result.dtype} results, expected float32`);
      return values;
    });
}

function library(runner: Runner): Library {
  return {
    triplet: ({ x, labels, rows }) => {
      const calculation: Calculation = (embeddings, ids) => {
        const loss = batch_hard_triplet_loss(ids, embeddings, MARGIN);
        return [loss, torch.autograd.grad(loss, [embeddings])[0]];
      };
      const embeddings = torch.from_numpy(x, [rows, FEATURES]).requires_grad_();
      return stepOf(runner, calculation, [embeddings, torch.from_numpy(labels, [rows])]);
    },
    matmul: ({ a, b, size }) =>
      stepOf(runner, (left, right) => [left.matmul(right)], [
        torch.from_numpy(a, [size, size]),
        torch.from_numpy(b, [size, size]),
      ]),
    forward: ({ x, weight }) => {
      const { batch, channels, height, width } = CONV;
      return stepOf(runner, (input, kernel) => [torch.nn.functional.conv2d(input, kernel, null, { padding: 1 })], [
        torch.from_numpy(x, [batch, channels, height, width]),
        torch.from_numpy(weight, [channels, channels, 3, 3]),
      ]);
    },
    conv: ({ x, weight, dy }) => {
      const { batch, channels, height, width } = CONV;
      const calculation: Calculation = (input, kernel, upstream) => {
        const value = torch.nn.functional.conv2d(input, kernel, null, { padding: 1 }).mul(upstream).sum();
        return [value, ...torch.autograd.grad(value, [input, kernel])];
      };
      return stepOf(runner, calculation, [
        torch.from_numpy(x, [batch, channels, height, width]).requires_grad_(),
        torch.from_numpy(weight, [channels, channels, 3, 3]).requires_grad_(),
        torch.from_numpy(dy, [batch, channels, height, width]),
      ]);
    },
  };
}

export const compiledCpu = library((fn) => compile(fn, { executionProviders: ['cpu'], threads: 2 }));
export const compiledWasm = library((fn) => compile(fn, { executionProviders: ['wasm'], threads: 1 }));
export const eager = library((fn) => fn);
