import type { NormOps } from '@reidgrad/core/graph';
import { pointwise, reduce } from './steps.js';
import type { LowerContext, LoweringTable, Ref } from './types.js';

/**
 * `x` [N, C, …] as [N, C, H, W]: BatchNormalization of rank-2 inputs is silently wrong on WebGPU when C is even.
 */
function asImage(context: LowerContext, x: Ref): Ref {
  const [, channels, ...map] = x.shape;
  const size = x.shape[0];
  if (map.length === 2) return x;
  if (map.length < 2) return context.reshape(x, [size, channels, ...map, 1, 1].slice(0, 4));
  return context.reshape(x, [size, channels, map[0], -1]);
}

export const normLowerings: LoweringTable<NormOps> = {
  batch_norm_train(context, [x, weight, bias], { eps }, [out]) {
    const channels = weight.shape[0];
    const statistics = { dtype: x.dtype, shape: [channels] };
    const image = asImage(context, x);
    const attributes = { epsilon: { float: eps } };
    if (!context.portable) {
      // With momentum 0 the "running" outputs are the batch's own. The kernel writes into its mean and var inputs.
      const zeros = context.privateConstant(x.dtype, [channels], new Array<number>(channels).fill(0));
      const ones = context.privateConstant(x.dtype, [channels], new Array<number>(channels).fill(1));
      const [y, mean, variance] = context.emitMany(
        'BatchNormalization',
        [image, weight, bias, zeros, ones],
        [image, statistics, statistics],
        { ...attributes, momentum: { float: 0 }, training_mode: 1 },
      );
      return [context.reshape(y, out.shape), mean, variance];
    }
    const perChannel = [1, channels, 1, 1];
    const batchMean = (value: Ref): Ref => {
      const maps = reduce(context, 'ReduceMean', value, [2, 3], true, [value.shape[0], channels, 1, 1]);
      return reduce(context, 'ReduceMean', maps, [0], true, perChannel);
    };
    const mean = batchMean(image);
    const centred = pointwise(context, 'Sub', image, mean);
    const variance = context.reshape(batchMean(pointwise(context, 'Mul', centred, centred)), [channels]);
    const flatMean = context.reshape(mean, [channels]);
    const y = context.emit('BatchNormalization', [image, weight, bias, flatMean, variance], image, attributes);
    return [context.reshape(y, out.shape), flatMean, variance];
  },

  batch_norm_eval(context, [x, weight, bias, mean, variance], { eps }, [out]) {
    const image = asImage(context, x);
    const y = context.emit('BatchNormalization', [image, weight, bias, mean, variance], image, {
      epsilon: { float: eps },
    });
    return [context.reshape(y, out.shape)];
  },
};
