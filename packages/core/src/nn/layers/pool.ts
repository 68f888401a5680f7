import type { Tensor } from '../../tensor.js';
import type { PairArgument } from '../functional/pairs.js';
import { adaptive_avg_pool2d, max_pool2d } from '../functional/pool.js';
import type { MaxPoolOptions } from '../functional/pool.js';
import { Module } from '../module.js';
import { boolText, pairText } from './print.js';

/**
 * The largest element of each window; see `F.max_pool2d`.
 * @example new nn.MaxPool2d(3, { stride: 2, padding: 1 });
 */
export class MaxPool2d extends Module {
  stride: PairArgument;
  padding: PairArgument;
  dilation: PairArgument;
  ceil_mode: boolean;

  constructor(
    readonly kernel_size: PairArgument,
    options: MaxPoolOptions = {},
  ) {
    super();
    this.stride = options.stride ?? kernel_size;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.ceil_mode = options.ceil_mode ?? false;
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, dilation, ceil_mode } = this;
    return max_pool2d(x, this.kernel_size, { stride, padding, dilation, ceil_mode });
  }

  override extra_repr(): string {
    const { kernel_size, stride, padding, dilation, ceil_mode } = this;
    return (
      `kernel_size=${pairText(kernel_size)}, stride=${pairText(stride)}, padding=${pairText(padding)}, ` +
      `dilation=${pairText(dilation)}, ceil_mode=${boolText(ceil_mode)}`
    );
  }
}

/** Averages over bins to a fixed output size; see `F.adaptive_avg_pool2d`. */
export class AdaptiveAvgPool2d extends Module {
  constructor(readonly output_size: number | readonly [number | null, number | null]) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return adaptive_avg_pool2d(x, this.output_size);
  }

  override extra_repr(): string {
    const { output_size } = this;
    const text =
      typeof output_size === 'number' ? `${output_size}` : `(${output_size.map((n) => n ?? 'None').join(', ')})`;
    return `output_size=${text}`;
  }
}
