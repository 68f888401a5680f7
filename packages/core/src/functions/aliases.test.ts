import { expect, it } from 'vitest';
import * as torch from '../index.js';

it('batch_norm takes the arguments in the order of torch.batch_norm', () => {
  torch.manual_seed(0);
  const x = torch.randn(4, 2, 3);
  const [weight, bias, mean, variance] = [[1, 2], [3, 4], [0.5, -0.5], [2, 0.25]].map((values) => torch.tensor(values)); // prettier-ignore
  const expected = torch.nn.functional.batch_norm(x, mean, variance, { weight, bias, eps: 0.1 });
  expect(torch.batch_norm(x, weight, bias, mean, variance, false, 0.1, 0.1, true).tolist()).toEqual(expected.tolist());
  torch.batch_norm(x, weight, bias, mean, variance, true, 1, 0.1);
  expect(torch.allclose(mean, x.mean([0, 2]))).toBe(true);
});

it('a Size is an array', () => {
  const size: torch.Size = torch.Size([2, 3]);
  expect([size, torch.Size()]).toEqual([[2, 3], []]);
});
