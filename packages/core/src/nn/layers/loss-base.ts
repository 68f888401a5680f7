import { checkReduction } from '../functional/reduction.js';
import type { LossOptions, Reduction } from '../functional/reduction.js';
import { Module } from '../module.js';

/** What losses with a reduction share. */
export abstract class Loss extends Module {
  reduction: Reduction;

  constructor(options: LossOptions = {}) {
    super();
    this.reduction = options.reduction ?? 'mean';
    checkReduction(this.constructor.name, this.reduction);
  }
}
