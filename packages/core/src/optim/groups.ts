/** Parameter groups: plain objects whose numbers user code may change between steps. */
import { describe } from '../dtype.js';
import { Tensor } from '../tensor.js';

/** What every group has; each optimizer adds its own numbers. */
export interface ParamGroup {
  params: Tensor[];
  lr: number;
  /** The learning rate that a scheduler started from. */
  initial_lr?: number;
  weight_decay: number;
  /** Go up the gradient instead of down. */
  maximize: boolean;
}

/** A tensor, or an entry of `named_parameters()`. */
export type ParamItem = Tensor | readonly [name: string, parameter: Tensor];

/** A group as passed to a constructor: what it leaves out comes from the optimizer's options. */
export type GroupInput<G extends ParamGroup> = { params: Tensor | Iterable<ParamItem> } & Partial<Omit<G, 'params'>>;

/** What optimizers take: parameters, named parameters, or groups of them. */
export type ParamsInput<G extends ParamGroup> = Iterable<ParamItem | GroupInput<G>>;

function isGroup<G extends ParamGroup>(item: ParamItem | GroupInput<G>): item is GroupInput<G> {
  return typeof item === 'object' && item !== null && 'params' in item;
}

function isNamed(item: ParamItem): item is readonly [string, Tensor] {
  return Array.isArray(item);
}

/** The groups of a constructor's argument: the groups themselves, or one with all the parameters. */
export function groupsOf<G extends ParamGroup>(name: string, params: ParamsInput<G>): GroupInput<G>[] {
  const given: unknown = params;
  if (given instanceof Tensor) {
    throw new Error(
      `${name}: params: got a tensor ${describe(given.dtype, given.shape)}, expected a list of parameters`,
    );
  }
  const items = [...params];
  if (items.length === 0) throw new Error(`${name}: params: got an empty list, expected parameters or groups`);
  const groups = items.filter((item) => isGroup(item));
  if (groups.length === items.length) return groups;
  if (groups.length > 0) throw new Error(`${name}: params: got parameters and groups mixed, expected one or the other`);
  // Nothing but `params`: every other entry of a group input is optional.
  return [{ params: items } as unknown as GroupInput<G>];
}

/** The parameters of one group, checked. `taken` has those of earlier groups. */
export function paramsOf(name: string, params: Tensor | Iterable<ParamItem>, taken: ReadonlySet<Tensor>): Tensor[] {
  const list = (params instanceof Tensor ? [params] : [...params]).map((item) => (isNamed(item) ? item[1] : item));
  list.forEach((tensor: unknown, i) => {
    if (!(tensor instanceof Tensor)) {
      throw new Error(`${name}: params: got ${typeof tensor} at position ${i}, expected a tensor`);
    }
    if (!tensor.is_leaf) {
      throw new Error(
        `${name}: params: ${describe(tensor.dtype, tensor.shape)} at position ${i} is a result and not a leaf; optimize what it was computed from`,
      );
    }
    if (taken.has(tensor)) throw new Error(`${name}: params: the tensor at position ${i} is in another group already`);
    if (list.indexOf(tensor) !== i)
      throw new Error(`${name}: params: the tensor at position ${i} is in the list twice`);
  });
  return list;
}

/** Throws unless the option is a finite number of at least 0 (below `below`). */
export function checkNumber(name: string, option: string, value: number, below = Infinity): void {
  if (typeof value === 'number' && value >= 0 && value < below) return;
  const range = below === Infinity ? 'a number of at least 0' : `a number from 0 to below ${below}`;
  throw new Error(`${name}: ${option}: got ${String(value)}, expected ${range}`);
}
