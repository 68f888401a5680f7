import { enable_grad, no_grad } from '../autograd/mode.js';
import type { DType } from '../dtype.js';
import { CallError, badArgument, show } from '../errors.js';
import { scalarTensor } from '../functions/create.js';
import { Tensor } from '../tensor.js';
import { onCommit } from '../trace/host.js';
import type { Recurrence } from '../trace/host-scalar.js';
import { recorder } from '../trace/recorder.js';
import type { Recorder } from '../trace/recorder.js';
import { groupsOf, paramsOf } from './groups.js';
import type { GroupInput, ParamGroup, ParamsInput } from './groups.js';
import { groupScalar, groupScalars } from './shared-scalars.js';

/** What an optimizer keeps for one parameter: the number of its steps, and tensors of the parameter's shape. */
export interface ParamState {
  step: number;
  tensors: Record<string, Tensor>;
}

/** A saved state in PyTorch's structure: parameters are numbered through all groups. */
export interface OptimizerStateDict {
  state: Record<number, Record<string, Tensor | number | null>>;
  param_groups: ({ params: number[] } & Record<string, unknown>)[];
}

type SavedState = OptimizerStateDict['state'][number];

/** A saved state as `load` of `@reidgrad/core/serialization` gives PyTorch's: numbered entries are a `Map`. */
export interface LoadedOptimizerState extends Pick<OptimizerStateDict, 'param_groups'> {
  state: OptimizerStateDict['state'] | ReadonlyMap<number, SavedState>;
}

function statesOf(state: LoadedOptimizerState['state']): ReadonlyMap<number, SavedState> {
  if (state instanceof Map) return state as ReadonlyMap<number, SavedState>;
  return new Map(Object.entries(state).map(([number, entry]) => [Number(number), entry]));
}

/** Parameters of a group that share the scalars of a step: one dtype, one step count. */
export interface Cohort<G extends ParamGroup> {
  group: G;
  params: readonly { parameter: Tensor; grad: Tensor; state: ParamState }[];
  dtype: DType;
  /** Steps made before this one, read anew before each compiled run. */
  count: () => number;
  /** Start of the names of its scalars. */
  name: string;
}

/** Traces with the optimizers that have stepped in them. */
const stepped = new WeakMap<Recorder, Set<object>>();

/**
 * The name of an optimizer in a trace: by the order of the steps, so that equal functions give equal graphs. Throws on a
 * second step.
 */
function nameIn(trace: Recorder, optimizer: object): string {
  const before = stepped.get(trace) ?? new Set();
  if (before.has(optimizer)) {
    const name = `${optimizer.constructor.name}.step`;
    throw new CallError(name, 'called twice in one compiled function, which its step count cannot follow');
  }
  stepped.set(trace, before.add(optimizer));
  return before.size === 1 ? 'optimizer' : `optimizer${before.size}`;
}

/**
 * Base of all optimizers, as `torch.optim.Optimizer`. The numbers in `param_groups` may change between steps, also
 * inside of compiled functions: they are read anew before every run.
 */
export abstract class Optimizer<G extends ParamGroup = ParamGroup> {
  readonly param_groups: G[] = [];
  protected readonly state = new Map<Tensor, ParamState>();

  protected constructor(
    params: ParamsInput<G>,
    readonly defaults: Omit<G, 'params'>,
  ) {
    for (const group of groupsOf(this.constructor.name, params)) this.add_param_group(group);
  }

  /** Throws where a group's numbers are out of range. */
  protected abstract checkGroup(group: G): void;
  /** Names of the tensors that a parameter of this group needs. */
  protected abstract stateNames(group: G): readonly string[];
  /** Updates the parameters of one cohort with one op each. */
  protected abstract update(cohort: Cohort<G>): void;
  /** A parameter's state as PyTorch saves it. */
  protected abstract saveState(state: ParamState, group: G): Record<string, Tensor | number | null>;
  /** The number of steps that a saved state stands for. */
  protected abstract savedStep(saved: Readonly<Record<string, Tensor | number | null>>): number;

  /**
   * Adds a group: `{ params, lr: 0.01 }`; what it leaves out comes from the optimizer's options.
   * @throws for results instead of leaves, and for parameters that are in a group already.
   */
  add_param_group(input: GroupInput<G>): void {
    const name = this.constructor.name;
    const params = paramsOf(name, input.params, new Set(this.allParams()));
    // The defaults hold every entry but `params`, which stands before them.
    const group = { ...this.defaults, ...input, params } as unknown as G;
    this.checkGroup(group);
    this.param_groups.push(group);
    for (const parameter of params) this.stateOf(parameter, group);
  }

  private allParams(): Tensor[] {
    return this.param_groups.flatMap((group) => group.params);
  }

  /** State exists before any trace begins, so that a trace takes it for state. */
  private stateOf(parameter: Tensor, group: G): ParamState {
    const state = this.state.get(parameter) ?? { step: 0, tensors: {} };
    this.state.set(parameter, state);
    for (const name of this.stateNames(group)) {
      if (state.tensors[name] !== undefined) continue;
      if (recorder() !== null) {
        throw new CallError(
          `${this.constructor.name}.step`,
          `${name} is missing for ${show(parameter)}; it cannot be created in a compiled function, ` +
            'so set the option in the constructor or make one eager step first',
        );
      }
      const { shape, dtype } = parameter;
      state.tensors[name] = no_grad(() => scalarTensor(0, dtype).expand(shape).clone());
    }
    return state;
  }

  /** The tensors that training changes: parameters and their state, for `sync`. */
  *syncTensors(): Iterable<Tensor> {
    yield* this.allParams();
    for (const { tensors } of this.state.values()) yield* Object.values(tensors);
  }

  /** Drops the gradients of all parameters, or with `set_to_none = false` fills them with zeros. */
  zero_grad(set_to_none = true): void {
    for (const parameter of this.allParams()) {
      if (set_to_none) parameter.grad = null;
      else parameter.grad?.detach().zero_();
    }
  }

  /**
   * Updates all parameters that have a gradient.
   * @param closure computes the loss anew, with gradients; its result is returned.
   */
  step(): undefined;
  step<T>(closure: () => T): T;
  step<T>(closure?: () => T): T | undefined {
    if (closure !== undefined && typeof closure !== 'function') {
      throw badArgument(`${this.constructor.name}.step`, 'closure', closure, 'a function, or none');
    }
    const loss = closure === undefined ? undefined : enable_grad(closure);
    const trace = recorder();
    const name = trace === null ? 'optimizer' : nameIn(trace, this);
    if (trace !== null) this.guard(trace);
    no_grad(() => {
      this.param_groups.forEach((group, i) => {
        for (const cohort of this.cohorts(group, `${name}.group${i}`)) {
          if (trace !== null) this.describeCohort(trace, cohort);
          this.update(cohort);
          onCommit(() => {
            for (const { state } of cohort.params) state.step++;
          });
        }
      });
    });
    return loss;
  }

  private cohorts(group: G, name: string): Cohort<G>[] {
    const found = new Map<string, Cohort<G> & { params: Cohort<G>['params'][number][] }>();
    for (const parameter of group.params) {
      const { grad, dtype } = parameter;
      if (grad === null) continue;
      const state = this.stateOf(parameter, group);
      const key = `${dtype} ${state.step}`;
      let cohort = found.get(key);
      if (cohort === undefined) {
        const cohortName = found.size === 0 ? name : `${name}.cohort${found.size}`;
        cohort = { group, params: [], dtype, count: () => state.step, name: cohortName };
        found.set(key, cohort);
      }
      cohort.params.push({ parameter, grad, state });
    }
    return [...found.values()];
  }

  /** What a trace of `step` depends on besides gradients. */
  private guard(trace: Recorder): void {
    const name = this.constructor.name;
    const watch = (key: object, property: string, read: () => unknown): void => {
      const was = read();
      trace.guard(key, property, {
        holds: () => read() === was,
        describe: () => `${property} of ${name} was ${String(was)} and is now ${String(read())}`,
      });
    };
    watch(this, 'number of groups', () => this.param_groups.length);
    this.param_groups.forEach((group, i) => {
      const { params } = group;
      const was = [...params];
      trace.guard(group, 'params', {
        holds: () => group.params.length === was.length && was.every((tensor, at) => group.params[at] === tensor),
        describe: () => `the parameters of group ${i} of ${name} changed`,
      });
      for (const [property, value] of Object.entries(group)) {
        const read = (): unknown => Reflect.get(group, property);
        // Numbers are inputs of the graph; whether one is 0 decides the form of the update.
        if (typeof value === 'number') watch(group, `${property} being 0`, () => read() === 0);
        else if (typeof value === 'boolean') watch(group, property, read);
      }
    });
  }

  private describeCohort(trace: Recorder, { params, name }: Cohort<G>): void {
    params.forEach(({ state }, i) => {
      for (const [key, tensor] of Object.entries(state.tensors)) trace.nameState(tensor.cell, `${name}.${i}.${key}`);
    });
    trace.guard(this, `${name} steps`, {
      holds: () => params.every(({ state }) => state.step === params[0].state.step),
      describe: () => `parameters of ${name} have made different numbers of steps`,
    });
  }

  /** A number of the cohort's group as 0-d tensor of the cohort's dtype. */
  protected scalar(cohort: Cohort<G>, name: string, read: () => number, recurrence?: Recurrence): Tensor {
    return groupScalar(name, { name: `${cohort.name}.${name}`, dtype: cohort.dtype, read, recurrence });
  }

  /** The operand `scalars` of the step ops; numbers are constants. */
  protected stackScalars(cohort: Cohort<G>, scalars: readonly (Tensor | number)[]): Tensor {
    return groupScalars(scalars, cohort.dtype);
  }

  /** The state in PyTorch's structure; tensors share their places with the optimizer's. */
  state_dict(): OptimizerStateDict {
    const numbers = new Map(this.allParams().map((parameter, i) => [parameter, i]));
    const dict: OptimizerStateDict = { state: {}, param_groups: [] };
    for (const group of this.param_groups) {
      const params = group.params.map((parameter) => numbers.get(parameter) ?? -1);
      const numbersAndFlags: Record<string, unknown> = Object.fromEntries(Object.entries(group));
      dict.param_groups.push({ ...numbersAndFlags, params });
      for (const parameter of group.params) {
        const state = this.state.get(parameter);
        if (state === undefined || state.step === 0) continue;
        const saved = this.saveState(state, group);
        // As in PyTorch, a parameter without state has no entry.
        if (Object.keys(saved).length > 0) dict.state[numbers.get(parameter) ?? -1] = saved;
      }
    }
    return dict;
  }

  /**
   * Takes over a saved state, PyTorch's too.
   * @throws when the number of groups, the number of parameters in one, or a shape differs; nothing is changed then.
   */
  load_state_dict(dict: LoadedOptimizerState): void {
    const name = `${this.constructor.name}.load_state_dict`;
    if (dict?.param_groups?.length !== this.param_groups.length) {
      throw badArgument(
        name,
        'param_groups',
        dict.param_groups,
        `as many groups as there are here, ${this.param_groups.length}`,
      );
    }
    const states = statesOf(dict.state);
    const pairs = this.param_groups.flatMap((group, i) => {
      const saved = dict.param_groups[i].params;
      if (saved.length !== group.params.length) {
        throw badArgument(name, `param_groups[${i}].params`, saved, `as many as in this group, ${group.params.length}`);
      }
      return group.params.map((parameter, at) => ({
        parameter,
        group,
        number: saved[at],
        entry: states.get(saved[at]),
      }));
    });
    for (const { parameter, entry, number } of pairs) {
      for (const [key, value] of Object.entries(entry ?? {})) {
        if (!(value instanceof Tensor) || key === 'step' || value.shape.join() === parameter.shape.join()) continue;
        throw badArgument(name, `state[${number}].${key}`, value, `the shape of its parameter, ${show(parameter)}`);
      }
    }
    this.param_groups.forEach((group, i) => {
      const { params } = group;
      Object.assign(group, dict.param_groups[i], { params });
    });
    for (const { parameter, group, entry } of pairs) {
      const state = this.stateOf(parameter, group);
      state.step = entry === undefined ? 0 : this.savedStep(entry);
      for (const [key, tensor] of Object.entries(state.tensors)) {
        const value = entry?.[key];
        no_grad(() => (value instanceof Tensor ? tensor.copy_(value) : tensor.zero_()));
      }
    }
  }

  /** PyTorch's printed form. */
  toString(): string {
    const groups = this.param_groups.map((group, i) => {
      const entries = Object.entries(group).filter(([key]) => key !== 'params');
      const lines = entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `    ${key}: ${String(value)}`);
      return [`Parameter Group ${i}`, ...lines].join('\n');
    });
    return `${this.constructor.name} (\n${groups.join('\n\n')}\n)`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
