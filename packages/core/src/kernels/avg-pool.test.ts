/** Mean pooling against a slow reference, over window shapes that goldens do not list. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dispatch } from '../dispatch.js';
import { arange } from '../functions/create.js';
import { pooledSize } from '../ops/windows.js';
import type { AvgPoolAttrs } from '../ops/table.js';

interface Line {
  size: number;
  kernel: number;
  stride: number;
  padding: number;
}

const line: fc.Arbitrary<Line> = fc
  .record({
    size: fc.integer({ min: 1, max: 7 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
  })
  .chain((known) => fc.integer({ min: 0, max: known.kernel >> 1 }).map((padding) => ({ ...known, padding })))
  .filter(({ size, kernel, padding }) => size + 2 * padding >= kernel);

it('avg_pool2d and its gradient agree with a list of windows', () => {
  fc.assert(
    fc.property(line, fc.boolean(), fc.boolean(), ({ size, kernel, stride, padding }, ceilMode, countIncludePad) => {
      const attrs: AvgPoolAttrs = {
        kernel: [1, kernel],
        stride: [1, stride],
        padding: [0, padding],
        ceilMode,
        countIncludePad,
      };
      const count = pooledSize(size, { ...attrs, dilation: [1, 1] }, 1);
      const windows = Array.from({ length: count }, (_, i) => {
        const positions = Array.from({ length: kernel }, (_unused, k) => i * stride - padding + k);
        const inside = positions.filter((at) => at >= 0 && at < size);
        // Padding counts, what ceil mode adds beyond it does not.
        const counted = countIncludePad ? positions.filter((at) => at < size + padding).length : inside.length;
        return { inside, counted };
      });
      const x = arange(1, size + 1, { dtype: 'float64' }).reshape(1, 1, 1, size);
      const pooled = dispatch('avg_pool2d', [x], attrs);
      const expected = windows.map(({ inside, counted }) => inside.reduce((sum, at) => sum + at + 1, 0) / counted);
      expect(pooled.reshape(-1).tolist()).toEqual(expected);
      const dy = arange(1, count + 1, { dtype: 'float64' }).reshape(1, 1, 1, count);
      const dx = dispatch('avg_pool2d_dx', [dy], { ...attrs, inputSize: [1, size] });
      const gradient = new Array<number>(size).fill(0);
      windows.forEach(({ inside, counted }, i) => {
        for (const at of inside) gradient[at] += (i + 1) / counted;
      });
      expect(dx.reshape(-1).tolist()).toEqual(gradient);
    }),
    { numRuns: 80, seed: 5 },
  );
});
