import type { Tensor } from '../../tensor.js';
import { kaiming_uniform_, uniform_ } from '../init.js';

/** The start of Linear and the convolutions, in PyTorch's order of draws. */
export function resetWeightAndBias(weight: Tensor, bias: Tensor | null): void {
  const fan_in = weight.shape.slice(1).reduce((n, size) => n * size, 1);
  if (fan_in > 0) kaiming_uniform_(weight, { a: Math.sqrt(5) });
  if (bias === null) return;
  const bound = fan_in > 0 ? 1 / Math.sqrt(fan_in) : 0;
  uniform_(bias, -bound, bound);
}
