import type { TraceableOp } from '@reidgrad/core/graph';
import { convLowerings } from './conv.js';
import { createLowerings } from './create.js';
import { indexLowerings } from './indexing.js';
import { linalgLowerings } from './linalg.js';
import { normLowerings } from './norm.js';
import { optimLowerings } from './optim.js';
import { pointwiseLowerings } from './pointwise.js';
import { reduceLowerings } from './reduce.js';
import { shapeLowerings } from './shape.js';
import { sortLowerings } from './sort.js';
import type { Lowering } from './types.js';

/** The ONNX form of every op that can be traced: a missing one is a compile error naming it. */
export const lowerings: { [N in TraceableOp]: Lowering<N> } = {
  ...createLowerings,
  ...pointwiseLowerings,
  ...reduceLowerings,
  ...sortLowerings,
  ...shapeLowerings,
  ...indexLowerings,
  ...linalgLowerings,
  ...convLowerings,
  ...normLowerings,
  ...optimLowerings,
};
