import { badArgument, isTensor, requireOptions } from '../../errors.js';
import { checkReduction } from '../functional/reduction.js';
import type { LossOptions, Reduction } from '../functional/reduction.js';
import type { Tensor } from '../../tensor.js';
import { Module } from '../module.js';

/** What losses with a reduction share. */
export abstract class Loss extends Module {
  reduction: Reduction;

  constructor(options: LossOptions = {}) {
    super();
    requireOptions(this.constructor.name, options);
    this.reduction = options.reduction ?? 'mean';
    checkReduction(this.constructor.name, this.reduction);
  }

  /** Keeps a tensor of factors as the buffer `name`. */
  protected factors(name: string, value: Tensor | null = null): void {
    if (value !== null && !isTensor(value)) throw badArgument(this.constructor.name, name, value, 'a tensor or null');
    this.register_buffer(name, value);
  }
}
