import { Tensor } from '../tensor.js';

/**
 * A tensor that a module trains, as `nn.Parameter`. Modules find the parameters among their fields.
 * It shares the place of `tensor` (a view is copied) and is a leaf of its own.
 * @throws when `requires_grad` is true and the tensor is not floating.
 * @example this.p = new nn.Parameter(torch.full([1], 3));
 */
export class Parameter extends Tensor {
  constructor(tensor: Tensor, requires_grad = true) {
    super((tensor.viewOf === null ? tensor : tensor.detachCopy()).cell);
    this.requires_grad = requires_grad;
  }

  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}
