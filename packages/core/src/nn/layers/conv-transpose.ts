import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { requireCount } from '../../errors.js';
import { zeros } from '../../functions/create.js';
import type { Tensor } from '../../tensor.js';
import { conv1d, conv_transpose2d } from '../functional/conv-transpose.js';
import type { Conv1dOptions, ConvTransposeOptions } from '../functional/conv-transpose.js';
import { pairOf } from '../functional/pairs.js';
import type { PairArgument } from '../functional/pairs.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { CONV, checkGroups, checkPaddingMode, padBy } from './conv.js';
import type { PaddingMode } from './conv.js';
import type { WeightOptions } from './linear.js';
import { pairText } from './print.js';
import { resetWeightAndBias } from './reset.js';

/** Options of Conv1d. */
export interface Conv1dLayerOptions extends Conv1dOptions, WeightOptions {
  /** Default 'zeros'. */
  padding_mode?: PaddingMode;
}

/**
 * Convolution of sequences: [N, in_channels, L] to [N, out_channels, L']. See `F.conv1d`. Starts as PyTorch's.
 * @throws when `groups` does not divide both channel counts, and for another padding mode.
 */
export class Conv1d extends Module {
  weight: Parameter;
  bias: Parameter | null;
  stride: number;
  padding: number | 'same' | 'valid';
  dilation: number;
  groups: number;
  padding_mode: PaddingMode;

  constructor(
    readonly in_channels: number,
    readonly out_channels: number,
    readonly kernel_size: number,
    ...args: Positional<Conv1dLayerOptions, typeof CONV>
  ) {
    super();
    const options = named(this.constructor.name, CONV, args);
    const { groups = 1, bias = true, dtype } = options;
    checkGroups('Conv1d', groups, in_channels, out_channels);
    requireCount('Conv1d', 'kernel_size', kernel_size);
    this.stride = options.stride ?? 1;
    this.padding = options.padding ?? 0;
    this.dilation = options.dilation ?? 1;
    this.groups = groups;
    this.padding_mode = options.padding_mode ?? 'zeros';
    checkPaddingMode('Conv1d', this.padding_mode);
    this.weight = new Parameter(zeros([out_channels, in_channels / groups, kernel_size], { dtype }));
    this.bias = bias ? new Parameter(zeros([out_channels], { dtype })) : null;
    this.reset_parameters();
  }

  /** Draws the initial weights anew. */
  reset_parameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, dilation, groups, padding_mode: mode } = this;
    if (mode === 'zeros') return conv1d(x, this.weight, this.bias, { stride, padding, dilation, groups });
    const sides = typeof padding === 'number' ? [padding] : padding;
    const padded = padBy(x, mode, sides, [this.kernel_size], [dilation]);
    return conv1d(padded, this.weight, this.bias, { stride, dilation, groups });
  }

  override extra_repr(): string {
    const { in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode } = this;
    const parts = [`${in_channels}`, `${out_channels}`, `kernel_size=(${kernel_size},)`, `stride=(${stride},)`];
    if (typeof padding === 'string') parts.push(`padding=${padding}`);
    else if (padding !== 0) parts.push(`padding=(${padding},)`);
    if (dilation !== 1) parts.push(`dilation=(${dilation},)`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push('bias=False');
    if (padding_mode !== 'zeros') parts.push(`padding_mode=${padding_mode}`);
    return parts.join(', ');
  }
}

/**
 * Transposed convolution: [N, in_channels, H, W] to the larger [N, out_channels, H', W']. See `F.conv_transpose2d`.
 * Starts as PyTorch's.
 * @throws when `groups` does not divide both channel counts.
 * @example new nn.ConvTranspose2d(64, 32, 3, { stride: 2, padding: 1, output_padding: 1 });
 */
export class ConvTranspose2d extends Module {
  weight: Parameter;
  bias: Parameter | null;
  kernel_size: readonly [number, number];
  stride: readonly [number, number];
  padding: readonly [number, number];
  output_padding: readonly [number, number];
  dilation: readonly [number, number];
  groups: number;

  constructor(
    readonly in_channels: number,
    readonly out_channels: number,
    kernel_size: PairArgument,
    ...args: Positional<ConvTransposeOptions & WeightOptions, 'stride padding output_padding groups bias dilation'>
  ) {
    super();
    const options = named(this.constructor.name, 'stride padding output_padding groups bias dilation', args);
    const name = 'ConvTranspose2d';
    const { groups = 1, bias = true, dtype } = options;
    checkGroups(name, groups, in_channels, out_channels);
    this.kernel_size = pairOf(name, 'kernel_size', kernel_size, 1);
    this.stride = pairOf(name, 'stride', options.stride ?? 1, 1);
    this.padding = pairOf(name, 'padding', options.padding ?? 0, 0);
    this.output_padding = pairOf(name, 'output_padding', options.output_padding ?? 0, 0);
    this.dilation = pairOf(name, 'dilation', options.dilation ?? 1, 1);
    this.groups = groups;
    this.weight = new Parameter(zeros([in_channels, out_channels / groups, ...this.kernel_size], { dtype }));
    this.bias = bias ? new Parameter(zeros([out_channels], { dtype })) : null;
    this.reset_parameters();
  }

  /** Draws the initial weights anew. */
  reset_parameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  override forward(x: Tensor): Tensor {
    const { stride, padding, output_padding, dilation, groups } = this;
    return conv_transpose2d(x, this.weight, this.bias, { stride, padding, output_padding, dilation, groups });
  }

  override extra_repr(): string {
    const { in_channels, out_channels, kernel_size, stride, groups, bias } = this;
    const parts = [
      `${in_channels}`,
      `${out_channels}`,
      `kernel_size=${pairText(kernel_size)}`,
      `stride=${pairText(stride)}`,
    ];
    const unusual = [
      ['padding', 0],
      ['dilation', 1],
      ['output_padding', 0],
    ] as const;
    for (const [option, usual] of unusual) {
      if (this[option].some((size) => size !== usual)) parts.push(`${option}=${pairText(this[option])}`);
    }
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push('bias=False');
    return parts.join(', ');
  }
}
