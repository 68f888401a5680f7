/** Every op on every sample on WebGPU in Node, in sessions that may not fall back to the CPU. */
import type { DType, OpName, Shape } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { float64CasesOf, parityOps } from '../parity/cases.js';
import type { ParityCase } from '../parity/cases.js';
import { differencesAt } from '../parity/places.js';
import { complaintAbout, tryOp, unneededTolerances } from '../parity/parity.js';
import { keepDevice } from './keep-device.js';

keepDevice();

describe('every op on WebGPU', () => {
  it.each(parityOps)('%s equals its kernel, or its exception says why not', async (op) => {
    const outcomes = await tryOp(op, 'webgpu');
    expect(outcomes.map(({ dtype }) => dtype)).toContain(float64CasesOf(op).length > 0 ? 'float64' : outcomes[0].dtype);
    expect(outcomes.flatMap((outcome) => complaintAbout(outcome) ?? [])).toEqual([]);
    expect(unneededTolerances(outcomes)).toEqual([]);
  });
});

describe('ways of broadcasting on one WebGPU device', () => {
  const pairs: readonly [Shape, Shape][] = [
    [
      [4, 4, 1],
      [4, 1, 4],
    ],
    [
      [4, 1, 4],
      [4, 4, 4],
    ],
    [
      [4, 4, 4],
      [4, 1, 4],
    ],
    [
      [4, 4, 4],
      [4, 4, 4],
    ],
    [
      [4, 4, 4],
      [1, 4, 4],
    ],
    [
      [4, 4, 4],
      [4, 4, 1],
    ],
    [
      [4, 4],
      [4, 1],
    ],
    [
      [4, 1],
      [4, 4],
    ],
    [[4], [4, 4, 4]],
  ];
  const ops: readonly [OpName, DType, number][] = [
    ['logical_and', 'bool', 2],
    ['logical_or', 'bool', 2],
    ['logical_xor', 'bool', 2],
    ['eq', 'int64', 2],
    ['gt', 'float32', 2],
    ['mul', 'float32', 2],
  ];

  // ONNX Runtime's And took the first shader for all of them.
  it.each(ops)('%s gives the same in one session and one after the other', async (op, dtype, high) => {
    const cases = pairs.map(([a, b]): ParityCase => {
      const ins = [a, b].map((shape) => ({ shape, dtype, low: 0, high }));
      return { dtype, case: { op, sample: { name: `${a.join()} and ${b.join()}`, ins, attrs: {} } } };
    });
    const together = await differencesAt('webgpu', cases);
    const all = [...together];
    for (const one of cases) all.push(...(await differencesAt('webgpu', [one])));
    expect(all.filter(({ difference }) => !(difference <= 1e-6)).map(({ what }) => what)).toEqual([]);
  });
});
