import { describe, it } from 'vitest';
import { eagerly, expectGoldenSteps, titleOf } from '../../../../test/fixtures/optim-run.js';
import { loadGoldens } from '../../../../test/goldens/load.js';

describe('optim.json, eager', () => {
  it.each(loadGoldens('optim').map((golden) => [titleOf(golden), golden] as const))('%s', async (_, golden) => {
    await expectGoldenSteps(golden, eagerly);
  });
});
