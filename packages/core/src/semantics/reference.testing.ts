/** PyTorch's aliasing written out: flat buffers with offsets and strides, and tangents instead of a tape. */
import { viewStrides } from '../strides.js';

/** Elements of one storage. */
export interface Buffer {
  values: number[];
}

/** A tensor of the reference: a window on a buffer, and its derivative along one direction of the program's leaf. */
export class Reference {
  constructor(
    readonly buffer: Buffer,
    /** Derivatives, shared by tensors that share autograd history; `detach()` starts a new one. */
    readonly tangents: Buffer,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    /** Some elements share memory, or did before a further view. */
    readonly expanded: boolean,
  ) {}

  static of(values: readonly number[], tangents: readonly number[], shape: readonly number[]): Reference {
    const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
    return new Reference({ values: [...values] }, { values: [...tangents] }, 0, shape, strides, false);
  }

  /** Positions in the buffer, row-major. */
  positions(): number[] {
    let found = [this.offset];
    this.shape.forEach((size, dim) => {
      found = found.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * this.strides[dim]));
    });
    return found;
  }

  values(): number[] {
    return this.positions().map((at) => this.buffer.values[at]);
  }

  derivatives(): number[] {
    return this.positions().map((at) => this.tangents.values[at]);
  }

  write(values: readonly number[], tangents: readonly number[] | null): void {
    this.positions().forEach((at, i) => {
      this.buffer.values[at] = values[i];
      if (tangents !== null) this.tangents.values[at] = tangents[i];
    });
  }

  private window(offset: number, shape: readonly number[], strides: readonly number[], expanded = false): Reference {
    return new Reference(this.buffer, this.tangents, offset, shape, strides, this.expanded || expanded);
  }

  reshape(shape: readonly number[]): Reference {
    const strides = viewStrides(this.shape, this.strides, shape);
    return strides === null
      ? Reference.of(this.values(), this.derivatives(), shape)
      : this.window(this.offset, shape, strides);
  }

  permute(dims: readonly number[]): Reference {
    const pick = (list: readonly number[]): number[] => dims.map((dim) => list[dim]);
    return this.window(this.offset, pick(this.shape), pick(this.strides));
  }

  slice(dim: number, start: number, end: number, step: number): Reference {
    const shape = this.shape.map((size, i) => (i === dim ? Math.max(Math.ceil((end - start) / step), 0) : size));
    const strides = this.strides.map((stride, i) => (i === dim ? stride * step : stride));
    return this.window(this.offset + start * this.strides[dim], shape, strides);
  }

  select(dim: number, index: number): Reference {
    const rest = (list: readonly number[]): number[] => list.filter((_, i) => i !== dim);
    return this.window(this.offset + index * this.strides[dim], rest(this.shape), rest(this.strides));
  }

  /** A new first dim of `size` that repeats everything. */
  expand(size: number): Reference {
    return this.window(this.offset, [size, ...this.shape], [0, ...this.strides], size > 1);
  }

  detach(): Reference {
    const fresh = { values: this.tangents.values.map(() => 0) };
    return new Reference(this.buffer, fresh, this.offset, this.shape, this.strides, this.expanded);
  }

  clone(): Reference {
    return Reference.of(this.values(), this.derivatives(), this.shape);
  }

  /** This tensor's elements laid out over a broadcast `shape`; `null` where they do not broadcast. */
  broadcast(shape: readonly number[]): Reference | null {
    const lead = shape.length - this.shape.length;
    if (lead < 0 || this.shape.some((size, i) => size !== 1 && size !== shape[i + lead])) return null;
    const strides = shape.map((_, i) => (i < lead || this.shape[i - lead] === 1 ? 0 : this.strides[i - lead]));
    return this.window(this.offset, shape, strides);
  }
}
