/** Distances and similarities between all rows of two batches: the part that losses and miners are composed with. */
import { cdist, diag, matmul, nn } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { squaredNorms } from '../distances.js';
import { requireAlike, requireMatrix, requireNumber } from '../validate.js';
import { difference, rootOrZero } from './masked.js';

/** Options that distances share. */
export interface MetricDistanceOptions {
  /** Scale rows to p-norm 1 first, as `F.normalize`. Default true. */
  normalize_embeddings?: boolean;
  /** Which norm: of the scaling, and of the differences in `LpDistance`. Default 2. */
  p?: number;
  /** The distance to this power; 2 gives squared distances. Default 1. */
  power?: number;
}

/**
 * Base of all distances. `forward(query, ref)` gives the matrix of all rows of `query` [Q, D] to all of `ref` [R, D];
 * without `ref` of the batch to itself. Where `is_inverted` is true, larger means closer (similarities): losses and
 * miners only compare through `margin`, `smallest_dist` and `largest_dist`, which take that into account.
 *
 * Origin: pytorch-metric-learning `BaseDistance`.
 */
export abstract class Distance extends nn.Module {
  readonly normalize_embeddings: boolean;
  readonly p: number;
  readonly power: number;
  readonly is_inverted: boolean;

  constructor(options: MetricDistanceOptions, is_inverted: boolean) {
    super();
    const { normalize_embeddings = true, p = 2, power = 1 } = options;
    const name = this.constructor.name;
    requireNumber(name, 'power', power);
    if (typeof p !== 'number' || !(p >= 1)) throw badArgument(name, 'p', p, 'a number of at least 1, or Infinity');
    this.normalize_embeddings = normalize_embeddings;
    this.p = p;
    this.power = power;
    this.is_inverted = is_inverted;
  }

  /**
   * @param query [Q, D], floating.
   * @param ref [R, D] of the same dtype; null (default): `query` itself.
   * @returns [Q, R].
   * @throws for other ranks and dtypes, and for different numbers of features.
   */
  override forward(query: Tensor, ref: Tensor | null = null): Tensor {
    const name = this.constructor.name;
    requireMatrix(name, 'query', query);
    if (ref !== null) {
      requireMatrix(name, 'ref', ref);
      requireAlike(name, ['query', 'ref'], query, ref, [1]);
    }
    const matrix = this.compute_mat(this.maybe_normalize(query), ref === null ? null : this.maybe_normalize(ref));
    return this.power === 1 ? matrix : matrix.pow(this.power);
  }

  /** The matrix [Q, R] of rows that are normalised already; `ref` null stands for `query`. */
  protected abstract compute_mat(query: Tensor, ref: Tensor | null): Tensor;

  /** Rows (along `dim`) scaled to p-norm 1; zero rows stay zero. */
  normalize(x: Tensor, dim = 1): Tensor {
    return nn.functional.normalize(x, { p: this.p, dim });
  }

  private maybe_normalize(x: Tensor): Tensor {
    return this.normalize_embeddings ? this.normalize(x) : x;
  }

  /** By how much `x` is farther than `y`: x − y, and y − x where larger means closer. */
  margin(x: Tensor | number, y: Tensor | number): Tensor {
    return this.is_inverted ? difference(y, x) : difference(x, y);
  }

  /** Elementwise the closer of the two. */
  smallest_dist(a: Tensor, b: Tensor): Tensor {
    return this.is_inverted ? a.maximum(b) : a.minimum(b);
  }

  /** Elementwise the farther of the two. */
  largest_dist(a: Tensor, b: Tensor): Tensor {
    return this.is_inverted ? a.minimum(b) : a.maximum(b);
  }

  override extra_repr(): string {
    const { p, power, normalize_embeddings, is_inverted } = this;
    return `p=${p}, power=${power}, normalize_embeddings=${normalize_embeddings}, is_inverted=${is_inverted}`;
  }
}

/** Squared Euclidean distances by one matrix product, at least 0. Within one batch, equal rows are exactly 0 apart. */
function squaredByProducts(query: Tensor, ref: Tensor | null): Tensor {
  const products = matmul(query, (ref ?? query).t());
  // Norms taken from the product itself cancel exactly at equal rows.
  const norms = ref === null ? diag(products).unsqueeze(1) : squaredNorms(query);
  const others = ref === null ? norms.t() : squaredNorms(ref).t();
  return norms.add(others).sub(products.mul(2)).clamp({ min: 0 });
}

/** Options of `LpDistance`. */
export interface LpDistanceOptions extends MetricDistanceOptions {
  /**
   * How p = 2 is computed: 'products' (default), one matrix product, good to about 1e-7 of the squared row length in
   * float32; or 'differences', exact for near rows and in need of Q · R · D elements. Other p always take differences.
   */
  method?: 'products' | 'differences';
}

/**
 * (Σ |a − b|^p)^(power / p), of rows scaled to length 1 unless `normalize_embeddings` is false. Equal rows are 0 apart
 * and no gradient flows between them.
 *
 * Origin: pytorch-metric-learning `LpDistance` (`torch.cdist`, which changes its method at 25 rows; here it is chosen,
 * so that the graph is the same for every batch size).
 * @example new LpDistance({ normalize_embeddings: false, power: 2 }).forward(embeddings); // squared Euclidean
 */
export class LpDistance extends Distance {
  readonly method: 'products' | 'differences';

  /** @param options `normalize_embeddings` true, `p` 2, `power` 1, `method` 'products'. */
  constructor(options: LpDistanceOptions = {}) {
    super(options, false);
    this.method = options.method ?? 'products';
  }

  protected override compute_mat(query: Tensor, ref: Tensor | null): Tensor {
    if (this.p === 2 && this.method === 'products') return rootOrZero(squaredByProducts(query, ref));
    return cdist(query, ref ?? query, this.p, { compute_mode: 'donot_use_mm_for_euclid_dist' });
  }
}

/**
 * Inner products a·b, of rows scaled to length 1 unless `normalize_embeddings` is false. Larger means closer.
 * Origin: pytorch-metric-learning `DotProductSimilarity`.
 */
export class DotProductSimilarity extends Distance {
  /** @param options `normalize_embeddings` true, `p` 2, `power` 1. */
  constructor(options: MetricDistanceOptions = {}) {
    super(options, true);
  }

  protected override compute_mat(query: Tensor, ref: Tensor | null): Tensor {
    return matmul(query, (ref ?? query).t());
  }
}

/** Cosines of angles between rows; always normalised. Larger means closer. Origin: `CosineSimilarity` of the same. */
export class CosineSimilarity extends DotProductSimilarity {
  /** @param options `p` 2, `power` 1. */
  constructor(options: Omit<MetricDistanceOptions, 'normalize_embeddings'> = {}) {
    super({ ...options, normalize_embeddings: true });
  }
}

/**
 * Signal-to-noise ratio var(a − b) / var(a), with a the query as signal: not symmetric. Rows of equal features have no
 * signal and give infinite or NaN distances, as in the origin.
 * Origin: pytorch-metric-learning `SNRDistance`.
 */
export class SNRDistance extends Distance {
  /** @param options `normalize_embeddings` true, `p` 2, `power` 1. */
  constructor(options: MetricDistanceOptions = {}) {
    super(options, false);
  }

  protected override compute_mat(query: Tensor, ref: Tensor | null): Tensor {
    // A variance of differences is a squared distance of centred rows; the divisor D − 1 cancels.
    const centred = (x: Tensor): Tensor => x.sub(x.mean(1, true));
    const signal = centred(query);
    return squaredByProducts(signal, ref === null ? null : centred(ref)).div(squaredNorms(signal));
  }
}

/** max(1 − cos(a, b), 0), the 'angular' distance of TensorFlow Addons. Smaller means closer; always normalised. */
export class AngularDistance extends Distance {
  /** @param options `p` 2, `power` 1. */
  constructor(options: Omit<MetricDistanceOptions, 'normalize_embeddings'> = {}) {
    super({ ...options, normalize_embeddings: true }, false);
  }

  protected override compute_mat(query: Tensor, ref: Tensor | null): Tensor {
    return difference(1, matmul(query, (ref ?? query).t())).clamp({ min: 0 });
  }
}

/** Options of `CallableDistance`. */
export interface CallableDistanceOptions extends MetricDistanceOptions {
  /** Whether larger means closer. Default false. */
  is_inverted?: boolean;
}

/**
 * A distance given as a function of two batches [Q, D], [R, D] to a matrix [Q, R], of tensor operations only.
 * @example new CallableDistance((a, b) => torch.cdist(a, b, 1), { normalize_embeddings: false });
 */
export class CallableDistance extends Distance {
  readonly fn: (query: Tensor, ref: Tensor) => Tensor;

  /** @param options as for the others (`normalize_embeddings` true), and `is_inverted` false. */
  constructor(fn: (query: Tensor, ref: Tensor) => Tensor, options: CallableDistanceOptions = {}) {
    super(options, options.is_inverted ?? false);
    if (typeof fn !== 'function') throw badArgument('CallableDistance', 'fn', fn, 'a function of two matrices');
    this.fn = fn;
  }

  protected override compute_mat(query: Tensor, ref: Tensor | null): Tensor {
    const matrix = this.fn(query, ref ?? query);
    const [rows, columns] = [query.size(0), (ref ?? query).size(0)];
    if (matrix.ndim === 2 && matrix.size(0) === rows && matrix.size(1) === columns) return matrix;
    throw badArgument('CallableDistance', 'fn', matrix, `a function that gives a matrix [${rows}, ${columns}]`);
  }
}
