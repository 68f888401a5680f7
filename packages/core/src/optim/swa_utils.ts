/** `torch.optim.swa_utils`: averages of a model's weights along its training. */
import { no_grad } from '../autograd/mode.js';
import { isFloating } from '../dtype.js';
import { badArgument, requireOptions, requireShare } from '../errors.js';
import { scalarTensor } from '../functions/create.js';
import { Module } from '../nn/module.js';
import type { Tensor } from '../tensor.js';

/** The next average from the last one, the model's present value and the number of values averaged so far. */
export type AverageFunction = (averaged: Tensor, current: Tensor, count: Tensor) => Tensor;

/** The plain mean of all values. */
export function get_swa_avg_fn(): AverageFunction {
  return (averaged, current, count) => averaged.add(current.sub(averaged).div(count.add(1)));
}

/** decay · average + (1 − decay) · current. Default decay 0.999. Throws for a decay outside of 0 to 1. */
export function get_ema_avg_fn(decay = 0.999): AverageFunction {
  requireShare('get_ema_avg_fn', 'decay', decay);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/** Options of AveragedModel. */
export interface AveragedModelOptions {
  /** Default: the plain mean. */
  avg_fn?: AverageFunction | null;
  /** Average the buffers too; otherwise they are copied. Default false. */
  use_buffers?: boolean;
}

/**
 * A copy of a model whose parameters are averages of the model's: call `update_parameters(model)` after each step.
 * Its keys in `state_dict` are `n_averaged` and, after `module.`, the model's.
 * @example const ema = new optim.swa_utils.AveragedModel(model, { avg_fn: optim.swa_utils.get_ema_avg_fn(0.999) });
 */
export class AveragedModel<In extends unknown[] = never[], Out = unknown> extends Module<In, Out> {
  declare n_averaged: Tensor;
  module: Module<In, Out>;
  avg_fn: AverageFunction;
  use_buffers: boolean;

  constructor(model: Module<In, Out>, options: AveragedModelOptions = {}) {
    super();
    requireOptions(this.constructor.name, options);
    this.register_buffer('n_averaged', scalarTensor(0, 'int64'));
    if (!(model instanceof Module)) throw badArgument('AveragedModel', 'model', model, 'an nn.Module');
    this.module = model.deepcopy();
    this.avg_fn = options.avg_fn ?? get_swa_avg_fn();
    this.use_buffers = options.use_buffers ?? false;
  }

  override forward(...inputs: In): Out {
    return this.module.forward(...inputs);
  }

  /** Takes the model's present values into the averages; the first time they are copied. Throws for another model. */
  update_parameters(model: Module): void {
    const pairsOf = (own: readonly Tensor[], theirs: readonly Tensor[]): [Tensor, Tensor][] => {
      const fits = own.length === theirs.length && own.every((x, i) => x.shape.join() === theirs[i].shape.join());
      if (!fits)
        throw badArgument('AveragedModel.update_parameters', 'model', model, 'the model that it was made from');
      return own.map((tensor, i) => [tensor, theirs[i]]);
    };
    const parameters = pairsOf(this.module.parameters(), model.parameters());
    const buffers = pairsOf(this.module.buffers(), model.buffers());
    no_grad(() => {
      const isFirst = this.n_averaged.item() === 0;
      const average = ([own, current]: [Tensor, Tensor]): void => {
        const plain = isFirst || !isFloating(own.dtype);
        own.copy_(plain ? current : this.avg_fn(own.detach(), current.detach(), this.n_averaged));
      };
      parameters.forEach(average);
      for (const pair of buffers) {
        if (this.use_buffers) average(pair);
        else pair[0].copy_(pair[1]);
      }
      this.n_averaged.add_(1);
    });
  }
}
