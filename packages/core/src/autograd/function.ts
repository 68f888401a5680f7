/** Operations with a gradient of their own, as `torch.autograd.Function`. */
import { CallError, badArgument, show } from '../errors.js';
import { cast } from '../functions/pointwise.js';
import { zeros } from '../functions/create.js';
import { Tensor } from '../tensor.js';
import type { Meta } from '../ops/types.js';
import { isFloating } from '../dtype.js';
import { currentScope } from '../trace/scope.js';
import { is_grad_enabled, no_grad } from './mode.js';
import { TapeNode, edgeOf } from './tape.js';

/** @internal The value of this moment on a place of its own, with the autograd link of this moment. */
export function snapshot(tensor: Tensor): Tensor {
  const { cell } = tensor.detachCopy();
  const node = tensor.grad_fn;
  if (node === null) return new Tensor(cell, tensor.autograd);
  return linked(new Tensor(cell), node, tensor.autograd.output_nr);
}

/** @internal Makes `tensor` output `nr` of `node`. */
export function linked(tensor: Tensor, node: TapeNode, nr: number): Tensor {
  tensor.autograd.grad_fn = node;
  tensor.autograd.output_nr = nr;
  return tensor;
}

/** @internal Lets go of the bytes of a snapshot, so that in-place ops may write them again. */
export function letGo(saved: readonly Tensor[]): void {
  for (const { cell } of saved) if (cell.value.storage.kind === 'host') cell.value.storage.holders--;
}

const metaOf = ({ dtype, shape }: Tensor): Meta => ({ dtype, shape });

/**
 * @internal The same values behind one node of the tape, which hands `onGrads` all gradients that come back to it; what
 * that returns goes on instead. Tensors that want no gradient go through as they are.
 */
export function throughNode(
  name: string,
  tensors: readonly Tensor[],
  onGrads: (grads: readonly (Tensor | null)[]) => readonly (Tensor | null)[],
): Tensor[] {
  const backward = (grads: readonly (Tensor | null)[]): (() => Tensor | null)[] =>
    onGrads(grads).map((grad) => () => grad);
  const node = new TapeNode(name, tensors.map(edgeOf), tensors.map(metaOf), backward, null, currentScope());
  return tensors.map((tensor, nr) =>
    tensor.requires_grad ? linked(new Tensor(tensor.detachCopy().cell), node, nr) : tensor,
  );
}

/** What `forward` leaves for `backward`; any further field may be set on it. */
export class FunctionContext {
  /** Whether each argument of `apply` wants a gradient. */
  readonly needs_input_grad: readonly boolean[];
  [field: string]: unknown;
  #toSave: readonly (Tensor | null)[] = [];
  #saved: readonly (Tensor | null)[] | null = null;
  #constant: readonly Tensor[] = [];
  #materializes = true;

  constructor(needs_input_grad: readonly boolean[]) {
    this.needs_input_grad = needs_input_grad;
  }

  /** Keeps inputs and outputs for `backward`, with their gradients' paths, until it has run. */
  save_for_backward(...tensors: (Tensor | null)[]): void {
    this.#toSave = tensors;
  }

  /** What `save_for_backward` kept. Throws once the graph was freed. */
  get saved_tensors(): Tensor[] {
    if (this.#saved === null) {
      throw new CallError('saved_tensors', 'freed by an earlier backward; pass { retain_graph: true } to that one');
    }
    // A place that was saved as null is read by code that saved it so.
    return this.#saved as Tensor[];
  }

  /** Outputs that get no gradient although they are floating. */
  mark_non_differentiable(...outputs: Tensor[]): void {
    this.#constant = outputs;
  }

  /** With `false`, `backward` gets null instead of zeros for outputs that no gradient came to. Default true. */
  set_materialize_grads(value: boolean): void {
    this.#materializes = value;
  }

  /** @internal */
  isConstant(output: Tensor): boolean {
    return !isFloating(output.dtype) || this.#constant.includes(output);
  }

  /** @internal */
  get materializes(): boolean {
    return this.#materializes;
  }

  /** @internal Takes the snapshots, outputs under their final handles. */
  keep(finalOf: (tensor: Tensor) => Tensor): void {
    this.#saved = this.#toSave.map((tensor) => (tensor === null ? null : snapshot(finalOf(tensor))));
    this.#toSave = [];
  }

  /** @internal */
  release(): void {
    letGo((this.#saved ?? []).filter((tensor) => tensor !== null));
    this.#saved = null;
  }
}

type Result = Tensor | readonly unknown[];
type Gradients = Tensor | null | readonly (Tensor | null)[];

/** The two static methods that a subclass of `autograd.Function` has. */
export interface FunctionClass<Args extends readonly unknown[], Out extends Result> {
  readonly name: string;
  forward(ctx: FunctionContext, ...args: Args): Out;
  backward(ctx: FunctionContext, ...grads: Tensor[]): Gradients;
}

// Array.isArray does not narrow readonly arrays.
const isList = (x: unknown): x is readonly unknown[] => Array.isArray(x);

/** What `backward` gave, one gradient per argument; `args` has null for arguments that are no tensors. */
function gradientsOf(name: string, given: Gradients, args: readonly (Meta | null)[]): (Tensor | null)[] {
  const list: readonly (Tensor | null)[] = given === null || given instanceof Tensor ? [given] : given;
  if (list.length < args.length) {
    const expected = `one gradient (or null) per argument of forward, ${args.length}`;
    throw new CallError(`${name}.backward`, `returned ${show(list)}, expected ${expected}`);
  }
  return args.map((arg, i) => {
    const grad = list[i] ?? null;
    if (grad === null || arg === null) return null;
    if (grad.shape.join() !== arg.shape.join()) {
      throw badArgument(`${name}.backward`, `gradient ${i}`, grad, `the argument's shape, [${arg.shape.join(', ')}]`);
    }
    return cast(grad, arg.dtype);
  });
}

/**
 * Base of operations with a hand-written gradient. A subclass has static `forward(ctx, ...args)`, which runs outside of
 * the tape, and static `backward(ctx, ...grads)`, which returns one gradient (or null) per argument of `forward`.
 * Call it by `apply`. Written with tensor ops, `backward` is differentiable and traces.
 * @example
 * class Exp extends autograd.Function {
 *   static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
 *     const y = x.exp();
 *     ctx.save_for_backward(y);
 *     return y;
 *   }
 *   static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
 *     return grad.mul(ctx.saved_tensors[0]);
 *   }
 * }
 * Exp.apply(x);
 */
class AutogradFunction {
  /**
   * Runs `forward` and puts its `backward` on the tape.
   * @returns what `forward` returned: a tensor, or a list of tensors and other values.
   * @throws when `forward` returns anything else; in the backward pass for gradients of another count or shape.
   */
  static apply<Args extends readonly unknown[], Out extends Result>(
    this: FunctionClass<Args, Out>,
    ...args: Args
  ): Out {
    const wants = args.map((arg) => arg instanceof Tensor && arg.requires_grad);
    const ctx = new FunctionContext(wants);
    const result = no_grad(() => this.forward(ctx, ...args));
    if (!(result instanceof Tensor) && !isList(result)) {
      throw new CallError(`${this.name}.forward`, `returned ${show(result)}, expected a tensor or a list`);
    }
    const outputs: readonly unknown[] = isList(result) ? result : [result];
    if (!is_grad_enabled() || !wants.includes(true)) return result;
    const tensors = outputs.filter((output) => output instanceof Tensor);
    const metas = tensors.map(metaOf);
    const constant = tensors.map((tensor) => ctx.isConstant(tensor));
    const edges = args.map((arg) => (arg instanceof Tensor ? edgeOf(arg) : null));
    // Metas only: the arguments themselves would keep their values alive.
    const argMetas = args.map((arg) => (arg instanceof Tensor ? metaOf(arg) : null));
    const backward = (grads: readonly (Tensor | null)[]): ((() => Tensor | null) | null)[] => {
      const full = grads.map((grad, i) =>
        grad === null && ctx.materializes ? zeros(metas[i].shape, { dtype: metas[i].dtype }) : grad,
      );
      // Without materialized gradients the subclass has asked for nulls.
      const given = this.backward(ctx, ...(full as Tensor[]));
      return gradientsOf(this.name, given, argMetas).map((grad) => () => grad);
    };
    const node = new TapeNode(this.name, edges, metas, backward, () => ctx.release(), currentScope());
    // An argument that comes back, or a view, is another tensor from here on.
    const finals = new Map(
      tensors.map((tensor, nr) => {
        const own = tensor.viewOf !== null || args.includes(tensor) ? tensor.detachCopy() : tensor;
        return [tensor, constant[nr] ? own : linked(own, node, nr)];
      }),
    );
    ctx.keep((tensor) => (args.includes(tensor) ? tensor : (finals.get(tensor) ?? tensor)));
    const final = (output: unknown): unknown => (output instanceof Tensor ? finals.get(output) : output);
    // The structure is that of `result`, with other handles in it.
    return (isList(result) ? result.map(final) : final(result)) as Out;
  }
}

export { AutogradFunction as Function };
