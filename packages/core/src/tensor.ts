import { AutogradMeta } from './autograd/meta.js';
import { backward } from './autograd/engine.js';
import type { BackwardOptions } from './autograd/engine.js';
import { dispatch } from './dispatch.js';
import { itemSize, requireDevice } from './dtype.js';
import type { DType, Shape } from './dtype.js';
import { CallError, api, requireTensor, show } from './errors.js';
import { full, parseSizes, tensor } from './functions/create.js';
import type { FactoryOptions, Literal, SizeArgs } from './functions/create.js';
import { cast } from './functions/pointwise.js';
import { Cell } from './storage.js';
import { formatTensor } from './print.js';
import { InPlaceMethods } from './tensor/inplace.js';
import { recorder } from './trace/recorder.js';

/**
 * A multi-dimensional array that remembers how it was made, as `torch.Tensor`. Make one with `tensor`, `zeros`, `randn`
 * and the like. It is a handle on a place: `detach()` and `.data` share the place, views follow their base.
 * @example
 * const w = randn(2, 3).requires_grad_();
 * w.mul(2).sum().backward();
 * w.grad; // all 2
 */
export class Tensor extends InPlaceMethods {
  /**
   * Computes gradients of this tensor for all leaves it depends on and adds them to their `.grad`.
   * @param gradient of this tensor; may be left out for a scalar.
   * @throws when nothing requires grad, for a missing gradient of a non-scalar, and on a second pass without `retain_graph`.
   */
  backward(gradient?: Tensor | null, options?: BackwardOptions): void {
    backward(this, gradient, options);
  }

  /** The same values outside of the tape, sharing the place: writing one writes the other. */
  detach(): Tensor {
    const base = this.viewOf;
    this.read();
    const result = new Tensor(this.cell);
    result.selection = this.selection;
    if (base !== null) result.viewOf = { ...base, base: base.base.detach(), seenLink: null, inGradMode: true };
    return result;
  }

  /** As `detach()`, on a place of its own. Values are shared until one is written. */
  detachCopy(): Tensor {
    const value = this.read();
    if (value.storage.kind === 'host') value.storage.holders++;
    return new Tensor(new Cell(value));
  }

  /** Takes this tensor itself off the tape. Throws for views. */
  detach_(): this {
    if (this.viewOf !== null)
      throw new CallError('detach_', `${show(this)} is a view, and views cannot be detached in place; use detach()`);
    this.autograd = new AutogradMeta();
    return this;
  }

  /** The values without autograd; writing to it writes this tensor, unseen by the tape. Assigning rebinds the place. */
  get data(): Tensor {
    return this.detach();
  }

  set data(source: Tensor) {
    if (recorder() !== null)
      throw new CallError('data', 'cannot be assigned inside a trace; write x.data.copy_(source)');
    const shared = source.detach();
    this.cell = shared.cell;
    this.viewOf = shared.viewOf;
  }

  /** A differentiable copy. */
  clone(): Tensor {
    return copyOf(this);
  }

  /** This tensor where it is contiguous, else a copy, as in PyTorch: writing that does not write this tensor. */
  contiguous(): Tensor {
    return this.is_contiguous() ? this : this.clone();
  }

  /** Converts the dtype: `x.to('float64')`, `x.to(other)`; device names and options are accepted and ignored. */
  to(target: Tensor | { dtype?: DType } | string): Tensor {
    if (typeof target === 'object' && target !== null) {
      return target.dtype === undefined ? this : converted('to', this, target.dtype);
    }
    if (isDType(target)) return converted('to', this, target);
    requireDevice('to', target, 'a tensor, a dtype');
    return this;
  }

  type_as(other: Tensor): Tensor {
    requireTensor('type_as', 'other', other);
    return converted('type_as', this, other.dtype);
  }
  /** The dtype's name, or with `dtype` the converted tensor. */
  type(): DType;
  type(dtype: DType): Tensor;
  type(dtype?: DType): Tensor | DType {
    return dtype === undefined ? this.dtype : converted('type', this, dtype);
  }
  float(): Tensor {
    return converted('float', this, 'float32');
  }
  double(): Tensor {
    return converted('double', this, 'float64');
  }
  half(): Tensor {
    return converted('half', this, 'float16');
  }
  int(): Tensor {
    return converted('int', this, 'int32');
  }
  long(): Tensor {
    return converted('long', this, 'int64');
  }
  byte(): Tensor {
    return converted('byte', this, 'uint8');
  }
  bool(): Tensor {
    return converted('bool', this, 'bool');
  }
  /** This tensor: eager tensors live on the host. */
  cpu(): Tensor {
    return this;
  }
  /** This tensor; ported code runs on the host, or compiled on the provider of its choice. */
  cuda(): Tensor {
    return this;
  }
  /** The elements as typed array; see `toTypedArray`. */
  numpy(): ReturnType<Tensor['toTypedArray']> {
    return this.typedArray('numpy');
  }

  /** Legacy: an empty tensor of this dtype, to be followed by `resize_as_`. */
  new(): Tensor {
    return dispatch('full', [], { shape: [0], dtype: this.dtype, value: 0 });
  }

  /** A tensor of this dtype with the data: a number, or nested arrays. */
  new_tensor(data: Literal): Tensor {
    return api('new_tensor', tensor)(data, { dtype: this.dtype });
  }
  /** Zeros of this dtype: `x.new_zeros(2, 3)`, `x.new_zeros([2, 3], { dtype })`. */
  new_zeros(...args: SizeArgs): Tensor {
    const { shape, options } = parseSizes('new_zeros', args);
    return full(shape, 0, { dtype: this.dtype, ...options });
  }
  /** Ones of this dtype. */
  new_ones(...args: SizeArgs): Tensor {
    const { shape, options } = parseSizes('new_ones', args);
    return full(shape, 1, { dtype: this.dtype, ...options });
  }
  /** A tensor of this dtype to be filled; zeros here. */
  new_empty(...args: SizeArgs): Tensor {
    const { shape, options } = parseSizes('new_empty', args);
    return full(shape, 0, { dtype: this.dtype, ...options });
  }
  /** `value` in this dtype. */
  new_full(shape: Shape, value: number, options: FactoryOptions = {}): Tensor {
    return api('new_full', full)(shape, value, { dtype: this.dtype, ...options });
  }
  is_same_size(other: Tensor): boolean {
    requireTensor('is_same_size', 'other', other);
    return this.shape.join() === other.shape.join();
  }
  /** 0: values here are never strided. */
  storage_offset(): number {
    return 0;
  }
  /** A number that is equal for tensors that share their place (`detach()`, `.data`), and for no others. */
  data_ptr(): number {
    return placeOf(this.viewOf === null ? this.cell : this);
  }

  /** PyTorch's printed form. */
  override toString(): string {
    return recorder() === null ? formatTensor(this) : `tensor(traced, ${this.dtype}[${this.shape.join(', ')}])`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

function isDType(name: string): name is DType {
  return Object.hasOwn(itemSize, name);
}

/** `cast` in the name of the method that the user called. */
function converted(fn: string, x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : api(`${fn} input`, cast)(x, dtype);
}

const copyOf = /* @__PURE__ */ api('clone input', (x: Tensor): Tensor => dispatch('expand', [x], { shape: x.shape }));

const placeNumbers = new WeakMap<object, number>();
let placeCount = 0;

/** A number of its own for every place, from 1 on. */
function placeOf(place: object): number {
  let number = placeNumbers.get(place);
  if (number === undefined) placeNumbers.set(place, (number = ++placeCount));
  return number;
}
