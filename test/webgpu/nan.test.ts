/** NaN on WebGPU: as in eager mode, but where `nanDifferences` says otherwise. */
import { expect, it } from 'vitest';
import { nanDifferences } from '../../packages/onnx-export/src/lower/nan.js';
import { nanCasesOf, nanOps } from '../nan-cases.js';
import { differencesAt } from '../parity/places.js';
import { keepDevice } from './keep-device.js';

keepDevice();

it.each(nanOps)('%s', async (op) => {
  const different = (await differencesAt('webgpu', nanCasesOf(op))).filter(({ difference }) => difference > 1e-3);
  const listed = nanDifferences.some((row) => row.op === op && row.providers.includes('webgpu'));
  expect(different.length > 0, different.map(({ what }) => what).join('; ')).toBe(listed);
});
