import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import type { Tensor } from '../../tensor.js';
import type { PairArgument } from '../functional/pairs.js';
import * as F from '../functional/avg-pool.js';
import type { AvgPoolOptions, Pool1dOptions } from '../functional/avg-pool.js';
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
    ...args: Positional<MaxPoolOptions, 'stride padding dilation ceil_mode'>
  ) {
    super();
    const options = named(this.constructor.name, 'stride padding dilation ceil_mode', args);
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

/**
 * The average of each window; see `F.avg_pool2d`.
 * @example new nn.AvgPool2d(3, { stride: 1, padding: 1, count_include_pad: false });
 */
export class AvgPool2d extends Module {
  stride: PairArgument;
  padding: PairArgument;
  ceil_mode: boolean;
  count_include_pad: boolean;

  constructor(
    readonly kernel_size: PairArgument,
    ...args: Positional<AvgPoolOptions, 'stride padding ceil_mode count_include_pad'>
  ) {
    super();
    const options = named(this.constructor.name, 'stride padding ceil_mode count_include_pad', args);
    this.stride = options.stride ?? kernel_size;
    this.padding = options.padding ?? 0;
    this.ceil_mode = options.ceil_mode ?? false;
    this.count_include_pad = options.count_include_pad ?? true;
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, ceil_mode, count_include_pad } = this;
    return F.avg_pool2d(x, this.kernel_size, { stride, padding, ceil_mode, count_include_pad });
  }

  override extra_repr(): string {
    const { kernel_size, stride, padding } = this;
    return `kernel_size=${pairText(kernel_size)}, stride=${pairText(stride)}, padding=${pairText(padding)}`;
  }
}

/** The largest element of each window of sequences; see `F.max_pool1d`. */
export class MaxPool1d extends Module {
  stride: number;
  padding: number;
  dilation: number;
  ceil_mode: boolean;

  constructor(
    readonly kernel_size: number,
    ...args: Positional<Pool1dOptions & { dilation?: number }, 'stride padding dilation ceil_mode'>
  ) {
    super();
    const options = named(this.constructor.name, 'stride padding dilation ceil_mode', args);
    this.stride = options.stride ?? kernel_size;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.ceil_mode = options.ceil_mode ?? false;
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, dilation, ceil_mode } = this;
    return F.max_pool1d(x, this.kernel_size, { stride, padding, dilation, ceil_mode });
  }

  override extra_repr(): string {
    const { kernel_size, stride, padding, dilation, ceil_mode } = this;
    return (
      `kernel_size=${kernel_size}, stride=${stride}, padding=${padding}, ` +
      `dilation=${dilation}, ceil_mode=${boolText(ceil_mode)}`
    );
  }
}

/** The average of each window of sequences; see `F.avg_pool1d`. */
export class AvgPool1d extends Module {
  stride: number;
  padding: number;
  ceil_mode: boolean;
  count_include_pad: boolean;

  constructor(
    readonly kernel_size: number,
    ...args: Positional<Pool1dOptions & { count_include_pad?: boolean }, 'stride padding ceil_mode count_include_pad'>
  ) {
    super();
    const options = named(this.constructor.name, 'stride padding ceil_mode count_include_pad', args);
    this.stride = options.stride ?? kernel_size;
    this.padding = options.padding ?? 0;
    this.ceil_mode = options.ceil_mode ?? false;
    this.count_include_pad = options.count_include_pad ?? true;
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, ceil_mode, count_include_pad } = this;
    return F.avg_pool1d(x, this.kernel_size, { stride, padding, ceil_mode, count_include_pad });
  }

  override extra_repr(): string {
    return `kernel_size=(${this.kernel_size},), stride=(${this.stride},), padding=(${this.padding},)`;
  }
}

/** One size for height and width, or one for each; null keeps the input's. */
export type AdaptiveSize = number | readonly [number | null, number | null];

abstract class Adaptive<Size extends AdaptiveSize> extends Module {
  constructor(readonly output_size: Size) {
    super();
  }

  override extra_repr(): string {
    const { output_size: size } = this;
    const text = typeof size === 'number' ? `${size}` : `(${size.map((n) => n ?? 'None').join(', ')})`;
    return `output_size=${text}`;
  }
}

/** Averages over bins to a fixed output size; see `F.adaptive_avg_pool2d`. */
export class AdaptiveAvgPool2d extends Adaptive<AdaptiveSize> {
  override forward(x: Tensor): Tensor {
    return adaptive_avg_pool2d(x, this.output_size);
  }
}

/** The largest of each bin, to a fixed output size; see `F.adaptive_max_pool2d`. */
export class AdaptiveMaxPool2d extends Adaptive<AdaptiveSize> {
  override forward(x: Tensor): Tensor {
    return F.adaptive_max_pool2d(x, this.output_size);
  }
}

/** Averages of sequences over bins to a fixed length; see `F.adaptive_avg_pool1d`. */
export class AdaptiveAvgPool1d extends Adaptive<number> {
  override forward(x: Tensor): Tensor {
    return F.adaptive_avg_pool1d(x, this.output_size);
  }
}

/** The largest of each bin of sequences, to a fixed length; see `F.adaptive_max_pool1d`. */
export class AdaptiveMaxPool1d extends Adaptive<number> {
  override forward(x: Tensor): Tensor {
    return F.adaptive_max_pool1d(x, this.output_size);
  }
}
