import { api } from '../errors.js';
import type { Tensor } from '../tensor.js';

/** What old code wraps its tensors in: the tensor itself, asking for gradients with `requires_grad: true`. */
export const Variable = api(
  'Variable data options=',
  (tensor: Tensor, options: { requires_grad?: boolean; volatile?: boolean } = {}): Tensor =>
    options.requires_grad ? tensor.requires_grad_() : tensor,
);
