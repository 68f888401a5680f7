/** `rows_per_tile`: every loss that takes it, in tiles and at once. */
import { autograd, cat } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import { compileWith, interpreter, numelOf, trace } from '@reidgrad/core/graph';
import type { Graph, GraphNode, ValueId } from '@reidgrad/core/graph';
import { describe, expect, it } from 'vitest';
import { coarse, drawn, drawnLabels, labels, matrix } from '../../../../test/fixtures/batches.js';
import { largestDifference } from '../../../../test/fixtures/derivatives.js';
import { tiledLosses } from '../../../../test/fixtures/tiled-losses.js';
import type { TiledLoss } from '../../../../test/fixtures/tiled-losses.js';
import * as losses from '../index.js';
import { tripletFamily } from './table.js';

type Run = TiledLoss['run'];

const N = 12;
/** A row at a time, a size that divides the batch, one that leaves a shorter tile, and one that takes it all. */
const sizes = [1, 3, 5, 20];

/** All outputs, and the gradients of the floating ones, with a weight of its own for each element. */
function everything(run: Run, rows_per_tile: number | null, x: Tensor, y: Tensor): Tensor[] {
  const input = x.detach().clone().requires_grad_();
  const outputs = run(input, y, { rows_per_tile });
  const gradients = outputs
    .filter((output) => output.requires_grad)
    .map((output) => {
      const weights = drawn(N, 'tiles/weights').reshape(-1).narrow(0, 0, output.numel()).to(output.dtype);
      const [gradient] = autograd.grad(output.reshape(-1).mul(weights).sum(), [input], { retain_graph: true });
      return gradient;
    });
  return [...outputs, ...gradients];
}

/** Where the two differ by more than `tolerance`, relative to the largest element. */
function disagreements(ours: readonly Tensor[], expected: readonly Tensor[], tolerance: number): string[] {
  if (ours.length !== expected.length) return [`${ours.length} results, expected ${expected.length}`];
  return ours.flatMap((tensor, i) => {
    const reference = expected[i];
    if (tensor.dtype !== reference.dtype || tensor.shape.join() !== reference.shape.join())
      return [`${i}: another kind`];
    const isNaN = reference.isnan();
    if (isNaN.any().item() === 1) return tensor.isnan().eq(isNaN).all().item() === 1 ? [] : [`${i}: NaN elsewhere`];
    const scale = Math.max(1, reference.abs().max().item());
    const difference = largestDifference(tensor.double(), reference.double());
    return difference <= tolerance * scale ? [] : [`${i}: ${difference}`];
  });
}

/** The results, or the error's text. */
function outcome(run: () => Tensor[]): Tensor[] | string {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const plain: [x: Tensor, y: Tensor] = [drawn(N, 'tiles/drawn'), labels(0, 1, 2, 0, 1, 2, 3, 3, 1, 2, 0, 1)];
const grid: [x: Tensor, y: Tensor] = [coarse(N, 'tiles/coarse'), drawnLabels(N, 3, 'tiles/coarse labels')];

/** Six rows of 600 features, twice: squares that are summed in another order than products do not cancel. */
function twice(): Tensor {
  const half = drawn(1200, 'tiles/twice').mul(0.05).reshape(6, 600);
  return cat([half, half]);
}

const batches: Record<string, [x: Tensor, y: Tensor]> = {
  'equal rows': [twice(), labels(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2)],
  'rows without ties': plain,
  'equal rows and equal distances': grid,
  'a label of its own': [drawn(N, 'tiles/single'), labels(0, 1, 2, 0, 1, 2, 9, 0, 1, 2, 0, 1)],
  'one label': [drawn(N, 'tiles/one'), labels(...Array.from({ length: N }, () => 3))],
  'no label twice': [drawn(N, 'tiles/none'), labels(...Array.from({ length: N }, (_, i) => i))],
};

/** The loss and its gradient, to be traced. */
const withGradient =
  (run: Run, rows_per_tile: number) =>
  (x: Tensor, y: Tensor): Tensor[] => {
    const outputs = run(x, y, { rows_per_tile });
    return [...outputs, ...autograd.grad(outputs[0], [x])];
  };

describe.each(Object.entries(tiledLosses))('%s in tiles', (_name, { run, tolerance }) => {
  it.each(Object.entries(batches))('equals the whole: %s', (_what, [x, y]) => {
    const expectEqual = (inputs: Tensor, sizesToTry: readonly number[], within: number): void => {
      const whole = outcome(() => everything(run, null, inputs, y));
      for (const size of sizesToTry) {
        const tiled = outcome(() => everything(run, size, inputs, y));
        if (typeof whole === 'string' || typeof tiled === 'string') expect(tiled).toEqual(whole);
        else expect(disagreements(tiled, whole, within), `${size} rows per tile, ${inputs.dtype}`).toEqual([]);
      }
    };
    expectEqual(x, sizes, 1e-10);
    expectEqual(x.float(), [5], tolerance);
  });

  it('gives the numbers of eager in a trace', async () => {
    const [x, y] = grid;
    const eager = withGradient(run, 5)(x.clone().requires_grad_(), y);
    const compiled = await compileWith(withGradient(run, 5), interpreter)(x.clone().requires_grad_(), y);
    expect(compiled.map((output) => output.tolist())).toEqual(eager.map((output) => output.tolist()));
  });

  it('has the second derivative of the whole', () => {
    const [x, y] = plain;
    const second = (rows_per_tile: number | null): Tensor => {
      const input = x.detach().clone().requires_grad_();
      const [first] = autograd.grad(run(input, y, { rows_per_tile })[0], [input], { create_graph: true });
      return autograd.grad(first.mul(drawn(N, 'tiles/direction')).sum(), [input])[0];
    };
    expect(disagreements([second(5)], [second(null)], 1e-9)).toEqual([]);
  });

  it('leaves nothing large of a tile for later: all of it is needed to begin the last tile', () => {
    // Enough rows that the blocks of products that some losses find their norms in are no larger than a tile.
    const [rows, tile] = [200, 50];
    const y = labels(...Array.from({ length: rows }, (_, i) => i >> 2));
    const { graph } = trace(withGradient(run, tile), [drawn(rows, 'tiles/trace').requires_grad_(), y]);
    const large = ({ outs }: GraphNode): boolean => outs.some((id) => numelOf(graph.values[id].shape) >= tile * rows);
    expect(Math.max(...graph.values.map(({ shape }) => numelOf(shape)))).toBe(tile * rows);
    const needed = ancestors(graph, [
      ...graph.outputs.map(({ value }) => value),
      ...graph.checks.map((c) => c.condition),
    ]);
    // A tile begins by taking its labels, in the forward pass and where the backward pass computes it again.
    const starts = graph.nodes.filter(
      ({ op, outs: [out] }) => op === 'index_select' && needed.has(out) && graph.values[out].dtype === 'int64',
    );
    expect(starts.length).toBeGreaterThanOrEqual(3);
    const last = starts[starts.length - 1];
    const before = ancestors(graph, last.ins);
    const made = graph.nodes.slice(0, graph.nodes.indexOf(last));
    const pending = made.filter((node) => large(node) && node.outs.some((id) => needed.has(id) && !before.has(id)));
    expect(pending.map(({ op }) => op)).toEqual([]);
  });
});

/** What `values` are computed from, and they themselves. */
function ancestors(graph: Graph, values: readonly ValueId[]): Set<ValueId> {
  const makers = new Map(graph.nodes.flatMap((node) => node.outs.map((id) => [id, node] as const)));
  const found = new Set(values);
  for (const id of found) makers.get(id)?.ins.forEach((input) => found.add(input));
  return found;
}

describe('rows_per_tile', () => {
  it('is an option of every loss that the table says, and tested', () => {
    const listed = tripletFamily.filter(({ options }) => options.includes('rows_per_tile')).map(({ name }) => name);
    const tested = new Set(Object.keys(tiledLosses).map((name) => name.split(',')[0]));
    expect([...tested].sort()).toEqual([...listed].sort());
  });

  it.each([0, -1, 2.5, NaN])('refuses %d', (rows_per_tile) => {
    expect(() => new losses.OriTripletLoss(4, 0.3, { rows_per_tile })).toThrow(
      `OriTripletLoss: rows_per_tile must be a positive integer or null, got ${rows_per_tile}`,
    );
    expect(() => losses.batch_all_triplet_loss(labels(0, 0), drawn(2, 'tiles/two'), 1, { rows_per_tile })).toThrow(
      `batch_all_triplet_loss: rows_per_tile must be a positive integer or null, got ${rows_per_tile}`,
    );
  });

  it('refuses what needs the whole matrix, and names the way out', () => {
    expect(() => new losses.AGWTripletLoss(0.3, { rows_per_tile: 4 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: AGWTripletLoss: rows_per_tile 4 needs unequal_counts 'per-row', got 'origin', whose blocks mix rows]`,
    );
    const distance_metric = (x: Tensor): Tensor => x.matmul(x.t());
    expect(() => new losses.TripletHardLoss({ distance_metric, rows_per_tile: 4 })).toThrowErrorMatchingInlineSnapshot(
      `[Error: TripletHardLoss: rows_per_tile 4 needs a distance_metric by name, got a function, which gives the whole matrix]`,
    );
  });

  it('keeps no tile on the tape', () => {
    const x = drawn(N, 'tiles/tape').requires_grad_();
    const [loss] = new losses.OriTripletLoss(N, 0.3, { rows_per_tile: 4 }).forward(x, plain[1]);
    const names = new Set<string>();
    const nodes = new Set([loss.grad_fn]);
    for (const node of nodes) {
      if (node === null) continue;
      names.add(node.name);
      for (const edge of node.edges) if (edge !== null && 'node' in edge) nodes.add(edge.node);
    }
    expect([...names].sort()).toEqual(['SquaredNorms', 'TiledSum', 'div']);
  });

  it('gives the gradient of distances that a loss returns', () => {
    const x = matrix([
      [0, 0],
      [1, 0],
      [0, 3],
      [2, 2],
    ]);
    const gradient = (rows_per_tile: number | null): Tensor => {
      const input = x.clone().requires_grad_();
      const criterion = new losses.AGWTripletLoss(0.3, { unequal_counts: 'per-row', rows_per_tile });
      const [, , far] = criterion.forward(input, labels(0, 0, 1, 1));
      return autograd.grad(far.index(2), [input])[0];
    };
    expect(largestDifference(gradient(3), gradient(null))).toBeLessThan(1e-14);
    expect(gradient(3).abs().max().item()).toBeGreaterThan(0.1);
  });

  it('takes float16', () => {
    const gradient = (rows_per_tile: number | null): Tensor => {
      const input = plain[0].to('float16').requires_grad_();
      const loss = new losses.TripletHardLoss({ rows_per_tile }).call(plain[1], input);
      return autograd.grad(loss, [input])[0].double();
    };
    expect(largestDifference(gradient(5), gradient(null))).toBeLessThan(1e-3);
    expect(gradient(5).abs().max().item()).toBeGreaterThan(0.01);
  });
});
