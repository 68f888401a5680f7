import { isFloating } from '../dtype.js';
import { badArgument, requireTensor } from '../errors.js';
import { Tensor } from '../tensor.js';

/**
 * A tensor that a module trains, as `nn.Parameter`. Modules find the parameters among their fields.
 * It shares the place of `tensor` (a view is copied) and is a leaf of its own.
 * @throws when `requires_grad` is true and the tensor is not floating.
 * @example this.p = new nn.Parameter(torch.full([1], 3));
 */
export class Parameter extends Tensor {
  constructor(tensor: Tensor, requires_grad = true) {
    requireTensor('Parameter', 'data', tensor);
    if (requires_grad && !isFloating(tensor.dtype)) {
      throw badArgument('Parameter', 'data', tensor, 'a floating tensor; others take requires_grad false');
    }
    super((tensor.viewOf === null ? tensor : tensor.detachCopy()).cell);
    this.requires_grad = requires_grad;
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}
