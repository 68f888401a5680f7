/** Functions over a dynamic axis: exported once, run at another size. */
import * as torch from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as onnx from '../export/index.js';

const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  topk: (x) => torch.topk(x, 2, 1).values,
  'topk, indices': (x) => torch.topk(x, 2, 1).indices,
  sort: (x) => torch.sort(x, 0).values,
  'argsort of integers': (x) => torch.argsort(x.mul(100).int(), 0, true),
  'median over the axis': (x) => torch.median(x, 0).values,
  median: (x) => torch.median(x, 1).values,
  tril: (x) => torch.tril(x.mm(x.t())),
  triu: (x) => torch.triu(x.mm(x.t()), 1),
  trace: (x) => torch.trace(x.mm(x.t())),
  diag: (x) => torch.diag(x.mm(x.t())),
  'diag of a vector': (x) => torch.diag(x.select(1, 0)),
  cdist: (x) => torch.cdist(x, x.mul(2), 2, { compute_mode: 'donot_use_mm_for_euclid_dist' }),
  einsum: (x) => torch.einsum('ij,kj->ik', x, x),
  meshgrid: (x) => torch.meshgrid([x.select(1, 0), x.select(1, 1)])[1],
  repeat_interleave: (x) => torch.repeat_interleave(x, 2, 0),
  renorm: (x) => torch.renorm(x, 2, 0, 1),
  'clamp by the size': (x) => x.mul(10).clamp(0, x.size(0)),
};

async function exported(fn: (x: Tensor) => Tensor): Promise<Uint8Array> {
  const { bytes } = await onnx.export(fn, [torch.randn(6, 4)], {
    input_names: ['x'],
    output_names: ['y'],
    dynamic_axes: { x: { 0: 'n' } },
  });
  return bytes;
}

describe('a function exported with a dynamic axis', () => {
  it.each(Object.entries(functions))('%s', async (_, fn) => {
    const session = await InferenceSession.create(await exported(fn), {
      executionProviders: ['cpu'],
      logSeverityLevel: 3,
    });
    const x = torch.randn(9, 4);
    const { y } = await session.run({
      x: new OrtTensor('float32', Float32Array.from(x.toTypedArray(), Number), [9, 4]),
    });
    await session.release();
    const expected = fn(x);
    expect(y.dims).toEqual(expected.shape);
    const wanted = Array.from(expected.toTypedArray(), Number);
    Array.from(y.data as Float32Array, Number).forEach((value, i) => expect(value).toBeCloseTo(wanted[i], 4));
  });

  it('names what cannot follow the axis', async () => {
    await expect(exported((x) => torch.diagonal(x.mm(x.t())))).rejects.toThrow(/slice: step .* follows a dynamic axis/);
    await expect(exported((x) => torch.topk(x, x.size(0) - 1, 0).values)).rejects.toThrow(
      /topk: k follows a dynamic axis/,
    );
  });
});
