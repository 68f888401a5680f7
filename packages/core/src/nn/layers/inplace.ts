/** Layers that may overwrite their input. */
import { named } from '../../arguments.js';
import type { Positional } from '../../arguments.js';
import { requireShare } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import { assign, checkWritable } from '../../view.js';
import { Module } from '../module.js';

/** What such layers share. */
export interface InPlaceOption {
  /** Write the result over the input, as PyTorch does: what else reads the input sees it. Default false. */
  inplace?: boolean;
}

/** @internal A layer of one function of its input. */
export abstract class InPlace extends Module {
  inplace = false;

  /** The layer's function. */
  protected abstract compute(x: Tensor): Tensor;

  override forward(x: Tensor): Tensor {
    const y = this.compute(x);
    if (!this.inplace || y === x) return y;
    checkWritable(this.constructor.name, x);
    assign(x, y);
    return x;
  }

  /** The end of `extra_repr`. */
  protected inplaceText(): string {
    return this.inplace ? ', inplace=True' : '';
  }
}

/** @internal Layers that have nothing to choose but `inplace`. */
export abstract class Plain extends InPlace {
  constructor(...args: Positional<InPlaceOption, 'inplace'>) {
    super();
    this.inplace = named(this.constructor.name, 'inplace', args).inplace ?? false;
  }

  override extra_repr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** @internal What both dropouts share. */
export abstract class DropoutBase extends InPlace {
  p: number;

  constructor(...args: Positional<{ p?: number } & InPlaceOption, 'p inplace'>) {
    super();
    const { p = 0.5, inplace = false } = named(this.constructor.name, 'p inplace', args);
    requireShare(this.constructor.name, 'p', p);
    this.p = p;
    this.inplace = inplace;
  }

  override extra_repr(): string {
    return `p=${this.p}, inplace=${this.inplace ? 'True' : 'False'}`;
  }
}
