import { Tensor } from './tensor.js';
import { syncCells } from './trace/compiled.js';

/** What `sync` takes: tensors, or anything that lists its tensors (modules, optimizers). */
export type Syncable = Tensor | { syncTensors(): Iterable<Tensor> };

/**
 * Brings values that a compiled run left on a device back to the host, so that they can be read and written eagerly.
 * @example await sync(model, optimizer);
 */
export async function sync(...things: readonly Syncable[]): Promise<void> {
  const tensors = things.flatMap((thing) => (thing instanceof Tensor ? [thing] : [...thing.syncTensors()]));
  await syncCells(tensors.map((tensor) => tensor.cell));
}
