/** `torch.nn.utils`: limits on gradients. They write `.grad` in place. */
import { no_grad } from '../autograd/mode.js';
import { api, badArgument, isTensor } from '../errors.js';
import { scalarTensor } from '../functions/create.js';
import { clamp_max, div } from '../functions/pointwise.js';
import { norm } from '../functions/reduce.js';
import { stack } from '../functions/shape.js';
import type { Tensor } from '../tensor.js';

function gradsOf(fn: string, parameters: Tensor | Iterable<Tensor>): Tensor[] {
  const given: unknown = parameters;
  const isList = typeof given === 'object' && given !== null && Symbol.iterator in given;
  const list = isList ? [...(parameters as Iterable<Tensor>)] : [parameters as Tensor];
  for (const x of list) {
    if (!isTensor(x)) throw badArgument(fn, 'parameters', given, 'parameters, as model.parameters() gives them');
  }
  return list.flatMap(({ grad }) => (grad === null ? [] : [grad]));
}

/**
 * Scales all gradients so that the norm of them together is at most `max_norm`.
 * @param options `norm_type`: order of the norm, Infinity for the largest element. Default 2.
 * @returns the norm before, a 0-d tensor.
 */
export const clip_grad_norm_ = api(
  'clip_grad_norm_ parameters: max_norm: options= norm_type',
  (parameters: Tensor | Iterable<Tensor>, max_norm: number, options: { norm_type?: number } = {}): Tensor => {
    const { norm_type = 2 } = options;
    const grads = gradsOf('clip_grad_norm_', parameters);
    if (grads.length === 0) return scalarTensor(0, 'float32');
    return no_grad(() => {
      const total = norm(stack(grads.map((grad) => norm(grad, norm_type))), norm_type);
      const factor = clamp_max(div(max_norm, total.add(1e-6)), 1);
      for (const grad of grads) grad.detach().mul_(factor);
      return total;
    });
  },
);

/** Limits every element of the gradients to [−clip_value, clip_value]. */
export function clip_grad_value_(parameters: Tensor | Iterable<Tensor>, clip_value: number): void {
  no_grad(() => {
    for (const grad of gradsOf('clip_grad_value_', parameters)) grad.detach().clamp_(-clip_value, clip_value);
  });
}
