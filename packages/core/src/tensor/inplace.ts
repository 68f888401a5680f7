import { named } from '../arguments.js';
import type { Positional } from '../arguments.js';
import { is_grad_enabled } from '../autograd/mode.js';
import { dispatch, dispatchOver } from '../dispatch.js';
import { isFloating, isInteger } from '../dtype.js';
import type { DType } from '../dtype.js';
import { CallError, api, badArgument, requireTensor, show } from '../errors.js';
import * as I from '../functions/indexing.js';
import type { ScatterOptions, Subscript } from '../functions/indexing.js';
import { addmm } from '../functions/linalg.js';
import type { AddmmOptions } from '../functions/linalg.js';
import * as F from '../functions/pointwise.js';
import type { Operand } from '../functions/pointwise.js';
import { constantOf, eye } from '../functions/create.js';
import { draw } from '../functions/random.js';
import type { DrawOptions } from '../functions/random.js';
import { copyAt, fillAt } from '../functions/taking.js';
import type { RandomAttrs } from '../ops/table.js';
import type { Tensor } from '../tensor.js';
import { assign, checkWritable } from '../view.js';
import { ShapingMethods } from './shaping.js';
import { requireExpandable } from '../functions/require.js';

type Drawn = Pick<DrawOptions, 'generator'>;

const rank = (dtype: DType): number => (dtype === 'bool' ? 0 : isInteger(dtype) ? 1 : 2);

/** Puts `result` in `target`; what PyTorch does after computing an in-place op out of place. */
function write(name: string, target: Tensor, result: Tensor): Tensor {
  checkWritable(name, target);
  if (result.shape.join() !== target.shape.join()) {
    throw new CallError(
      name,
      `the result has shape [${result.shape.join(', ')}] and does not fit the tensor written, ${show(target)}`,
    );
  }
  if (rank(result.dtype) > rank(target.dtype)) {
    const way = `${name.slice(0, -1)}() makes a new tensor`;
    throw new CallError(name, `the result is ${result.dtype} and cannot be written into ${show(target)}; ${way}`);
  }
  assign(target, F.cast(result, target.dtype));
  return target;
}

function filled(fn: string, target: Tensor, value: number): Tensor {
  checkWritable(fn, target);
  if (typeof value === 'object') throw badArgument(fn, 'value', value, 'a number; item() reads that of a tensor');
  const full = api(fn, () => constantOf(target.shape, value, target.dtype));
  assign(target, full());
  return target;
}

type Name = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';

/** A binary in-place op: over the bytes where nobody else sees them, else out of place. */
function binary(method: string, op: Name, target: Tensor, other: Operand, compute: () => Tensor): Tensor {
  const fits = typeof other === 'number' || (other.dtype === target.dtype && other !== target);
  if (fits && isFloating(target.dtype)) {
    checkWritable(method, target);
    const value = F.asTensor(other, target.dtype);
    if (dispatchOver(op, [target, value], {})) return target;
  }
  return write(method, target, compute());
}

/** Methods of which `name_` writes over the tensor what `name` computes. */
const WRITTEN =
  'pow neg exp sqrt relu floor acos cos erfinv abs log ceil round sigmoid tanh rsqrt sin renorm tril triu clamp addcmul addcdiv lerp masked_fill index_add';

type Split<S extends string> = S extends `${infer First} ${infer Rest}` ? First | Split<Rest> : S;
type WrittenName = Split<typeof WRITTEN> & keyof ShapingMethods;
type Written<N extends WrittenName> = (this: Tensor, ...args: Parameters<ShapingMethods[N]>) => Tensor;

const called = (methods: Record<WrittenName, (...args: never[]) => Tensor>, name: WrittenName, args: never[]): Tensor =>
  methods[name](...args);

/** In-place methods, ending in `_`; they return the tensor itself. All throw on leaves that require grad. */
export abstract class InPlaceMethods extends ShapingMethods {
  declare pow_: Written<'pow'>;
  declare neg_: Written<'neg'>;
  declare exp_: Written<'exp'>;
  declare sqrt_: Written<'sqrt'>;
  declare relu_: Written<'relu'>;
  declare floor_: Written<'floor'>;
  declare acos_: Written<'acos'>;
  declare cos_: Written<'cos'>;
  declare erfinv_: Written<'erfinv'>;
  declare abs_: Written<'abs'>;
  declare log_: Written<'log'>;
  declare ceil_: Written<'ceil'>;
  declare round_: Written<'round'>;
  declare sigmoid_: Written<'sigmoid'>;
  declare tanh_: Written<'tanh'>;
  declare rsqrt_: Written<'rsqrt'>;
  declare sin_: Written<'sin'>;
  declare renorm_: Written<'renorm'>;
  declare tril_: Written<'tril'>;
  declare triu_: Written<'triu'>;
  declare clamp_: Written<'clamp'>;
  declare addcmul_: Written<'addcmul'>;
  declare addcdiv_: Written<'addcdiv'>;
  declare lerp_: Written<'lerp'>;
  declare masked_fill_: Written<'masked_fill'>;
  declare index_add_: Written<'index_add'>;

  static {
    for (const name of WRITTEN.split(' ') as WrittenName[]) {
      const value = function (this: Tensor, ...args: never[]): Tensor {
        return write(`${name}_`, this, called(this, name, args));
      };
      Object.defineProperty(InPlaceMethods.prototype, `${name}_`, { value });
    }
  }

  add_(this: Tensor, other: Operand, options: { alpha?: number } = {}): Tensor {
    const { alpha = 1 } = options;
    const scaled = alpha === 1 ? other : F.mul(other, alpha);
    return binary('add_', 'add', this, scaled, () => F.add(this, scaled));
  }
  sub_(this: Tensor, other: Operand, options: { alpha?: number } = {}): Tensor {
    const { alpha = 1 } = options;
    const scaled = alpha === 1 ? other : F.mul(other, alpha);
    return binary('sub_', 'sub', this, scaled, () => F.sub(this, scaled));
  }
  mul_(this: Tensor, other: Operand): Tensor {
    return binary('mul_', 'mul', this, other, () => F.mul(this, other));
  }
  div_(this: Tensor, other: Operand): Tensor {
    return binary('div_', 'div', this, other, () => F.div(this, other));
  }
  index_fill_(this: Tensor, dim: number, indices: Tensor, value: Tensor | number): Tensor {
    return fillAt('index_fill_', this, dim, indices, value);
  }
  index_copy_(this: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
    return copyAt(this, dim, indices, source);
  }
  /** this = beta · this + alpha · (a @ b); also in the older order `addmm_(beta, alpha, a, b)`. */
  addmm_(this: Tensor, a: Tensor, b: Tensor, options?: AddmmOptions): Tensor;
  addmm_(this: Tensor, beta: number, alpha: number, a: Tensor, b: Tensor): Tensor;
  addmm_(this: Tensor, p: Tensor | number, q: Tensor | number, r?: Tensor | AddmmOptions, s?: Tensor): Tensor {
    checkWritable('addmm_', this);
    const result =
      typeof p === 'number'
        ? addmm(p, this, q as number, r as Tensor, s as Tensor)
        : addmm(this, p, q as Tensor, r as AddmmOptions);
    return write('addmm_', this, result);
  }
  /** Copies values, broadcast and converted to this dtype. Gradients flow to `source`. */
  copy_(this: Tensor, source: Tensor): Tensor {
    checkWritable('copy_', this);
    requireTensor('copy_', 'src', source);
    requireExpandable('copy_', 'src', source, this.shape);
    assign(this, dispatch('expand', [F.cast(source, this.dtype)], { shape: this.shape }));
    return this;
  }
  fill_(this: Tensor, value: number): Tensor {
    return filled('fill_', this, value);
  }
  zero_(this: Tensor): Tensor {
    return filled('zero_', this, 0);
  }
  /** Writes, or with `reduce: 'add'` adds, `source` at `index` along `dim`. */
  scatter_(this: Tensor, dim: number, index: Tensor, source: Tensor | number, options?: ScatterOptions): Tensor {
    return I.scatterOver(I.scatterOp(options), this, dim, index, source);
  }
  scatter_add_(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return I.scatterOver('scatter_add', this, dim, index, source);
  }
  /** `x[subscripts] = value`: `x.index_put_([mask], 0)`, `x.index_put_(['0:2'], y)`; `accumulate` adds. */
  index_put_(this: Tensor, subscripts: readonly Subscript[], value: Tensor | number, accumulate = false): Tensor {
    return I.setIndex(this, subscripts, value, accumulate);
  }
  fill_diagonal_(this: Tensor, value: number): Tensor {
    if (this.ndim < 2) throw badArgument('fill_diagonal_', 'input', this, 'a matrix');
    const onDiagonal = eye(this.size(0), this.size(1), { dtype: 'bool' });
    return write('fill_diagonal_', this, F.where(onDiagonal, F.asTensor(value, this.dtype), this));
  }
  private draw(
    this: Tensor,
    name: string,
    { generator }: Drawn,
    attrs: (shape: readonly number[], dtype: DType) => RandomAttrs,
  ): Tensor {
    checkWritable(name, this);
    const drawn = api(name, () => draw(name, attrs(this.shape, this.dtype), generator));
    assign(this, drawn());
    return this;
  }
  /** Fills with uniform numbers on [from, to): `x.uniform_(-1, 1)`, `x.uniform_({ generator })`. */
  uniform_(this: Tensor, ...args: Positional<{ from?: number; to?: number } & Drawn, 'from to'>): Tensor {
    const options = named('uniform_', 'from to', args);
    const { from: low = 0, to: high = 1 } = options;
    return this.draw('uniform_', options, (shape, dtype) => ({ shape, dtype, distribution: 'uniform', low, high }));
  }
  /** Fills with normal numbers. */
  normal_(this: Tensor, ...args: Positional<{ mean?: number; std?: number } & Drawn, 'mean std'>): Tensor {
    const options = named('normal_', 'mean std', args);
    const { mean = 0, std = 1 } = options;
    return this.draw('normal_', options, (shape, dtype) => ({ shape, dtype, distribution: 'normal', mean, std }));
  }
  /** Fills with 1 (probability `p`) and 0. */
  bernoulli_(this: Tensor, ...args: Positional<{ p?: number } & Drawn, 'p'>): Tensor {
    const options = named('bernoulli_', 'p', args);
    const { p = 0.5 } = options;
    return this.draw('bernoulli_', options, (shape, dtype) => ({ shape, dtype, distribution: 'bernoulli', p }));
  }
  /** Fills with whole numbers on [low, high). */
  random_(this: Tensor, low: number, high: number): Tensor {
    return this.draw('random_', {}, (shape, dtype) => ({ shape, dtype, distribution: 'randint', low, high }));
  }
  /** Takes the shape of `other` (legacy `new().resize_as_()`); the contents are zeros. */
  resize_as_(this: Tensor, other: Tensor): Tensor {
    requireTensor('resize_as_', 'other', other);
    if (is_grad_enabled() && this.requires_grad)
      throw new CallError('resize_as_', `${show(this)} requires grad, so its size must stay`);
    const blank = dispatch('full', [], { shape: other.shape, dtype: this.dtype, value: 0 });
    if (this.viewOf !== null) throw new CallError('resize_as_', `${show(this)} is a view, whose size must stay`);
    this.cell.value = blank.read();
    return this;
  }
  requires_grad_(this: Tensor, value = true): Tensor {
    this.requires_grad = value;
    return this;
  }
}
