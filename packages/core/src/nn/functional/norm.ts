/** Batch normalisation. */
import { no_grad } from '../../autograd/mode.js';
import { dispatch, dispatchAll } from '../../dispatch.js';
import { CallError, api, badArgument, show } from '../../errors.js';
import { ones, zeros } from '../../functions/create.js';
import { add, cast, div, mul, sub } from '../../functions/pointwise.js';
import type { Tensor } from '../../tensor.js';
import { assign } from '../../view.js';

/** Options of `batch_norm`. */
export interface BatchNormOptions {
  /** Factor per channel, [C]. */
  weight?: Tensor | null;
  /** Added per channel, [C]. */
  bias?: Tensor | null;
  /** Normalise by the batch and update the running statistics, instead of normalising by them. Default false. */
  training?: boolean;
  /** Weight of the batch in the running statistics; a tensor for a weight that changes. Default 0.1. */
  momentum?: number | Tensor;
  /** Added to the variance. Default 1e-5. */
  eps?: number;
}

/** @internal running ← (1 − momentum) · running + momentum · batch, in place. */
export function follow(running: Tensor, batch: Tensor, momentum: number | Tensor): void {
  const kept = mul(running, typeof momentum === 'number' ? 1 - momentum : sub(1, momentum));
  assign(running, cast(add(kept, mul(batch, momentum)), running.dtype));
}

/**
 * (x − mean) / √(variance + eps) · weight + bias per channel, as `F.batch_norm`.
 * @param x [N, C, ...].
 * @param running_mean [C], updated in place when training; with null the batch's statistics are used always.
 * @param running_var [C]; it takes the unbiased variance (divided by n − 1).
 * @throws when training with a single value per channel.
 */
export const batch_norm = api(
  'batch_norm input running_mean? running_var? options= weight bias training momentum eps',
  (
    x: Tensor,
    running_mean: Tensor | null = null,
    running_var: Tensor | null = null,
    options: BatchNormOptions = {},
  ): Tensor => {
    const { training = false, momentum = 0.1, eps = 1e-5 } = options;
    if (x.ndim < 2) throw badArgument('batch_norm', 'input', x, '[N, C, ...]');
    const channels = x.size(1);
    const weight = options.weight ?? ones([channels], { dtype: x.dtype });
    const bias = options.bias ?? zeros([channels], { dtype: x.dtype });
    if (!training && running_mean !== null && running_var !== null) {
      return dispatch('batch_norm_eval', [x, weight, bias, running_mean, running_var], { eps });
    }
    if (!training && (running_mean ?? running_var) !== null) {
      const got = `got running_mean ${show(running_mean)} and running_var ${show(running_var)}`;
      throw new CallError('batch_norm', `${got}, expected both or neither`);
    }
    const count = x.numel() / channels;
    if (training && count <= 1) {
      throw badArgument('batch_norm', 'input', x, 'more than one value per channel when training');
    }
    const [out, mean, variance] = dispatchAll('batch_norm_train', [x, weight, bias], { eps });
    if (training) {
      no_grad(() => {
        if (running_mean !== null) follow(running_mean, mean, momentum);
        if (running_var !== null) {
          // Two numbers instead of their quotient: both are polynomials of the batch size, which an export can solve.
          follow(running_var, div(mul(variance, count), count - 1), momentum);
        }
      });
    }
    return out;
  },
);
