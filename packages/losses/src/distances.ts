/** Distance matrices. Each keeps the rounding guard of its origin, which decides values and gradients at equal rows. */
import { autograd, cat, diag, matmul, norm } from '@reidgrad/core';
import { badArgument, show } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { tilesOf } from './family/parts/tile-sizes.js';
import type { RowDistance } from './family/parts/distance.js';
import { distinctRows } from './masks.js';
import { requireAlike, requireFloating, requireMatrix } from './validate.js';

class SquaredNorms extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
    ctx.save_for_backward(x);
    return x.mul(x).sum(1, true);
  }

  /** One product, where autograd would add up two equal ones as large as x. */
  static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
    return ctx.saved_tensors[0].mul(grad.mul(2));
  }
}

/** ‖row‖² of [N, D] as a column [N, 1]. */
export function squaredNorms(x: Tensor): Tensor {
  return SquaredNorms.apply(x);
}

/** Products of all rows of a [M, D] with all rows of b [N, D]: a·bᵀ. */
class RowProducts extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, a: Tensor, b: Tensor): Tensor {
    ctx.save_for_backward(a, b);
    return matmul(a, b.t());
  }

  /** That of matmul would give b's gradient transposed and copy it back, as large as b. */
  static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor[] {
    const [a, b] = ctx.saved_tensors;
    return [matmul(grad, b), matmul(grad.t(), a)];
  }
}

/** a·bᵀ, [M, N] of [M, D] and [N, D]. */
export function rowProducts(a: Tensor, b: Tensor): Tensor {
  return RowProducts.apply(a, b);
}

/** √max(‖a‖² + ‖b‖² − 2 a·b, 1e-12), [M, N], of matrices [M, D] and [N, D] and their `squaredNorms`. */
export function euclideanOf(a: Tensor, normsA: Tensor, b: Tensor, normsB: Tensor): Tensor {
  return normsA.add(normsB.t()).sub(rowProducts(a, b).mul(2)).clamp({ min: 1e-12 }).sqrt();
}

function requirePair(fn: string, emb1: Tensor, emb2: Tensor): void {
  requireMatrix(fn, 'emb1', emb1);
  requireMatrix(fn, 'emb2', emb2);
  requireAlike(fn, ['emb1', 'emb2'], emb1, emb2, [1]);
}

/**
 * Euclidean distances between the rows of two matrices: √max(‖a‖² + ‖b‖² − 2 a·b, 1e-12).
 * Equal rows have the distance 1e-6, not 0, and no gradient flows between them.
 * Origin: seed 002, Cross-Modal-Re-ID-baseline `pdist_torch`.
 * @param emb1 [M, D], floating.
 * @param emb2 [N, D], of the same dtype.
 * @returns [M, N].
 * @throws for other ranks and dtypes, and for different numbers of features.
 * @example pdist_torch(tensor([[0, 0]]), tensor([[3, 4], [6, 8]])); // [[5, 10]]
 */
export function pdist_torch(emb1: Tensor, emb2: Tensor): Tensor {
  requirePair('pdist_torch', emb1, emb2);
  return euclideanOf(emb1, squaredNorms(emb1), emb2, squaredNorms(emb2));
}

/**
 * *Squared* Euclidean distances, −2 a·b + ‖a‖² + ‖b‖², neither clamped nor rooted: rounding may leave a small negative
 * number where rows are equal. In spite of its name it is not `pdist_torch` on numpy.
 * Origin: seed 002, `pdist_np`.
 * @param emb1 [M, D], floating.
 * @param emb2 [N, D], of the same dtype.
 * @returns [M, N].
 * @throws for other ranks and dtypes, and for different numbers of features.
 * @example pdist_np(tensor([[0, 0]]), tensor([[3, 4], [6, 8]])); // [[25, 100]]
 */
export function pdist_np(emb1: Tensor, emb2: Tensor): Tensor {
  requirePair('pdist_np', emb1, emb2);
  return matmul(emb1, emb2.t()).mul(-2).add(squaredNorms(emb1)).add(squaredNorms(emb2).t());
}

/**
 * x / (‖x‖ + 1e-12) along `axis`. Not `F.normalize`, which divides by max(‖x‖, 1e-12). A zero vector stays zero, and
 * its gradient is 1e12 times the incoming one.
 * Origin: seed 002, `normalize`.
 * @param x floating, any shape.
 * @param axis the dim whose vectors get length 1. Default the last.
 * @throws for integers and for an axis out of range.
 * @example normalize(tensor([[3, 4]])); // [[0.6, 0.8]]
 */
export function normalize(x: Tensor, axis = -1): Tensor {
  requireFloating('normalize', 'x', x);
  if (!Number.isInteger(axis) || axis < -x.ndim || axis >= x.ndim) {
    throw badArgument('normalize', 'axis', axis, `a dim of ${show(x)}`);
  }
  return x.div(norm(x, 2, axis, true).add(1e-12));
}

/** Options of `pairwise_distances` and of the losses over it. */
export interface DistanceOptions {
  /** Give squared distances. Default false. */
  squared?: boolean;
  /**
   * Lift squared distances that rounding made negative to 0, as seed 004 does (default). Without it, as in seed 000,
   * their root is NaN.
   */
  clamp?: boolean;
}

/** √x with 1e-16 under the root where `zero` is 1, so that its slope stays finite there; the caller sets those to 0. */
export function rootExceptAt(zero: Tensor, x: Tensor): Tensor {
  return x.add(zero.mul(1e-16)).sqrt();
}

/**
 * Euclidean distances between all rows, G_ii − 2 G_ij + G_jj with G = x·xᵀ. The diagonal and equal rows are exactly 0
 * with gradient 0 (1e-16 stands under the root there while it is taken).
 * Origin: seed 004 (omoindrot/tensorflow-triplet-loss), and seed 000 with `clamp: false`.
 * @param embeddings [N, D], floating.
 * @returns [N, N].
 * @throws for other ranks and dtypes.
 * @example pairwise_distances(tensor([[1, 2, 3, 4], [5, 6, 7, 8]])); // [[0, 8], [8, 0]]
 */
export function pairwise_distances(embeddings: Tensor, options: DistanceOptions = {}): Tensor {
  requireMatrix('pairwise_distances', 'embeddings', embeddings);
  const points = [embeddings];
  return pairwise(options).between(points, points, () => distinctRows(embeddings));
}

/** Rows whose products with each other are computed to find their norms. */
const NORM_BLOCK = 128;

/** ‖row‖² of [N, D] as a column [N, 1], rounded as the products of rows are. */
class RowsWithThemselves extends autograd.Function {
  static forward(ctx: autograd.FunctionContext, x: Tensor): Tensor {
    ctx.save_for_backward(x);
    const parts = tilesOf(x.size(0), NORM_BLOCK).map(({ start, rows }) => {
      const own = x.narrow(0, start, rows);
      return diag(matmul(own, own.t()));
    });
    return cat(parts).unsqueeze(1);
  }

  static backward(ctx: autograd.FunctionContext, grad: Tensor): Tensor {
    return ctx.saved_tensors[0].mul(grad.mul(2));
  }
}

/** The distances of `pairwise_distances`. Equal rows are exactly 0 only if norms are rounded as products are. */
export function pairwise({ squared = false, clamp = true }: DistanceOptions): RowDistance {
  return {
    prepare: (x, inTiles) => (inTiles ? [x, RowsWithThemselves.apply(x)] : [x]),
    between([x, norms], [all, allNorms]) {
      const products = rowProducts(x, all);
      const [own, others] = norms === undefined ? ownNorms(products) : [norms, allNorms.t()];
      const raw = own.sub(products.mul(2)).add(others);
      const distances = clamp ? raw.clamp({ min: 0 }) : raw;
      if (squared) return distances;
      const zero = distances.eq(0).to(distances.dtype);
      return rootExceptAt(zero, distances).mul(zero.mul(-1).add(1));
    },
  };
}

/** The diagonal of a matrix, as a column and as a row. */
function ownNorms(products: Tensor): [Tensor, Tensor] {
  const norms = diag(products);
  return [norms.unsqueeze(1), norms.unsqueeze(0)];
}
