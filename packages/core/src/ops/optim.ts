/** One parameter's optimizer update as one op: a host kernel on CPU, expanded into nodes on GPUs and in files. */
import { optimKernels } from '../kernels/optim.js';
import { float, literal } from './samples.js';
import type { OptimOps } from './table.js';
import type { OpRecords, Sample } from './types.js';

type Sgd = OptimOps['sgd_step']['attrs'];

const sgdCases: { name: string; attrs: Sgd; scalars: readonly number[] }[] = [
  {
    name: 'plain',
    attrs: { nesterov: false, maximize: false, momentum: false, weightDecay: false },
    scalars: [0.1, 0, 0, 0, 0],
  },
  {
    name: 'first',
    attrs: { nesterov: false, maximize: false, momentum: true, weightDecay: true },
    scalars: [0.1, 0.9, 0.1, 0.01, 1],
  },
  {
    name: 'later',
    attrs: { nesterov: false, maximize: false, momentum: true, weightDecay: true },
    scalars: [0.1, 0.9, 0.1, 0.01, 0],
  },
  {
    name: 'nesterov',
    attrs: { nesterov: true, maximize: true, momentum: true, weightDecay: false },
    scalars: [0.1, 0.9, 0, 0, 0],
  },
];

const adamScalars = [0.01, 0.9, 0.1, 0.999, 0.001, 1e-8, 0.1, 0.19, 0.001999];

const adamSample = (name: string, decoupled: boolean, weightDecay: boolean): Sample<'adam_step'> => ({
  name,
  ins: [float([3, 4]), float([3, 4]), float([3, 4]), float([3, 4], { low: 0, high: 1 }), literal([9], adamScalars)],
  attrs: { decoupled, maximize: false, weightDecay },
});

export const optimOps: OpRecords<OptimOps> = {
  sgd_step: {
    infer: ([parameter]) => [parameter, parameter],
    kernel: optimKernels.sgd_step,
    samples: sgdCases.map(({ name, attrs, scalars }) => ({
      name,
      ins: [float([3, 4]), float([3, 4]), float([3, 4]), literal([5], scalars)],
      attrs,
    })),
  },
  adam_step: {
    infer: ([parameter]) => [parameter, parameter, parameter],
    kernel: optimKernels.adam_step,
    samples: [
      adamSample('plain', false, false),
      adamSample('weight decay', false, true),
      adamSample('decoupled', true, true),
    ],
  },
};
