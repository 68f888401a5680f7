/** NaN on ONNX Runtime's CPU: as in eager mode, but where `nanDifferences` says otherwise. */
import { describe, expect, it } from 'vitest';
import { nanDifferences } from '../packages/onnx-export/src/lower/nan.js';
import { nanCasesOf, nanOps } from './nan-cases.js';
import { differencesAt } from './parity/places.js';

describe.each(['cpu', 'portable'] as const)('NaN at %s', (place) => {
  it.each(nanOps)('%s', async (op) => {
    const different = (await differencesAt(place, nanCasesOf(op))).filter(({ difference }) => difference > 1e-5);
    const listed = nanDifferences.some((row) => row.op === op && row.providers.includes('cpu'));
    expect(different.map(({ what }) => what).length > 0, different.map(({ what }) => what).join('; ')).toBe(listed);
  });
});
