import { badArgument, show } from '../../errors.js';
import type { Tensor } from '../../tensor.js';
import { Module } from '../module.js';

/** Any module that takes one tensor to one tensor. */
export type Layer = Module<[Tensor], Tensor>;

/** Modules under the names '0', '1', ...; what Sequential and ModuleList share. */
abstract class ModuleSequence<M extends Module, In extends unknown[] = never[], Out = unknown> extends Module<In, Out> {
  readonly [index: number]: M;

  /** Number of modules. */
  get length(): number {
    return this.children_list().length;
  }

  /** All modules in order, shared ones as often as they are held. */
  private children_list(): M[] {
    // Only this class and its subclasses fill the fields, with modules of type M.
    return Object.values(this).filter((value) => value instanceof Module);
  }

  /** The module at `index`; negative ones count from the end. Throws out of range. */
  at(index: number): M {
    const all = this.children_list();
    const found = all[index < 0 ? index + all.length : index];
    if (found === undefined) {
      throw badArgument(
        `${this.constructor.name}.at`,
        'index',
        index,
        `an integer from ${-all.length} to ${all.length - 1}`,
      );
    }
    return found;
  }

  /** Adds a module at the end. */
  append(module: M): this {
    this.add_module(String(this.length), module);
    return this;
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.children_list()[Symbol.iterator]();
  }
}

/**
 * Modules applied one after the other: `new nn.Sequential(a, b)`, or named: `new nn.Sequential({ conv1: a, relu1: b })`.
 * Iterates and indexes as a list.
 */
export class Sequential extends ModuleSequence<Layer, [Tensor], Tensor> {
  constructor(named: Readonly<Record<string, Layer>>);
  constructor(...layers: Layer[]);
  constructor(...args: (Layer | Readonly<Record<string, Layer>>)[]) {
    super();
    const [first] = args;
    const layers = args.length === 1 && !(first instanceof Module) ? first : args;
    if (layers === null || typeof layers !== 'object') throw badArgument('Sequential', 'layers', layers, 'modules');
    for (const [name, layer] of Object.entries<unknown>(layers)) {
      if (!(layer instanceof Module)) throw badArgument('Sequential', `layer ${name}`, layer, 'an nn.Module');
      this.add_module(name, layer);
    }
  }

  override forward(x: Tensor): Tensor {
    let out = x;
    for (const layer of this) out = layer.forward(out);
    return out;
  }
}

/** A list of modules whose parameters its owner finds. It has no `forward`: index it, or iterate over it. */
export class ModuleList<M extends Module = Layer> extends ModuleSequence<M> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** Equal neighbours share a line, as in PyTorch: `(0-2): 3 x Linear(...)`. */
  protected override childLines(): string[] {
    const texts = [...this].map((module) => module.toString());
    const lines: string[] = [];
    for (let start = 0; start < texts.length;) {
      let end = start + 1;
      while (end < texts.length && texts[end] === texts[start]) end++;
      lines.push(
        end - start === 1 ? `(${start}): ${texts[start]}` : `(${start}-${end - 1}): ${end - start} x ${texts[start]}`,
      );
      start = end;
    }
    return lines;
  }
}

/** Modules by name, whose parameters its owner finds. It has no `forward`. */
export class ModuleDict<M extends Module = Layer> extends Module {
  constructor(modules: Readonly<Record<string, M>> = {}) {
    super();
    this.update(modules);
  }

  /** The module called `name`. Throws when there is none. */
  get(name: string): M {
    const found = this.entries().find(([key]) => key === name);
    if (found === undefined) throw badArgument('ModuleDict.get', 'name', name, `one of ${show(this.keys())}`);
    return found[1];
  }

  has(name: string): boolean {
    return this.keys().includes(name);
  }

  /** Adds or replaces. */
  set(name: string, module: M): this {
    if (this.has(name)) Reflect.set(this, name, module);
    else this.add_module(name, module);
    return this;
  }

  /** Adds or replaces several. */
  update(modules: Readonly<Record<string, M>>): this {
    for (const [name, module] of Object.entries(modules)) this.set(name, module);
    return this;
  }

  entries(): [string, M][] {
    // Only this class fills the fields, with modules of type M.
    return Object.entries(this).filter((entry): entry is [string, M] => entry[1] instanceof Module);
  }

  keys(): string[] {
    return this.entries().map(([name]) => name);
  }

  values(): M[] {
    return this.entries().map(([, module]) => module);
  }

  get length(): number {
    return this.entries().length;
  }
}
