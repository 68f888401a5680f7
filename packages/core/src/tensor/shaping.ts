import { sizesOf } from '../functions/dims.js';
import * as I from '../functions/indexing.js';
import type { Subscript } from '../functions/indexing.js';
import * as S from '../functions/shape.js';
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
  unsqueeze(this: Tensor, dim: number): Tensor {
    return S.unsqueeze(this, dim);
  }
  squeeze(this: Tensor, dim?: number | readonly number[]): Tensor {
    return S.squeeze(this, dim);
  }
  flatten(this: Tensor, start?: number, end?: number): Tensor {
    return S.flatten(this, start, end);
  }
  ravel(this: Tensor): Tensor {
    return S.reshape(this, [-1]);
  }
  narrow(this: Tensor, dim: number, start: number, length: number): Tensor {
    return S.narrow(this, dim, start, length);
  }
  select(this: Tensor, dim: number, index: number): Tensor {
    return S.selectIndex(this, dim, index);
  }
  split(this: Tensor, size: number | readonly number[], dim?: number): Tensor[] {
    return S.split(this, size, dim);
  }
  chunk(this: Tensor, chunks: number, dim?: number): Tensor[] {
    return S.chunk(this, chunks, dim);
  }
  unbind(this: Tensor, dim?: number): Tensor[] {
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
  scatter(this: Tensor, dim: number, index: Tensor, source: Tensor | number): Tensor {
    return I.scatter(this, dim, index, source);
  }
  scatter_add(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return I.scatter_add(this, dim, index, source);
  }
  index_add(this: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
    return I.index_add(this, dim, index, source);
  }
  nonzero(this: Tensor): Tensor {
    return I.nonzero(this);
  }
  masked_select(this: Tensor, mask: Tensor): Tensor {
    return I.masked_select(this, mask);
  }
  masked_fill(this: Tensor, mask: Tensor, value: number): Tensor {
    return I.masked_fill(this, mask, value);
  }
  diag(this: Tensor): Tensor {
    return I.diag(this);
  }
}
