/** One sample of every op in Chromium, on WebGPU and on WebAssembly: all ops as one graph. */
import { beforeAll, describe, expect, it } from 'vitest';
import { parityOps } from '../parity/cases.js';
import { complaintAbout, tryFirstSamples } from '../parity/parity.js';
import { useServedRuntime } from './served-runtime.js';

beforeAll(useServedRuntime);

describe.each(['webgpu', 'wasm'] as const)('one sample of every op in Chromium on %s', (place) => {
  it('equals the kernels', async () => {
    const outcomes = await tryFirstSamples(parityOps, place);
    expect(new Set(outcomes.map(({ op }) => op)).size).toBe(parityOps.length);
    expect(outcomes.flatMap((outcome) => complaintAbout(outcome) ?? [])).toEqual([]);
  });
});
