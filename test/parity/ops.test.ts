/** Every op on every sample: eager kernels = the interpreter = ONNX Runtime on the CPU (both forms) = its WebAssembly. */
import { records } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { parityOps } from './cases.js';
import { exceptions } from './exceptions.js';
import { complaintAbout, tryOp, unneededTolerances } from './parity.js';
import type { PlaceName } from './places.js';

const here: readonly PlaceName[] = ['interpreter', 'cpu', 'portable', 'wasm'];

describe.each(here)('every op on %s', (place) => {
  it.each(parityOps)('%s equals its kernel, or its exception says why not', async (op) => {
    const outcomes = await tryOp(op, place);
    expect(outcomes.length).toBeGreaterThan(0);
    expect(outcomes.flatMap((outcome) => complaintAbout(outcome) ?? [])).toEqual([]);
    expect(unneededTolerances(outcomes)).toEqual([]);
  });
});

describe('the table of exceptions', () => {
  it('names ops that exist, and gives each row one of tolerance and error', () => {
    for (const { op, tolerance, error } of exceptions) {
      expect(op === '*' || op in records).toBe(true);
      expect(tolerance === undefined).toBe(error !== undefined);
    }
  });

  it('has a row for everything that differs, and no row that is not needed', () => {
    const outcome = { op: 'sin', dtype: 'float32', place: 'webgpu', detail: 'sin (matrix), output 0' } as const;
    expect(complaintAbout({ ...outcome, difference: 2e-4 })).toBeNull();
    expect(complaintAbout({ ...outcome, difference: 2e-3 })).toMatch(/differs by 0.002, more than 0.0003/);
    expect(complaintAbout({ ...outcome, difference: Infinity })).toMatch(/Infinity/);
    expect(complaintAbout({ ...outcome, difference: null, detail: 'no Sin' })).toMatch(/does not run: no Sin/);
    expect(unneededTolerances([{ ...outcome, difference: 1e-6 }])).toEqual([
      'sin, float32, webgpu differs by only 0.000001',
    ]);
    const refused = { op: 'acos', dtype: 'float64', place: 'cpu', detail: '' } as const;
    expect(complaintAbout({ ...refused, difference: 0 })).toMatch(/is not needed/);
    expect(complaintAbout({ ...refused, difference: null, detail: 'another reason' })).toMatch(/another reason/);
  });
});
