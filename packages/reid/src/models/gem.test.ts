import { tensor, zeros } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { describe, expect, it } from 'vitest';
import { GeneralizedMeanPooling, GeneralizedMeanPoolingP, gm_pool } from './index.js';

const map = (): Tensor => tensor([1, 2, 3, 0], { dtype: 'float64' }).reshape(1, 1, 2, 2);

describe('generalized mean pooling', () => {
  it('is the cubic mean in both forms', () => {
    expect(new GeneralizedMeanPooling(3).forward(map()).item()).toBeCloseTo(2.080083847, 6);
    expect(gm_pool(map()).item()).toBeCloseTo(2.080083847, 6);
  });

  it('averages at p = 1 and tends to the maximum', () => {
    expect(new GeneralizedMeanPooling(1).forward(map()).item()).toBeCloseTo(1.5, 6);
    expect(new GeneralizedMeanPooling(200).forward(map()).item()).toBeCloseTo(3, 1);
  });

  it('gives zeros the bound of its form: 1e-6 with the clamp, 1e-4 with the sum', () => {
    const nothing = zeros([1, 1, 2, 2], { dtype: 'float64' });
    expect(new GeneralizedMeanPooling(3).forward(nothing).item()).toBeCloseTo(1e-6, 12);
    expect(gm_pool(nothing).item()).toBeCloseTo(1e-4, 12);
  });

  it('trains its power in GeneralizedMeanPoolingP, which starts at 3', () => {
    const pool = new GeneralizedMeanPoolingP();
    expect(Object.keys(pool.state_dict())).toEqual(['p']);
    expect(pool.p.item()).toBe(3);
    const at = (p: number): number => new GeneralizedMeanPooling(p).forward(map()).item();
    pool.double().forward(map()).sum().backward();
    expect(pool.p.grad?.item()).toBeCloseTo((at(3.0001) - at(2.9999)) / 0.0002, 5);
  });

  it('pools bins and refuses a power that is not positive', () => {
    expect(new GeneralizedMeanPooling(2, 2).forward(zeros(3, 5, 6, 4)).shape).toEqual([3, 5, 2, 2]);
    expect(() => new GeneralizedMeanPooling(0)).toThrow(
      'GeneralizedMeanPooling: norm: got 0, expected a positive number',
    );
  });

  it('has no bound below in the cross-modality form: a negative mean is NaN', () => {
    expect(gm_pool(map().neg()).item()).toBeNaN();
  });
});
