import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { badArgument, requireChoice, requireCounts } from '../../errors.js';
import { zeros } from '../../functions/create.js';
import type { Tensor } from '../../tensor.js';
import { conv2d } from '../functional/conv.js';
import type { ConvOptions } from '../functional/conv.js';
import { pad } from '../functional/pad.js';
import { pairOf } from '../functional/pairs.js';
import type { PairArgument } from '../functional/pairs.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import type { WeightOptions } from './linear.js';
import { pairText } from './print.js';
import { resetWeightAndBias } from './reset.js';

/** @internal Throws unless channels and groups are whole numbers that fit each other. */
export function checkGroups(fn: string, groups: number, in_channels: number, out_channels: number): void {
  requireCounts(fn, { in_channels, out_channels });
  if (Number.isInteger(groups) && groups > 0 && in_channels % groups === 0 && out_channels % groups === 0) return;
  throw badArgument(fn, 'groups', groups, `a divisor of in_channels ${in_channels} and out_channels ${out_channels}`);
}

const NAME = 'Conv2d';
/** @internal Options of convolutions in PyTorch's order. */
export const CONV = 'stride padding dilation groups bias padding_mode';

/** What stands around the image. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** Options of Conv2d. */
export interface ConvLayerOptions extends ConvOptions, WeightOptions {
  /** Default 'zeros'. */
  padding_mode?: PaddingMode;
}

/** @internal Throws unless `mode` is one of the four. */
export function checkPaddingMode(name: string, mode: PaddingMode): void {
  requireChoice(name, 'padding_mode', mode, 'zeros reflect replicate circular');
}

/** @internal Pads the last dims for a mode other than zeros: by `padding` per dim, or for 'same' what keeps the size. */
export function padBy(
  x: Tensor,
  mode: Exclude<PaddingMode, 'zeros'>,
  padding: readonly number[] | 'same' | 'valid',
  kernel: readonly number[],
  dilation: readonly number[],
): Tensor {
  if (padding === 'valid') return x;
  const sides = kernel.map((size, axis): [number, number] => {
    if (padding !== 'same') return [padding[axis], padding[axis]];
    const total = dilation[axis] * (size - 1);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  });
  return pad(x, sides.reverse().flat(), mode);
}

/**
 * Convolution of images: [N, in_channels, H, W] to [N, out_channels, H', W']. See `F.conv2d`.
 * Starts as PyTorch's (same numbers after `manual_seed`).
 * @throws when `groups` does not divide both channel counts, and for another padding mode.
 * @example new nn.Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false });
 */
export class Conv2d extends Module {
  weight: Parameter;
  bias: Parameter | null;
  kernel_size: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number] | 'same' | 'valid';
  dilation: readonly [number, number];
  groups: number;
  padding_mode: PaddingMode;

  constructor(
    readonly in_channels: number,
    readonly out_channels: number,
    kernel_size: PairArgument,
    ...args: Positional<ConvLayerOptions, typeof CONV>
  ) {
    super();
    const options = named(this.constructor.name, CONV, args);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, dtype } = options;
    checkGroups(NAME, groups, in_channels, out_channels);
    this.kernel_size = pairOf(NAME, 'kernel_size', kernel_size, 1);
    this.stride = pairOf(NAME, 'stride', stride, 1);
    this.padding = typeof padding === 'string' ? padding : pairOf(NAME, 'padding', padding, 0);
    this.dilation = pairOf(NAME, 'dilation', dilation, 1);
    this.groups = groups;
    this.padding_mode = options.padding_mode ?? 'zeros';
    checkPaddingMode(NAME, this.padding_mode);
    this.weight = new Parameter(zeros([out_channels, in_channels / groups, ...this.kernel_size], { dtype }));
    this.bias = bias ? new Parameter(zeros([out_channels], { dtype })) : null;
    this.reset_parameters();
  }

  /** Draws the initial weights anew. */
  reset_parameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, dilation, groups, kernel_size, padding_mode: mode } = this;
    if (mode === 'zeros') return conv2d(x, this.weight, this.bias, { stride, padding, dilation, groups });
    return conv2d(padBy(x, mode, padding, kernel_size, dilation), this.weight, this.bias, { stride, dilation, groups });
  }

  override extra_repr(): string {
    const { in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias } = this;
    const parts = [
      `${in_channels}`,
      `${out_channels}`,
      `kernel_size=${pairText(kernel_size)}`,
      `stride=${pairText(stride)}`,
    ];
    if (typeof padding === 'string') parts.push(`padding=${padding}`);
    else if (padding[0] !== 0 || padding[1] !== 0) parts.push(`padding=${pairText(padding)}`);
    if (dilation[0] !== 1 || dilation[1] !== 1) parts.push(`dilation=${pairText(dilation)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push('bias=False');
    if (this.padding_mode !== 'zeros') parts.push(`padding_mode=${this.padding_mode}`);
    return parts.join(', ');
  }
}
