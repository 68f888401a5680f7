import { convOps } from './conv.js';
import { createOps } from './create.js';
import { indexOps } from './indexing.js';
import { linalgOps } from './linalg.js';
import { normOps } from './norm.js';
import { optimOps } from './optim.js';
import { pointwiseOps } from './pointwise.js';
import { reduceOps } from './reduce.js';
import { shapeOps } from './shape.js';
import { sortOps } from './sort.js';
import type { OpName } from './table.js';
import type { OpRecord } from './types.js';

/** All op definitions by name. Total: an op of the table without a record does not compile. */
export const records: { readonly [N in OpName]: OpRecord<N> } = {
  ...createOps,
  ...pointwiseOps,
  ...reduceOps,
  ...sortOps,
  ...shapeOps,
  ...indexOps,
  ...linalgOps,
  ...convOps,
  ...normOps,
  ...optimOps,
};
