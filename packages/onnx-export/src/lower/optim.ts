import type { OptimOps } from '@reidgrad/core/graph';
import { pointwise, where } from './steps.js';
import type { LowerContext, LoweringTable, Ref } from './types.js';

/** The numbers in a vector, each as a 0-d tensor. */
function numbersOf(context: LowerContext, scalars: Ref): Ref[] {
  return Array.from({ length: scalars.shape[0] }, (_, i) =>
    context.emit(
      'Gather',
      [scalars, context.constant('int32', [], [i])],
      { dtype: scalars.dtype, shape: [] },
      { axis: 0 },
    ),
  );
}

/** Optimizer steps as elementwise nodes: on GPU providers and in exported files, where no host kernel runs them. */
export const optimLowerings: LoweringTable<OptimOps> = {
  sgd_step(context, [parameter, gradient, buffer, scalars], { nesterov, maximize, momentum, weightDecay }) {
    const [rate, momentumFactor, dampening, decay, first] = numbersOf(context, scalars);
    const op = (type: string, ...ins: Ref[]): Ref => pointwise(context, type, ...ins);
    let step = maximize ? op('Neg', gradient) : gradient;
    if (weightDecay) step = op('Add', step, op('Mul', parameter, decay));
    let next = buffer;
    if (momentum) {
      const one = context.scalar(scalars.dtype, 1);
      const mixed = op('Add', op('Mul', buffer, momentumFactor), op('Mul', step, op('Sub', one, dampening)));
      next = where(context, context.cast(first, 'bool'), step, mixed);
      step = nesterov ? op('Add', step, op('Mul', next, momentumFactor)) : next;
    }
    return [op('Sub', parameter, op('Mul', step, rate)), next];
  },

  adam_step(context, [parameter, gradient, first, second, scalars], { decoupled, maximize, weightDecay }) {
    const [rate, , rest1, beta2, rest2, eps, decay, correction1, correction2] = numbersOf(context, scalars);
    const op = (type: string, ...ins: Ref[]): Ref => pointwise(context, type, ...ins);
    const one = context.scalar(scalars.dtype, 1);
    let step = maximize ? op('Neg', gradient) : gradient;
    let start = parameter;
    if (weightDecay && decoupled) start = op('Mul', parameter, op('Sub', one, op('Mul', rate, decay)));
    else if (weightDecay) step = op('Add', step, op('Mul', parameter, decay));
    const nextFirst = op('Add', first, op('Mul', op('Sub', step, first), rest1));
    const nextSecond = op('Add', op('Mul', second, beta2), op('Mul', op('Mul', step, step), rest2));
    const denominator = op('Add', op('Div', op('Sqrt', nextSecond), op('Sqrt', correction2)), eps);
    const moved = op('Mul', op('Div', nextFirst, denominator), op('Div', rate, correction1));
    return [op('Sub', start, moved), nextFirst, nextSecond];
  },
};
