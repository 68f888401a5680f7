import { badArgument } from './errors.js';
import { Tensor } from './tensor.js';
import { syncCells } from './trace/compiled.js';

/** What `sync` takes: tensors, or anything that lists its tensors (modules, optimizers). */
export type Syncable = Tensor | { syncTensors(): Iterable<Tensor> };

const isSyncable = (thing: unknown): thing is Exclude<Syncable, Tensor> =>
  typeof thing === 'object' && thing !== null && 'syncTensors' in thing;

/**
 * Brings values that a compiled run left on a device back to the host, so that they can be read and written eagerly.
 * @example await sync(model, optimizer);
 */
export async function sync(...things: readonly Syncable[]): Promise<void> {
  const tensors = things.flatMap((thing: unknown, i) => {
    if (thing instanceof Tensor) return [thing];
    if (isSyncable(thing)) return [...thing.syncTensors()];
    throw badArgument('sync', `things[${i}]`, thing, 'a tensor, a module or an optimizer');
  });
  await syncCells(tensors.map((tensor) => tensor.cell));
}
