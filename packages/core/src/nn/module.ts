import { CallError, badArgument } from '../errors.js';
import { cast } from '../functions/pointwise.js';
import type { DType } from '../dtype.js';
import { isFloating, requireDevice } from '../dtype.js';
import { Tensor } from '../tensor.js';
import { callModule, nameOf } from './call.js';
import type { BackwardHook } from './backward-hooks.js';
import type { ModuleHooks } from './call.js';
import { deepCopy } from './deepcopy.js';
import type { CopyMemo } from './deepcopy.js';
import { Parameter } from './parameter.js';
import { loadInto } from './state.js';
import type { IncompatibleKeys, StateDict } from './state.js';

/** Takes back what was registered. */
export interface RemovableHandle {
  remove(): void;
}

type ArgsOf<M extends Module> = Parameters<M['forward']>;
type OutputOf<M extends Module> = ReturnType<M['forward']>;

let hookCount = 0;

function register<H>(fn: string, hooks: Map<number, H>, hook: H): RemovableHandle {
  if (typeof hook !== 'function') throw badArgument(fn, 'hook', hook, 'a function');
  const id = ++hookCount;
  hooks.set(id, hook);
  return { remove: () => void hooks.delete(id) };
}

const join = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);

/** The first of each, by identity. */
function unique<T>(entries: readonly [string, T][]): [string, T][] {
  const seen = new Set<T>();
  return entries.filter(([, value]) => !seen.has(value) && seen.add(value));
}

/**
 * Base of all layers and networks, as `torch.nn.Module`. Modules, parameters and registered buffers are found among the
 * fields, in the order of their definition: declare fields in the order of the Python constructor.
 *
 * Subclasses declare `forward` as they like; it is called as `m.forward(x)`, which runs hooks and names the module in
 * errors. The type arguments serve variables that hold any module of a signature: `nn.Module<[Tensor], Tensor>`.
 * @example
 * class Net extends nn.Module {
 *   fc = new nn.Linear(8, 2);
 *   forward(x: Tensor): Tensor {
 *     return this.fc.forward(x).relu();
 *   }
 * }
 */
export class Module<In extends unknown[] = never[], Out = unknown> {
  /** Whether layers such as dropout and batch norm act as in training. See `train` and `eval`. */
  training = true;

  readonly #hooks: ModuleHooks = { pre: new Map(), forward: new Map(), backward: new Map() };
  readonly #buffers = new Map<string, { persistent: boolean }>();

  constructor() {
    // An own property wraps the class's forward, so that `super.forward()` still reaches the classes themselves.
    Object.defineProperty(this, 'forward', {
      value: (...args: unknown[]): unknown => {
        this.#ownBuffers(false);
        const forward: unknown = Reflect.get(Object.getPrototypeOf(this) as object, 'forward');
        return callModule(this, this.#hooks, forward as (...args: readonly unknown[]) => unknown, args);
      },
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }

  /** What the module computes; subclasses define it. Throws where they did not. */
  forward(..._inputs: In): Out {
    throw new CallError(nameOf(this), 'forward is not defined; write one, or call what this module holds');
  }

  /** @internal Whether the module only holds others, so that its `forward` is never called. */
  get isContainer(): boolean {
    return Reflect.get(Object.getPrototypeOf(this) as object, 'forward') === Module.prototype.forward;
  }

  /** Names of buffers that old checkpoints lack; a strict load does without them. */
  protected optional_keys(): readonly string[] {
    return [];
  }

  #define(kind: string, name: string, value: unknown): void {
    if (name === '' || name.includes('.')) {
      throw badArgument(kind, 'name', name, "a name without '.'");
    }
    const held = Object.getOwnPropertyDescriptor(this, name);
    const isFree = held === undefined ? !(name in this) : held.enumerable && (held.value ?? null) === null;
    if (!isFree) throw badArgument(kind, 'name', name, `a name that ${nameOf(this)} does not have yet`);
    Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
  }

  /**
   * Adds a tensor that belongs to the module's state but is not trained, as the field `name` (write `declare name: Tensor`).
   * @param persistent whether `state_dict` has it. Default true.
   * @throws when the name is taken.
   */
  register_buffer(name: string, tensor: Tensor | null, persistent = true): void {
    if (tensor !== null && !(tensor instanceof Tensor)) {
      throw badArgument('register_buffer', 'tensor', tensor, 'a tensor or null');
    }
    this.#define('register_buffer', name, tensor);
    this.#buffers.set(name, { persistent });
  }

  /** Adds a parameter as the field `name`; `null` keeps its place. Throws when the name is taken. */
  register_parameter(name: string, parameter: Parameter | null): void {
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw badArgument(
        'register_parameter',
        'param',
        parameter,
        'an nn.Parameter or null; new nn.Parameter(x) makes one',
      );
    }
    this.#define('register_parameter', name, parameter);
  }

  /** Adds a child module as the field `name`. Throws when the name is taken. */
  add_module(name: string, module: Module | null): void {
    this.#hold('add_module', name, module);
  }

  /** As `add_module`. */
  register_module(name: string, module: Module | null): void {
    this.#hold('register_module', name, module);
  }

  #hold(fn: string, name: string, module: Module | null): void {
    if (module !== null && !(module instanceof Module)) throw badArgument(fn, 'module', module, 'an nn.Module or null');
    this.#define(fn, name, module);
  }

  #ownParameters(): [string, Parameter][] {
    return Object.entries(this).filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter);
  }

  #ownBuffers(onlyPersistent: boolean): [string, Tensor][] {
    const found: [string, Tensor][] = [];
    for (const [name, { persistent }] of this.#buffers) {
      const value: unknown = Reflect.get(this, name);
      if (value instanceof Tensor) {
        if (persistent || !onlyPersistent) found.push([name, value]);
      } else if (value !== null) {
        const way = `write \`declare ${name}: Tensor\` there`;
        throw new CallError(nameOf(this), `buffer '${name}' was overwritten by a class field of that name; ${way}`);
      }
    }
    return found;
  }

  /** Direct children with their names. */
  named_children(): [string, Module][] {
    const modules = Object.entries(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
    return unique(modules);
  }

  /** Direct children. */
  children(): Module[] {
    return this.named_children().map(([, module]) => module);
  }

  /** This module and all below it with their paths, each once; its own path is `prefix`. */
  named_modules(prefix = ''): [string, Module][] {
    const below = this.named_children().flatMap(([name, child]) => child.named_modules(join(prefix, name)));
    return unique<Module>([[prefix, this], ...below]);
  }

  /** This module and all below it, each once. */
  modules(): Module[] {
    return this.named_modules().map(([, module]) => module);
  }

  #named<T>(prefix: string, recurse: boolean, own: (module: Module) => [string, T][]): [string, T][] {
    const modules: [string, Module][] = recurse ? this.named_modules(prefix) : [[prefix, this]];
    return unique(
      modules.flatMap(([path, module]) => own(module).map(([name, value]): [string, T] => [join(path, name), value])),
    );
  }

  /** All parameters with their paths, each once. */
  named_parameters(prefix = '', recurse = true): [string, Parameter][] {
    return this.#named(prefix, recurse, (module) => module.#ownParameters());
  }

  /** All parameters, each once, as optimizers take them. */
  parameters(recurse = true): Parameter[] {
    return this.named_parameters('', recurse).map(([, parameter]) => parameter);
  }

  /** Parameters and buffers, for `sync`. */
  *syncTensors(): Iterable<Tensor> {
    yield* this.parameters();
    yield* this.buffers();
  }

  /** All buffers with their paths, each once. */
  named_buffers(prefix = '', recurse = true): [string, Tensor][] {
    return this.#named(prefix, recurse, (module) => module.#ownBuffers(false));
  }

  /** All buffers, each once. */
  buffers(recurse = true): Tensor[] {
    return this.named_buffers('', recurse).map(([, buffer]) => buffer);
  }

  /** The module at a dotted path, this one for `''`. Throws where a name does not lead to a module. */
  get_submodule(path: string): Module {
    if (path === '') return this;
    const [name, ...rest] = path.split('.');
    const next: unknown = Reflect.get(this, name);
    if (!isModule(next)) {
      const held = this.named_children().map(([child]) => child);
      throw badArgument(
        'get_submodule',
        'target',
        name,
        `a module of ${nameOf(this)}: ${held.join(', ') || 'it has none'}`,
      );
    }
    return next.get_submodule(rest.join('.'));
  }

  /** The parameter at a dotted path. Throws where there is none. */
  get_parameter(path: string): Parameter {
    const dot = path.lastIndexOf('.');
    const owner = this.get_submodule(dot < 0 ? '' : path.slice(0, dot));
    const found: unknown = Reflect.get(owner, path.slice(dot + 1));
    if (!(found instanceof Parameter)) {
      throw badArgument('get_parameter', 'target', path, `the path of a parameter of ${nameOf(this)}`);
    }
    return found;
  }

  /** Puts this module and all below it in training mode, or with `false` in evaluation mode. Returns the module. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Evaluation mode: `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Switches gradients of all parameters on, or with `false` off (freezes them). Returns the module. */
  requires_grad_(requires_grad = true): this {
    for (const parameter of this.parameters()) parameter.requires_grad_(requires_grad);
    return this;
  }

  /** Drops all gradients, or with `set_to_none = false` fills them with zeros. */
  zero_grad(set_to_none = true): void {
    for (const parameter of this.parameters()) {
      if (set_to_none) parameter.grad = null;
      else parameter.grad?.detach().zero_();
    }
  }

  /** Calls `fn` with every module, children before their parents: `model.apply(init_weights)`. Returns the module. */
  apply(fn: (module: Module) => void): this {
    if (typeof fn !== 'function') throw badArgument('apply', 'fn', fn, 'a function of a module');
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  #convert(dtype: DType): this {
    const convert = (tensor: Tensor): void => {
      // The place stays and its value changes, so that optimizers and compiled functions keep hold of it.
      if (isFloating(tensor.dtype)) tensor.cell.value = cast(tensor.detach(), dtype).read();
    };
    for (const parameter of this.parameters()) {
      convert(parameter);
      if (parameter.grad !== null) convert(parameter.grad);
    }
    this.buffers().forEach(convert);
    return this;
  }

  /** Converts floating parameters and buffers in place; device names are accepted and ignored. Returns the module. */
  to(target: string): this {
    if (isFloatingName(target)) return this.#convert(target);
    requireDevice('to', target, 'a floating dtype');
    return this;
  }
  /** Converts to float32. */
  float(): this {
    return this.#convert('float32');
  }
  /** Converts to float64. */
  double(): this {
    return this.#convert('float64');
  }
  /** Converts to float16. */
  half(): this {
    return this.#convert('float16');
  }
  /** This module: eager tensors live on the host. */
  cuda(): this {
    return this;
  }
  /** This module: eager tensors live on the host. */
  cpu(): this {
    return this;
  }

  /**
   * Calls `hook(module, args, output)` after every `forward`; what it returns replaces the output.
   * @returns a handle that removes it.
   */
  register_forward_hook<M extends Module>(
    this: M,
    hook: (module: M, args: ArgsOf<M>, output: OutputOf<M>) => unknown,
  ): RemovableHandle {
    // Hooks see the arguments of this very module, which the common map cannot express.
    return register(
      'register_forward_hook',
      this.#hooks.forward,
      hook as unknown as Parameters<ModuleHooks['forward']['set']>[1],
    );
  }

  /** Calls `hook(module, args)` before every `forward`; what it returns (a list, or one value) replaces the arguments. */
  register_forward_pre_hook<M extends Module>(this: M, hook: (module: M, args: ArgsOf<M>) => unknown): RemovableHandle {
    return register(
      'register_forward_pre_hook',
      this.#hooks.pre,
      hook as unknown as Parameters<ModuleHooks['pre']['set']>[1],
    );
  }

  /**
   * Calls `hook(module, grad_input, grad_output)` in the backward pass: lists, with null for what is no tensor. A list
   * that it returns replaces `grad_input`; one of another length is an error.
   */
  register_full_backward_hook<M extends Module>(this: M, hook: BackwardHook<M>): RemovableHandle {
    return register('register_full_backward_hook', this.#hooks.backward, hook as unknown as BackwardHook);
  }

  /** PyTorch's deprecated name of `register_full_backward_hook`. */
  register_backward_hook<M extends Module>(this: M, hook: BackwardHook<M>): RemovableHandle {
    return this.register_full_backward_hook(hook);
  }

  /**
   * A copy that shares nothing with this module, as Python's `copy.deepcopy(module)`, without hooks and subclasses'
   * `#private` fields: their constructors do not run. `memo` has what was copied already.
   */
  deepcopy(memo: CopyMemo = new Map()): this {
    // Only the base class's constructor runs, on the prototype of this module's class.
    const copy = Reflect.construct(Module, [], this.constructor as new () => object) as this;
    memo.set(this, copy);
    for (const [name, settings] of this.#buffers) copy.#buffers.set(name, settings);
    for (const [name, value] of Object.entries(this)) {
      Reflect.set(copy, name, deepCopy(value, memo));
    }
    return copy;
  }

  #collect(prefix: string, out: StateDict): StateDict {
    for (const [name, value] of [...this.#ownParameters(), ...this.#ownBuffers(true)]) {
      out[prefix + name] = value.detach();
    }
    // A module held twice has its keys twice, as in PyTorch.
    for (const [name, child] of Object.entries(this))
      if (child instanceof Module) child.#collect(`${prefix}${name}.`, out);
    return out;
  }

  /** Parameters and persistent buffers by path, detached but sharing their places; `prefix` goes before every key. */
  state_dict(options: { prefix?: string } = {}): StateDict {
    return this.#collect(options.prefix ?? '', {});
  }

  #optionalKeys(prefix: string): string[] {
    const below = this.named_children().flatMap(([name, child]) => child.#optionalKeys(`${prefix}${name}.`));
    return [...this.optional_keys().map((key) => prefix + key), ...below];
  }

  /**
   * Copies a state dict into this module, converting dtypes.
   * @param options `strict` (default true): throw for missing and unexpected keys instead of reporting them.
   * @throws with every missing key, unexpected key and shape mismatch in one message, before anything is copied.
   */
  load_state_dict(state: Readonly<Record<string, Tensor>>, options: { strict?: boolean } = {}): IncompatibleKeys {
    const optional = new Set(this.#optionalKeys(''));
    return loadInto(nameOf(this), this.state_dict(), state, optional, options.strict ?? true);
  }

  /** The arguments that `toString` shows. */
  extra_repr(): string {
    return '';
  }

  /** @internal Lines of the children for `toString`. */
  protected childLines(): string[] {
    return this.named_children().map(([name, child]) => `(${name}): ${child.toString()}`);
  }

  /** PyTorch's printed form: the class, its arguments, its children. */
  toString(): string {
    const extra = this.extra_repr();
    const lines = this.childLines().map((line) => line.replaceAll('\n', '\n  '));
    if (lines.length === 0) return `${nameOf(this)}(${extra})`;
    return `${nameOf(this)}(\n  ${[...(extra === '' ? [] : [extra]), ...lines].join('\n  ')}\n)`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function isModule(value: unknown): value is Module {
  return value instanceof Module;
}

function isFloatingName(name: string): name is DType {
  return name === 'float32' || name === 'float64' || name === 'float16';
}
