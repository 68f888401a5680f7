import type { OptimOps } from '../ops/table.js';
import type { KernelTable } from '../ops/types.js';

/** Every output may be the array of the input it updates: each element is read before it is written. */
export const optimKernels: KernelTable<OptimOps> = {
  sgd_step: ([parameter, gradient, buffer, scalars], [newParameter, newBuffer], attrs) => {
    const [p, g, b] = [parameter.data, gradient.data, buffer.data];
    const [po, bo] = [newParameter.data, newBuffer.data];
    const [lr, momentum, dampening, weightDecay, first] = scalars.data;
    const sign = attrs.maximize ? -1 : 1;
    const decay = attrs.weightDecay ? weightDecay : 0;
    if (!attrs.momentum) {
      for (let i = 0; i < p.length; i++) po[i] = p[i] - lr * (sign * g[i] + decay * p[i]);
      if (bo !== b) bo.set(b);
      return;
    }
    // The first buffer is the gradient itself, whatever the old buffer holds (NaN too).
    const isFirst = first !== 0;
    const keep = 1 - dampening;
    for (let i = 0; i < p.length; i++) {
      const d = sign * g[i] + decay * p[i];
      const m = isFirst ? d : momentum * b[i] + keep * d;
      bo[i] = m;
      po[i] = p[i] - lr * (attrs.nesterov ? d + momentum * m : m);
    }
  },
  adam_step: ([parameter, gradient, first, second, scalars], [newParameter, newFirst, newSecond], attrs) => {
    const [p, g, m, v] = [parameter.data, gradient.data, first.data, second.data];
    const [po, mo, vo] = [newParameter.data, newFirst.data, newSecond.data];
    const [lr, , rest1, beta2, rest2, eps, weightDecay, correction1, correction2] = scalars.data;
    const sign = attrs.maximize ? -1 : 1;
    const decay = attrs.weightDecay && !attrs.decoupled ? weightDecay : 0;
    const shrink = attrs.weightDecay && attrs.decoupled ? 1 - lr * weightDecay : 1;
    const step = lr / correction1;
    const root = Math.sqrt(correction2);
    for (let i = 0; i < p.length; i++) {
      const d = sign * g[i] + decay * p[i];
      const mean = m[i] + rest1 * (d - m[i]);
      const square = beta2 * v[i] + rest2 * d * d;
      mo[i] = mean;
      vo[i] = square;
      po[i] = p[i] * shrink - (step * mean) / (Math.sqrt(square) / root + eps);
    }
  },
};
