import { AutogradMeta } from '../autograd/meta.js';
import type { GradHook } from '../autograd/meta.js';
import { hostStorageOf } from '../dispatch.js';
import { describe, isFloating, itemSize, numelOf } from '../dtype.js';
import type { DType } from '../dtype.js';
import { CallError, badArgument, isTensor, show } from '../errors.js';
import { fromHalf, widenHalf } from '../half.js';
import type { Cell, Value } from '../storage.js';
import type { Tensor } from '../tensor.js';
import { recorder } from '../trace/recorder.js';
import type { ViewOf } from '../view.js';
import { isRowMajor, stridesOf } from '../strides.js';
import { syncView } from '../view.js';

/** What `tolist()` gives: a number, or nested arrays of them. */
export type NestedNumbers = number | NestedNumbers[];

/**
 * Exact typed array of a dtype, as `toTypedArray` gives it: int64 is a BigInt64Array, float16 the Float32Array of its
 * values.
 */
export type TypedArrayOut = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** The state of a tensor handle and what reads it; the arithmetic stands in the classes between this and `Tensor`. */
export abstract class TensorBase {
  /** The place whose value this handle shows. Shared with `detach()` and `.data`. */
  cell: Cell;
  /** The autograd side; shared with what the tape saved of a leaf. */
  autograd: AutogradMeta;
  /** Set on differentiable views: where the value comes from, and where writes go. */
  viewOf: ViewOf | null = null;
  /** Set inside a trace on `x[mask]`: the tensor holds all of x, and this mask says which elements count. */
  selection: Tensor | null = null;
  /** A parameter's or buffer's name, for messages. */
  name: string | null = null;

  constructor(cell: Cell, autograd: AutogradMeta = new AutogradMeta()) {
    this.cell = cell;
    this.autograd = autograd;
  }

  /** The current value: views follow their base, and a trace sees its symbolic twin. */
  read(this: Tensor): Value {
    if (this.viewOf !== null) syncView(this);
    const trace = recorder();
    if (trace === null) return this.cell.value;
    if (this.autograd.grad_fn === null) guardRequiresGrad(this);
    return trace.read(this.cell);
  }

  private meta(): Value {
    // A view's shape never changes, so it need not be synced for its metas.
    return this.cell.value;
  }

  get dtype(): DType {
    return this.meta().dtype;
  }

  /** Sizes of all dims. */
  get shape(): readonly number[] {
    if (this.selection !== null) {
      throw new CallError('shape', 'the length of a boolean-mask selection is not known inside a trace');
    }
    return this.meta().shape;
  }

  get ndim(): number {
    return this.shape.length;
  }

  /** Number of dims, as `ndim`. */
  dim(): number {
    return this.shape.length;
  }

  /** The sizes, or the size of dim `dim` (negative counts from the end). Throws for a dim out of range. */
  size(): readonly number[];
  size(dim: number): number;
  size(dim?: number): number | readonly number[] {
    const { shape } = this;
    if (dim === undefined) return shape;
    const at = dim < 0 ? dim + shape.length : dim;
    const size = shape[at];
    if (size === undefined) {
      const rank = shape.length;
      throw badArgument(
        'size',
        'dim',
        dim,
        rank === 0 ? 'none for a 0-d tensor' : `an integer from ${-rank} to ${rank - 1} for ${show(this)}`,
      );
    }
    return size;
  }

  numel(): number {
    if (this.selection !== null) {
      const why = 'the length of a boolean-mask selection is not known inside a trace; use mask.sum(), a tensor';
      throw new CallError('numel', why);
    }
    return numelOf(this.shape);
  }

  nelement(): number {
    return this.numel();
  }

  element_size(): number {
    return itemSize[this.dtype];
  }

  is_floating_point(): boolean {
    return isFloating(this.dtype);
  }

  /** Whether PyTorch's tensor would lie row-major in memory: false for transposed, expanded and sliced views. */
  is_contiguous(): boolean {
    return isRowMajor(this.shape, stridesOf(this as unknown as Tensor));
  }

  /** `'cpu'`: eager tensors live on the host; a compiled function decides where it runs. */
  get device(): string {
    return 'cpu';
  }

  get is_cuda(): boolean {
    return false;
  }

  /** A view's place on the tape is that of its base now. */
  private followBase(): void {
    if (this.viewOf !== null) syncView(this as unknown as Tensor);
  }

  /** Whether gradients flow to this tensor. Setting it is for leaves only. */
  get requires_grad(): boolean {
    this.followBase();
    return this.autograd.requires_grad;
  }

  set requires_grad(value: boolean) {
    if (this.autograd.grad_fn !== null) {
      if (value) return;
      throw new CallError(
        'requires_grad_',
        `${show(this)} is the result of ${this.autograd.grad_fn.name}, and only leaves can be switched off; use detach()`,
      );
    }
    if (value && !isFloating(this.dtype)) {
      throw new CallError(
        'requires_grad_',
        `requires_grad: got true for ${show(this)}, expected a floating tensor: others have no gradients`,
      );
    }
    this.autograd.leafRequiresGrad = value;
  }

  get is_leaf(): boolean {
    this.followBase();
    return this.autograd.grad_fn === null;
  }

  /** The node of the tape that made this tensor, `null` for leaves. Views are brought up to date first. */
  get grad_fn(): AutogradMeta['grad_fn'] {
    this.followBase();
    return this.autograd.grad_fn;
  }

  /** The accumulated gradient of a leaf, or of a tensor after `retain_grad()`. */
  get grad(): Tensor | null {
    return this.autograd.grad;
  }

  set grad(value: Tensor | null) {
    if (value !== null && (!isTensor(value) || value.shape.join() !== this.shape.join())) {
      throw new CallError('grad', `got ${show(value)}, expected a tensor of the shape of ${show(this)}`);
    }
    this.autograd.grad = value;
  }

  private requireGrad(fn: string): void {
    if (!this.requires_grad) throw new CallError(fn, `${show(this)} does not require grad, so no gradient reaches it`);
  }

  /** Calls `hook` with every gradient of this tensor; what it returns replaces the gradient. Returns a remover. */
  register_hook(hook: GradHook): { remove(): void } {
    this.requireGrad('register_hook');
    const { grad_fn: node, output_nr: nr } = this.autograd;
    if (node === null) {
      const hooks = (this.autograd.hooks ??= []);
      hooks.push(hook);
      return { remove: () => removeFrom(hooks, hook) };
    }
    const hooks = (node.outputHooks ??= []);
    const entry = { nr, hook };
    hooks.push(entry);
    return { remove: () => removeFrom(hooks, entry) };
  }

  /** Keeps the gradient of a result in `.grad` and adds to it, as leaves do. Throws where no gradient flows. */
  retain_grad(): void {
    this.requireGrad('retain_grad');
    const meta = this.autograd;
    if (meta.grad_fn === null || meta.retainsGrad) return;
    meta.retainsGrad = true;
    this.register_hook((grad) => {
      meta.grad = meta.grad === null ? grad.clone() : meta.grad.add(grad);
    });
  }

  private hostData(what: string): { data: Float32Array | Float64Array | Int32Array | Uint8Array; value: Value } {
    if (this.selection !== null) {
      throw new CallError(what, 'a boolean-mask selection has no known value inside a trace');
    }
    const value = (this as unknown as Tensor).read();
    const { data } = hostStorageOf(value, what);
    return { data: data instanceof Uint16Array ? widenHalf(data) : data, value };
  }

  /**
   * The number in a tensor of one element (bool gives 0 or 1).
   * @throws for more or fewer elements, inside a trace, and for a tensor on a device.
   */
  item(): number {
    const { data, value } = this.hostData('item');
    if (data.length !== 1) {
      throw new CallError(
        'item',
        `got ${show(value)}, expected one element; tolist() reads all, index(0) or sum() leave one`,
      );
    }
    return data[0];
  }

  /** Nested arrays of numbers (a number for a 0-d tensor). */
  tolist(): NestedNumbers {
    const { data, value } = this.hostData('tolist');
    let at = 0;
    const build = (dim: number): NestedNumbers => {
      if (dim === value.shape.length) return data[at++];
      return Array.from({ length: value.shape[dim] }, () => build(dim + 1));
    };
    return build(0);
  }

  /** A copy of the elements, row-major. int64 gives a BigInt64Array, float16 a Float32Array, bool a Uint8Array. */
  toTypedArray(): TypedArrayOut {
    return this.typedArray('toTypedArray');
  }

  /** `toTypedArray` in the name of `what`. */
  protected typedArray(what: string): TypedArrayOut {
    const { data, value } = this.hostData(what);
    return value.dtype === 'int64' ? BigInt64Array.from(data as Float64Array, BigInt) : data.slice();
  }

  /** As `toTypedArray`, also for tensors on a device. */
  async toArray(): Promise<TypedArrayOut> {
    const { storage, dtype } = (this as unknown as Tensor).read();
    if (storage.kind !== 'device') return this.typedArray('toArray');
    const data = await storage.read();
    if (data instanceof Uint16Array) return Float32Array.from(data, fromHalf);
    return dtype === 'int64' ? BigInt64Array.from(data as Float64Array, BigInt) : data.slice();
  }
}

function removeFrom<T>(list: T[], item: T): void {
  const at = list.indexOf(item);
  if (at >= 0) list.splice(at, 1);
}

/** A trace depends on which leaves ask for gradients: freezing a layer must retrace. */
function guardRequiresGrad(tensor: Tensor): void {
  const meta = tensor.autograd;
  const was = meta.leafRequiresGrad;
  const { cell } = tensor;
  const name = (): string => tensor.name ?? `a ${describe(tensor.dtype, tensor.shape)} tensor`;
  recorder()?.guard(meta, 'requires_grad', {
    holds: () => meta.leafRequiresGrad === was && tensor.cell === cell,
    describe: () =>
      tensor.cell === cell ? `requires_grad of ${name()} was ${was}` : `.data of ${name()} was assigned`,
  });
}
