/** A sum over rows of a batch, tile by tile, with its gradient. */
import { autograd, cat, enable_grad, is_grad_enabled, ones_like, stack } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { dispatch } from '@reidgrad/core/graph';
import type { RowPairs } from './mask.js';
import type { Rows } from './tile-sizes.js';

/** What some rows of a batch give. */
export interface RowTerms {
  /** Terms [t] of a sum. */
  terms: Tensor;
  /** Further vectors [t]. */
  also: readonly Tensor[];
}

/** What all rows of a batch give. */
export interface BatchSum {
  /** The sum of all terms, 0-d. */
  total: Tensor;
  /** The vectors, [N]. In tiles all floating ones require grad if the embeddings do. */
  also: readonly Tensor[];
}

/** The rows of a tile. */
export interface TileRows {
  /** Which they are, int64 [t]. */
  at: Tensor;
  pairs: RowPairs;
}

/** Rows of `x` at places [t] that are known to lie within it. */
export function takeRows(x: Tensor, at: Tensor): Tensor {
  return dispatch('index_select', [x, at], { dim: 0 });
}

/** Vectors or matrices of all tiles, end to end. */
export function joined(tiles: readonly (readonly Tensor[])[]): Tensor[] {
  return tiles[0].map((_, i) => cat(tiles.map((parts) => parts[i])));
}

/** How a batch is cut. */
export interface Tiling {
  tiles: readonly Rows[];
  /** The rows of a tile; in a trace they come after `done`. */
  rowsOf: (tile: Rows, done: readonly Tensor[]) => TileRows;
  /** `x`, in a trace computed after `done`. */
  after: (done: readonly Tensor[], x: Tensor) => Tensor;
}

/** From rows of some tensors, and all rows of them, to the terms of the rows. */
type Run = (rows: readonly Tensor[], columns: readonly Tensor[], pairs: RowPairs) => RowTerms;

/** Per output of a tile its gradient; null for none. */
type GradsOf = (outputs: readonly Tensor[], tile: Rows) => readonly (Tensor | null)[];

/** The sum of a tile's terms, then its vectors. */
const outputsOf = ({ terms, also }: RowTerms): Tensor[] => [terms.sum(), ...also];

/** Runs all tiles, without gradients. */
function values({ tiles, rowsOf }: Tiling, points: readonly Tensor[], run: Run): Tensor[][] {
  const parts: Tensor[][] = [];
  for (const tile of tiles) {
    const { at, pairs } = rowsOf(tile, parts.at(-1) ?? []);
    const rows = points.map((point) => takeRows(point, at));
    parts.push(outputsOf(run(rows, points, pairs)));
  }
  return parts;
}

/**
 * Runs all tiles, and takes the gradients of `points` tile by tile.
 * @param first what must be computed before, in a trace.
 */
function gradients(
  { tiles, rowsOf, after }: Tiling,
  points: readonly Tensor[],
  run: Run,
  gradsOf: GradsOf,
  first: readonly Tensor[],
): { parts: Tensor[][]; gradient: Tensor[] } {
  const create_graph = is_grad_enabled();
  // Rows and columns are inputs of their own, so that the gradient of rows is as short as they are.
  const inputs = (tensors: readonly Tensor[]): Tensor[] =>
    tensors.map((tensor) => (create_graph ? tensor.mul(1) : tensor.detach().requires_grad_()));
  const columns = inputs(points);
  const parts: Tensor[][] = [];
  let gradient: Tensor[] = [];
  let done = first;
  for (const tile of tiles) {
    const { at, pairs } = rowsOf(tile, done);
    const rows = inputs(points.map((point) => takeRows(point, at)));
    const outputs = enable_grad(() => outputsOf(run(rows, columns, pairs)));
    const grads = gradsOf(outputs, tile);
    const used = outputs.flatMap((output, i) => (grads[i] !== null && output.requires_grad ? [i] : []));
    const found = autograd.grad(
      used.map((i) => outputs[i]),
      [...rows, ...columns],
      { grad_outputs: used.map((i) => grads[i]), create_graph },
    );
    parts.push(outputs.map((output) => output.detach()));
    const ofRows = found.slice(0, rows.length);
    gradient = found.slice(rows.length).map((ofColumns, i) => {
      const sum = gradient.length === 0 ? ofColumns : gradient[i].add(ofColumns);
      return dispatch('index_add', [sum, at, ofRows[i]], { dim: 0 });
    });
    done = [...outputs, ...gradient];
  }
  // What follows from the short ones is as large as the first: it waits until the tiles are done.
  const [longest, ...others] = gradient;
  return { parts, gradient: [longest, ...others.map((column) => after([longest], column))] };
}

/**
 * A sum over rows, and vectors of all rows, of which no tile is kept for the backward pass.
 *
 * The gradient of the sum is taken tile by tile along with its value, and waits to be scaled. Where that is not enough
 * (gradients of the vectors, derivatives of higher order) the backward pass computes each tile again.
 * @param later do not take the gradient along: the sum will not be differentiated.
 */
export function tiledSum(tiling: Tiling, points: readonly Tensor[], run: Run, later: boolean): BatchSum {
  const wanted = is_grad_enabled() && points.some((point) => point.requires_grad);
  const along = wanted && !later;

  class TiledSum extends autograd.Function {
    static forward(ctx: autograd.FunctionContext, ...all: Tensor[]): Tensor[] {
      const ofTotal: GradsOf = (outputs) => outputs.map((output, i) => (i === 0 ? ones_like(output) : null));
      const { parts, gradient } = along
        ? gradients(tiling, all, run, ofTotal, [])
        : { parts: values(tiling, all, run), gradient: [] };
      ctx.save_for_backward(...all, ...gradient);
      ctx.set_materialize_grads(false);
      const also = joined(parts.map((outputs) => outputs.slice(1)));
      return [stack(parts.map(([sum]) => sum)).sum(), ...also];
    }

    static backward(ctx: autograd.FunctionContext, ...grads: (Tensor | null)[]): Tensor[] {
      const [total, ...others] = grads;
      const saved = ctx.saved_tensors;
      const all = saved.slice(0, points.length);
      if (along && total !== null && !is_grad_enabled() && others.every((grad) => grad === null)) {
        return saved.slice(points.length).map((gradient) => gradient.mul(total));
      }
      const ofTile: GradsOf = (_, { start, rows }) => [
        total,
        ...others.map((grad) => grad && grad.narrow(0, start, rows)),
      ];
      return gradients(
        tiling,
        all,
        run,
        ofTile,
        grads.filter((grad) => grad !== null),
      ).gradient;
    }
  }
  const [total, ...also] = TiledSum.apply(...points);
  return { total, also };
}
