import { requireTensor } from '../errors.js';
import * as A from '../functions/arrange.js';
import type { DiagonalArgument } from '../functions/arrange.js';
import { sizesOf } from '../functions/dims.js';
import type { DimArgument } from '../functions/dims.js';
import * as I from '../functions/indexing.js';
import type { ScatterOptions, Subscript } from '../functions/indexing.js';
import type { Operand } from '../functions/pointwise.js';
import * as S from '../functions/shape.js';
import type { FlattenArguments } from '../functions/shape.js';
import * as T from '../functions/taking.js';
import type { Tensor } from '../tensor.js';
import { ReductionMethods } from './reductions.js';

type Sizes = (number | readonly number[])[];

/** Shapes, views and indexing; each is the function of its name in `torch`. */
export abstract class ShapingMethods extends ReductionMethods {
  /** `x.view(2, -1)` or `x.view([2, -1])`. */
  view(this: Tensor, ...shape: Sizes): Tensor {
    return S.view(this, sizesOf(shape));
  }
  view_as(this: Tensor, other: Tensor): Tensor {
    requireTensor('view_as', 'other', other);
    return S.view(this, other.shape);
  }
  reshape(this: Tensor, ...shape: Sizes): Tensor {
    return S.reshape(this, sizesOf(shape));
  }
  permute(this: Tensor, ...dims: Sizes): Tensor {
    return S.permute(this, sizesOf(dims));
  }
  transpose(this: Tensor, dim0: number, dim1: number): Tensor {
    return S.transpose(this, dim0, dim1);
  }
  t(this: Tensor): Tensor {
    return S.t(this);
  }
  /** The tensor with its dims in reverse order. */
  get T(): Tensor {
    const self = this as unknown as Tensor;
    return S.permute(
      self,
      self.shape.map((_, i) => self.ndim - 1 - i),
    );
  }
  /** `x.expand(n, n)` or `x.expand([n, n])`. */
  expand(this: Tensor, ...shape: Sizes): Tensor {
    return S.expand(this, sizesOf(shape));
  }
  expand_as(this: Tensor, other: Tensor): Tensor {
    return S.expand_as(this, other);
  }
  unsqueeze(this: Tensor, dim: DimArgument): Tensor {
    return S.unsqueeze(this, dim);
  }
  squeeze(this: Tensor, dim?: DimArgument | readonly number[]): Tensor {
    return S.squeeze(this, dim);
  }
  flatten(this: Tensor, ...args: FlattenArguments): Tensor {
    return S.flatten(this, ...args);
  }
  ravel(this: Tensor): Tensor {
    return S.ravel(this);
  }
  narrow(this: Tensor, dim: number, start: number, length: number): Tensor {
    return S.narrow(this, dim, start, length);
  }
  select(this: Tensor, dim: number, index: number): Tensor {
    return S.selectIndex(this, dim, index);
  }
  split(this: Tensor, size: number | readonly number[], dim?: DimArgument): Tensor[] {
    return S.split(this, size, dim);
  }
  chunk(this: Tensor, chunks: number, dim?: DimArgument): Tensor[] {
    return S.chunk(this, chunks, dim);
  }
  unbind(this: Tensor, dim?: DimArgument): Tensor[] {
    return S.unbind(this, dim);
  }
  flip(this: Tensor, ...dims: Sizes): Tensor {
    return S.flip(this, sizesOf(dims));
  }
  repeat(this: Tensor, ...repeats: Sizes): Tensor {
    return S.repeat(this, sizesOf(repeats));
  }
  /** `x[...]`: `x.index(0)`, `x.index(slice(0, 4))`, `x.index(':', '0:4')`, `x.index(mask)`, `x.index(rows, columns)`. */
  index(this: Tensor, ...subscripts: Subscript[]): Tensor {
    return I.index(this, ...subscripts);
  }
  index_select(this: Tensor, dim: number, index: Tensor): Tensor {
    return I.index_select(this, dim, index);
  }
  gather(this: Tensor, dim: number, index: Tensor): Tensor {
    return I.gather(this, dim, index);
  }
  scatter(this: Tensor, dim: number, index: Tensor, source: Tensor | number, options?: ScatterOptions): Tensor {
    return I.scatter(this, dim, index, source, options);
  }
  scatter_add(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return I.scatter_add(this, dim, index, source);
  }
  index_add(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return I.index_add(this, dim, index, source);
  }
  nonzero(this: Tensor, options?: { as_tuple?: false }): Tensor;
  nonzero(this: Tensor, options: { as_tuple: true }): Tensor[];
  nonzero(this: Tensor, options?: { as_tuple?: boolean }): Tensor | Tensor[] {
    return options?.as_tuple === true ? I.nonzero(this, { as_tuple: true }) : I.nonzero(this);
  }
  take(this: Tensor, positions: Tensor): Tensor {
    return T.take(this, positions);
  }
  take_along_dim(this: Tensor, indices: Tensor, dim?: DimArgument): Tensor {
    return T.take_along_dim(this, indices, dim);
  }
  index_fill(this: Tensor, dim: number, indices: Tensor, value: Tensor | number): Tensor {
    return T.index_fill(this, dim, indices, value);
  }
  index_copy(this: Tensor, dim: number, indices: Tensor, source: Tensor): Tensor {
    return T.index_copy(this, dim, indices, source);
  }
  tril(this: Tensor, diagonal?: DiagonalArgument): Tensor {
    return A.tril(this, diagonal);
  }
  triu(this: Tensor, diagonal?: DiagonalArgument): Tensor {
    return A.triu(this, diagonal);
  }
  trace(this: Tensor): Tensor {
    return A.trace(this);
  }
  diagonal(this: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor {
    return A.diagonal(this, offset, dim1, dim2);
  }
  diag_embed(this: Tensor, offset?: number, dim1?: number, dim2?: number): Tensor {
    return A.diag_embed(this, offset, dim1, dim2);
  }
  movedim(this: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return A.movedim(this, source, destination);
  }
  swapaxes(this: Tensor, dim0: number, dim1: number): Tensor {
    return A.swapaxes(this, dim0, dim1);
  }
  roll(this: Tensor, shifts: number | readonly number[], dims?: number | readonly number[]): Tensor {
    return A.roll(this, shifts, dims);
  }
  repeat_interleave(this: Tensor, repeats: number | Tensor, dim?: DimArgument): Tensor {
    return A.repeat_interleave(this, repeats, dim);
  }
  broadcast_to(this: Tensor, shape: readonly number[]): Tensor {
    return A.broadcast_to(this, shape);
  }
  unflatten(this: Tensor, dim: number, sizes: readonly number[]): Tensor {
    return A.unflatten(this, dim, sizes);
  }
  tensor_split(this: Tensor, parts: number | readonly number[], dim?: number): Tensor[] {
    return A.tensor_split(this, parts, dim);
  }
  masked_select(this: Tensor, mask: Tensor): Tensor {
    return I.masked_select(this, mask);
  }
  masked_fill(this: Tensor, mask: Tensor, value: Operand): Tensor {
    return I.masked_fill(this, mask, value);
  }
  diag(this: Tensor, diagonal?: number): Tensor {
    return A.diag(this, diagonal);
  }
}
