/** The models against their restatement in PyTorch: names, first weights, features, gradients. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import { resnet50 } from '@reidgrad/reid';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../goldens/load.js';
import type { GoldenArray, Tolerance } from '../goldens/load.js';
import {
  fill,
  lossOf,
  make,
  modelCases,
  pictures,
  sampleDifferences,
  sampleOf,
  stateCases,
  stateOf,
} from './goldens.js';
import type { Candidate, ModelCase, Sample } from './goldens.js';

const byName = modelCases.map((golden) => [golden.model, golden] as const);

function expectArray(actual: Tensor, expected: GoldenArray, tolerance: Tolerance, what: string): void {
  expectClose(
    { shape: actual.shape, data: Array.from(actual.detach().toTypedArray(), Number) },
    expected,
    tolerance,
    what,
  );
}

const samplesOf = (
  names: Iterable<string>,
  read: (name: string) => Tensor | null | undefined,
): Record<string, Sample> =>
  Object.fromEntries(
    [...names].flatMap((name): [string, Sample][] => {
      const value = read(name);
      return value === null || value === undefined ? [] : [[name, sampleOf(value)]];
    }),
  );

const gradientsOf = (candidate: Candidate, golden: ModelCase): Record<string, Sample> =>
  samplesOf(Object.keys(golden.train.gradients), (name) => candidate.model.get_parameter(name).grad);

const runningOf = (candidate: Candidate, golden: ModelCase): Record<string, Sample> => {
  const state = candidate.model.state_dict();
  return samplesOf(Object.keys(golden.train.running), (name) => state[name]);
};

describe('state_dict', () => {
  it.each(byName)('%s has the names and shapes of its origin, in order', (_, golden) => {
    expect(stateOf(make(golden.model, golden.classes, golden.width).model)).toEqual(golden.state);
  });

  it.each(stateCases)('$model has the names and shapes of torchvision, in order', ({ classes, state }) => {
    expect(stateOf(resnet50({ num_classes: classes }))).toEqual(state);
  });

  it.each(byName)('%s starts with the weights of its origin after the same seed', (_, golden) => {
    torch.manual_seed(7);
    const state = make(golden.model, golden.classes, golden.small.width).model.state_dict();
    const start = samplesOf(Object.keys(golden.small.start), (name) => state[name]);
    expect(sampleDifferences(start, golden.small.start, 1e-6)).toEqual([]);
  });

  it.each(byName)('%s tells to strip the prefix of DataParallel', (_, golden) => {
    const { model } = make(golden.model, golden.classes, golden.small.width);
    const state = model.state_dict();
    const wrapped = model.state_dict({ prefix: 'module.' });
    expect(() => model.load_state_dict(wrapped)).toThrow(
      "the keys match without their prefix 'module.', strip it before loading",
    );
    expect(model.load_state_dict(state)).toEqual({ missing_keys: [], unexpected_keys: [] });
  });
});

describe('in float64, eagerly', () => {
  it.each(byName)('%s gives features, gradients and running statistics of PyTorch', (_, golden) => {
    const candidate = fill(make(golden.model, golden.classes, golden.width), golden.model);
    candidate.model.double();
    const x = pictures(golden.model, 4).to('float64');
    candidate.model.eval();
    expectArray(
      torch.no_grad(() => candidate.evaluate(x)),
      golden.eval,
      { rtol: 1e-7, atol: 1e-8 },
      'eval',
    );
    candidate.model.train();
    const { features, loss } = lossOf(candidate, x);
    loss.backward();
    expect(Math.abs(loss.item() / golden.train.loss - 1)).toBeLessThan(1e-8);
    expectArray(features, golden.train.features, { rtol: 1e-7, atol: 1e-8 }, 'features');
    expect(sampleDifferences(gradientsOf(candidate, golden), golden.train.gradients, 1e-6)).toEqual([]);
    expect(sampleDifferences(runningOf(candidate, golden), golden.train.running, 1e-8)).toEqual([]);
  });
});

describe('in float32, compiled on the CPU provider', () => {
  // What PyTorch's own float32 reaches is printed by models.py: 1e-5 for features, about 1 % for gradients below many ReLUs.
  it.each(byName)('%s gives features, gradients and running statistics of PyTorch', async (_, golden) => {
    const candidate = fill(make(golden.model, golden.classes, golden.width), golden.model);
    const x = pictures(golden.model, 4);
    candidate.model.eval();
    const evaluate = compile((images: Tensor) => torch.no_grad(() => candidate.evaluate(images)), {
      executionProviders: ['cpu'],
    });
    expectArray(await evaluate(x), golden.eval, { rtol: 1e-4, atol: 1e-5 }, 'eval');
    await evaluate.dispose();
    candidate.model.train();
    const names = Object.keys(golden.train.gradients);
    const pass = compile(
      (images: Tensor) => {
        const { features, loss } = lossOf(candidate, images);
        return [
          features,
          loss,
          ...torch.autograd.grad(
            loss,
            names.map((name) => candidate.model.get_parameter(name)),
          ),
        ];
      },
      { executionProviders: ['cpu'] },
    );
    const [features, loss, ...grads] = await pass(x);
    await pass.dispose();
    expect(Math.abs(loss.item() / golden.train.loss - 1)).toBeLessThan(1e-4);
    expectArray(features, golden.train.features, { rtol: 1e-4, atol: 1e-4 }, 'features');
    const samples = samplesOf(names, (name) => grads[names.indexOf(name)]);
    expect(sampleDifferences(samples, golden.train.gradients, 2e-2)).toEqual([]);
    expect(sampleDifferences(runningOf(candidate, golden), golden.train.running, 1e-5)).toEqual([]);
  });
});
