/** Hooks on the gradients of a module's inputs and outputs. */
import { throughNode } from '../autograd/function.js';
import { is_grad_enabled } from '../autograd/mode.js';
import { CallError, show } from '../errors.js';
import { Tensor } from '../tensor.js';
import type { Module } from './module.js';

/** Gradients of a module's inputs or outputs, null for what is no tensor or wants none. */
export type ModuleGrads = readonly (Tensor | null)[];
/** May return other gradients of the inputs. */
export type BackwardHook<M extends Module = Module> = (
  module: M,
  grad_input: ModuleGrads,
  grad_output: ModuleGrads,
) => unknown;

// Array.isArray does not narrow readonly arrays.
const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);

/** Puts nodes before and after one call of a module, and calls its hooks when both have their gradients. */
export class BackwardHookCall {
  private gradOutputs: ModuleGrads | null = null;
  private inputs: readonly unknown[] = [];
  private hasNodeBefore = false;

  constructor(
    private readonly module: Module,
    private readonly hooks: ReadonlyMap<number, BackwardHook>,
  ) {}

  /** The arguments behind a node of their own. */
  before(args: readonly unknown[]): readonly unknown[] {
    this.inputs = args;
    const exchanged = exchange(args, (grads) => this.fire(grads));
    this.hasNodeBefore = exchanged !== null;
    return exchanged ?? args;
  }

  /** The output behind a node of its own. */
  after(output: unknown): unknown {
    const outputs = isList(output) ? output : [output];
    const exchanged = exchange(outputs, (grads) => {
      this.gradOutputs = grads;
      if (!this.hasNodeBefore) this.fire(this.inputs.map(() => null));
      return grads;
    });
    if (exchanged === null) return output;
    return isList(output) ? exchanged : exchanged[0];
  }

  private fire(gradInputs: ModuleGrads): ModuleGrads {
    const { gradOutputs } = this;
    // In a double backward, gradients reach the inputs by other ways than through the outputs.
    if (gradOutputs === null) return gradInputs;
    let current = gradInputs;
    for (const hook of [...this.hooks.values()]) {
      const given = hook(this.module, current, gradOutputs);
      if (given === undefined || given === null) continue;
      const list: readonly unknown[] = isList(given) ? given : [given];
      if (list.length !== current.length || !list.every((grad) => grad === null || grad instanceof Tensor)) {
        const expected = `as many gradients (or nulls) as arguments, ${current.length}`;
        throw new CallError('register_full_backward_hook', `hook: returned ${show(list)}, expected ${expected}`);
      }
      current = list;
    }
    this.gradOutputs = null;
    return current;
  }
}

/** The tensors among `values` behind one node, whose gradients are given per value; null where none wants gradients. */
function exchange(values: readonly unknown[], onGrads: (grads: ModuleGrads) => ModuleGrads): unknown[] | null {
  const tensors = values.filter((value) => value instanceof Tensor);
  if (!is_grad_enabled() || !tensors.some((tensor) => tensor.requires_grad)) return null;
  const places = values.flatMap((value, i) => (value instanceof Tensor ? [i] : []));
  const through = throughNode('backward hook', tensors, (grads) => {
    const all = values.map((_, i) => (places.includes(i) ? grads[places.indexOf(i)] : null));
    const next = onGrads(all);
    return places.map((i) => next[i]);
  });
  return values.map((value, i) => (value instanceof Tensor ? through[places.indexOf(i)] : value));
}
