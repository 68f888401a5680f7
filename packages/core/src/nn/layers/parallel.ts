import { badArgument } from '../../errors.js';
import { Module } from '../module.js';

/**
 * Stands where ported code wraps its model for several devices: `forward` is that of `module`, on the one device there
 * is. Keys of `state_dict` start with `module.`, as in PyTorch.
 */
export class DataParallel<In extends unknown[] = never[], Out = unknown> extends Module<In, Out> {
  constructor(
    readonly module: Module<In, Out>,
    ..._ignored: readonly unknown[]
  ) {
    super();
    if (!(module instanceof Module)) throw badArgument(this.constructor.name, 'module', module, 'an nn.Module');
  }

  override forward(...inputs: In): Out {
    return this.module.forward(...inputs);
  }
}

/** As `DataParallel`: there is one process. */
export class DistributedDataParallel<In extends unknown[] = never[], Out = unknown> extends DataParallel<In, Out> {}
