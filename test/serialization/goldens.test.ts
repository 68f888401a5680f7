/** Files that PyTorch wrote: what `load` gives is what `torch.load` gives. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { load, save, stateDictOf } from '@reidgrad/core/serialization';
import { loadGoldens } from '../goldens/load.js';
import { describeValue } from './describe.js';

const folder = new URL('../goldens/data/serialization/', import.meta.url);
const read = (file: string): Uint8Array => readFileSync(new URL(file, folder));
const cases = loadGoldens('serialization');

describe('files of torch.save', () => {
  it('are all compared', () => {
    // Those of error-… and resume-… have tests of their own.
    const files = readdirSync(folder).filter((file) => !/^(error|resume)-/.test(file));
    expect(cases.map(({ file }) => file).sort()).toEqual(files.sort());
  });

  it.each(cases)('$file', ({ file, state_dict, expected }) => {
    const loaded = load(read(file), { weights_only: !state_dict, map_location: 'cpu' });
    expect(describeValue(state_dict ? stateDictOf(loaded) : loaded)).toEqual(expected);
  });

  it.each(cases.filter(({ state_dict }) => !state_dict))('$file, saved and loaded again', ({ file, expected }) => {
    expect(describeValue(load(save(load(read(file)))))).toEqual(expected);
  });
});
