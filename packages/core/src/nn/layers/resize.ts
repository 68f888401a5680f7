/** Layers that change the size or the arrangement of their input. */
import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { badArgument } from '../../errors.js';
import { unflatten } from '../../functions/arrange.js';
import type { Tensor } from '../../tensor.js';
import { interpolate, pixel_shuffle, pixel_unshuffle } from '../functional/interpolate.js';
import type { InterpolateMode, InterpolateOptions } from '../functional/interpolate.js';
import { pad } from '../functional/pad.js';
import type { PadMode } from '../functional/pad.js';
import { Module } from '../module.js';
import { floatText, tupleText } from './print.js';

/** One number for all four sides, or [left, right, top, bottom]. */
export type SidesArgument = number | readonly [number, number, number, number];

abstract class Pad2d extends Module {
  padding: readonly [number, number, number, number];

  constructor(padding: SidesArgument) {
    super();
    this.padding = typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
    if (this.padding.length !== 4 || !this.padding.every(Number.isInteger)) {
      throw badArgument(this.constructor.name, 'padding', padding, 'an integer or [left, right, top, bottom]');
    }
  }

  protected abstract readonly mode: PadMode;
  /** What mode 'constant' fills in. */
  protected fill(): number {
    return 0;
  }

  override forward(x: Tensor): Tensor {
    if (x.ndim !== 3 && x.ndim !== 4) {
      throw badArgument(this.constructor.name, 'input', x, '[N, C, H, W] or [C, H, W]');
    }
    return pad(x, this.padding, { mode: this.mode, value: this.fill() });
  }

  override extra_repr(): string {
    return tupleText(this.padding);
  }
}

/** Zeros around images; negative numbers cut. */
export class ZeroPad2d extends Pad2d {
  protected override get mode(): PadMode {
    return 'constant';
  }
}

/** A number around images; negative paddings cut. */
export class ConstantPad2d extends Pad2d {
  constructor(
    padding: SidesArgument,
    readonly value: number,
  ) {
    super(padding);
  }

  protected override get mode(): PadMode {
    return 'constant';
  }
  protected override fill(): number {
    return this.value;
  }

  override extra_repr(): string {
    return `padding=${super.extra_repr()}, value=${this.value}`;
  }
}

/** The mirror image around images, without the edge itself. */
export class ReflectionPad2d extends Pad2d {
  protected override get mode(): PadMode {
    return 'reflect';
  }
}

/** The edge repeated around images. */
export class ReplicationPad2d extends Pad2d {
  protected override get mode(): PadMode {
    return 'replicate';
  }
}

/**
 * Resizes; see `F.interpolate`.
 * @example new nn.Upsample({ scale_factor: 2, mode: 'bilinear' });
 */
export class Upsample extends Module {
  size: number | readonly number[] | null;
  scale_factor: number | readonly number[] | null;
  mode: InterpolateMode;
  align_corners: boolean | null;

  constructor(
    ...args: Positional<Omit<InterpolateOptions, 'recompute_scale_factor'>, 'size scale_factor mode align_corners'>
  ) {
    super();
    const options = named(this.constructor.name, 'size scale_factor mode align_corners', args);
    this.size = options.size ?? null;
    this.scale_factor = options.scale_factor ?? null;
    this.mode = options.mode ?? 'nearest';
    this.align_corners = options.align_corners ?? null;
  }

  override forward(x: Tensor): Tensor {
    const { size, scale_factor, mode, align_corners } = this;
    return interpolate(x, { size, scale_factor, mode, align_corners });
  }

  override extra_repr(): string {
    const { size, scale_factor, mode } = this;
    const list = (value: number | readonly number[], text: (n: number) => string): string =>
      typeof value === 'number' ? text(value) : `(${value.map(text).join(', ')})`;
    const what =
      scale_factor === null ? `size=${list(size ?? [], String)}` : `scale_factor=${list(scale_factor, floatText)}`;
    return `${what}, mode='${mode}'`;
  }
}

/** Channels to positions; see `F.pixel_shuffle`. */
export class PixelShuffle extends Module {
  constructor(readonly upscale_factor: number) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return pixel_shuffle(x, this.upscale_factor);
  }

  override extra_repr(): string {
    return `upscale_factor=${this.upscale_factor}`;
  }
}

/** Positions to channels; see `F.pixel_unshuffle`. */
export class PixelUnshuffle extends Module {
  constructor(readonly downscale_factor: number) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return pixel_unshuffle(x, this.downscale_factor);
  }

  override extra_repr(): string {
    return `downscale_factor=${this.downscale_factor}`;
  }
}

/** Splits dim `dim` into the sizes `unflattened_size`, one of which may be −1. Throws where they do not multiply to it. */
export class Unflatten extends Module {
  constructor(
    readonly dim: number,
    readonly unflattened_size: readonly number[],
  ) {
    super();
  }

  override forward(x: Tensor): Tensor {
    return unflatten(x, this.dim, this.unflattened_size);
  }

  override extra_repr(): string {
    return `dim=${this.dim}, unflattened_size=${tupleText(this.unflattened_size)}`;
  }
}
