/** Parameter groups: plain objects whose numbers user code may change between steps. */
import type { CallError } from '../errors.js';
import { badArgument } from '../errors.js';
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

const isList = (value: unknown): boolean => typeof value === 'object' && value !== null && Symbol.iterator in value;

/** The groups of a constructor's argument: the groups themselves, or one with all the parameters. */
export function groupsOf<G extends ParamGroup>(name: string, params: ParamsInput<G>): GroupInput<G>[] {
  if (!isList(params)) {
    throw badArgument(name, 'params', params, 'a list of parameters or of groups, as model.parameters() gives it');
  }
  const items = [...params];
  if (items.length === 0) throw badArgument(name, 'params', items, 'at least one parameter or group');
  const groups = items.filter((item) => isGroup(item));
  if (groups.length === items.length) return groups;
  if (groups.length > 0) throw badArgument(name, 'params', items, 'either parameters or groups, not both');
  // Nothing but `params`: every other entry of a group input is optional.
  return [{ params: items } as unknown as GroupInput<G>];
}

/** The parameters of one group, checked. `taken` has those of earlier groups. */
export function paramsOf(name: string, params: Tensor | Iterable<ParamItem>, taken: ReadonlySet<Tensor>): Tensor[] {
  if (!isList(params) && !(params instanceof Tensor)) throw badArgument(name, 'params', params, 'a list of parameters');
  const list = (params instanceof Tensor ? [params] : [...params]).map((item) => (isNamed(item) ? item[1] : item));
  list.forEach((tensor: unknown, i) => {
    const refuse = (expected: string): CallError => badArgument(name, `params[${i}]`, tensor, expected);
    if (!(tensor instanceof Tensor)) throw refuse('a tensor');
    if (!tensor.is_leaf) throw refuse('a leaf; optimize what this result was computed from');
    if (taken.has(tensor)) throw refuse('a parameter that is in no other group');
    if (list.indexOf(tensor) !== i) throw refuse('a parameter that is in the list once');
  });
  return list;
}

/** Throws unless the option is a finite number of at least 0 (below `below`). */
export function checkNumber(name: string, option: string, value: number, below = Infinity): void {
  if (typeof value === 'number' && value >= 0 && value < below) return;
  const range = below === Infinity ? 'a number of at least 0' : `a number from 0 to below ${below}`;
  throw badArgument(name, option, value, range);
}

/** @internal Throws unless `optimizer` has groups. */
export function requireOptimizer(fn: string, optimizer: { param_groups?: unknown } | null | undefined): void {
  if (Array.isArray(optimizer?.param_groups)) return;
  throw badArgument(fn, 'optimizer', optimizer, 'an optimizer, with param_groups');
}
