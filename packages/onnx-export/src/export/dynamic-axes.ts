/**
 * Dynamic axes without symbols in user code: the function is traced at several sizes, the traces are compared, and every
 * number that varies is solved as a polynomial in the sizes.
 */
import { originText } from '@reidgrad/core/graph';
import type { Graph, GraphNode, Program } from '@reidgrad/core/graph';
import { attributeKey, dimKey, simplify } from '../lower/dynamic-dims.js';
import type { DynamicDims, SymbolicInt, Term } from '../lower/dynamic-dims.js';

/** Sizes of the dynamic axes by name. */
export type Sizes = Readonly<Record<string, number>>;

/**
 * Factors of the example's size: primes, so that no fixed dimension or attribute equals a size by chance. Multiples, so
 * that code which needs a multiple (rows in threes) is traced at sizes that it can take. Traces hold shapes only: large
 * sizes cost nothing.
 */
const factors = [101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197];

/** Four sizes per axis solve a quadratic and check it. */
const sizesPerAxis = 4;

/**
 * The sizes to trace at: a base point, each axis varied alone, and one mixed point per pair of axes. No size equals
 * another or one of `fixed`, so that an equal number always has one reason.
 * @param examples the size of each axis in the example arguments
 */
export function tracePoints(examples: ReadonlyMap<string, number>, fixed: ReadonlySet<number>): Sizes[] {
  const axes = [...examples.keys()];
  const taken = new Set(fixed);
  const sizes = new Map(
    [...examples].map(([axis, example]) => {
      const own: number[] = [];
      for (const factor of factors) {
        const size = Math.max(example, 1) * factor;
        if (taken.has(size) || own.length === sizesPerAxis) continue;
        taken.add(size);
        own.push(size);
      }
      if (own.length < sizesPerAxis) throw new Error(`export: too many dynamic axes: ${axes.join(', ')}`);
      return [axis, own] as const;
    }),
  );
  const sizeOf = (axis: string, i: number): number => sizes.get(axis)?.[i] ?? 0;
  const base: Sizes = Object.fromEntries(axes.map((axis) => [axis, sizeOf(axis, 0)]));
  const points = [base];
  for (const axis of axes) for (let i = 1; i < sizesPerAxis; i++) points.push({ ...base, [axis]: sizeOf(axis, i) });
  axes.forEach((a, i) => {
    for (const b of axes.slice(i + 1)) points.push({ ...base, [a]: sizeOf(a, 1), [b]: sizeOf(b, 2) });
  });
  return points;
}

/** The polynomial of degree at most 2 through the points, `null` where there is none. */
export function solve(points: readonly Sizes[], values: readonly number[]): SymbolicInt | null {
  const [base, ...others] = points;
  const axes = Object.keys(base);
  const terms: Term[] = [{ coefficient: values[0], symbols: [] }];
  // In offsets from the base point: f = f0 + Σ (a d + b d²) + Σ c d_i d_j, expanded into powers of the sizes.
  const offset = (axis: string): Term[] => [
    { coefficient: 1, symbols: [axis] },
    { coefficient: -base[axis], symbols: [] },
  ];
  const product = (factor: number, left: readonly Term[], right: readonly Term[]): Term[] =>
    left.flatMap((l) =>
      right.map((r) => ({
        coefficient: factor * l.coefficient * r.coefficient,
        symbols: [...l.symbols, ...r.symbols],
      })),
    );
  const one: Term[] = [{ coefficient: 1, symbols: [] }];
  for (const axis of axes) {
    const alone = others.flatMap((point, i) => {
      const only = axes.every((other) => other === axis || point[other] === base[other]);
      return only && point[axis] !== base[axis] ? [{ d: point[axis] - base[axis], f: values[i + 1] - values[0] }] : [];
    });
    const [p, q] = alone;
    const b = (p.f / p.d - q.f / q.d) / (p.d - q.d);
    const a = p.f / p.d - b * p.d;
    terms.push(...product(a, offset(axis), one), ...product(b, offset(axis), offset(axis)));
  }
  const mixed = others.filter((point) => axes.filter((axis) => point[axis] !== base[axis]).length === 2);
  const single = simplify(clean(terms));
  for (const point of mixed) {
    const [i, j] = axes.filter((axis) => point[axis] !== base[axis]);
    const rest = values[points.indexOf(point)] - exact(single, point);
    const c = rest / ((point[i] - base[i]) * (point[j] - base[j]));
    terms.push(...product(c, offset(i), offset(j)));
  }
  const result = simplify(clean(simplify(clean(terms)).terms));
  const fits = points.every(
    (point, i) => Math.abs(exact(result, point) - values[i]) <= 1e-9 * Math.max(1, Math.abs(values[i])),
  );
  return fits ? result : null;
}

/** Coefficients of counts are whole numbers, halves or sixths; rounding noise around them goes. */
function clean(terms: readonly Term[]): Term[] {
  return terms.map(({ coefficient, symbols }) => {
    const sixths = Math.round(coefficient * 6);
    return { coefficient: Math.abs(coefficient * 6 - sixths) < 1e-6 ? sixths / 6 : coefficient, symbols };
  });
}

function exact({ terms }: SymbolicInt, sizes: Sizes): number {
  return terms.reduce(
    (sum, term) => sum + term.symbols.reduce((value, name) => value * sizes[name], term.coefficient),
    0,
  );
}

/** Numbers inside attributes with their paths; everything else as text. */
function leaves(value: unknown, path: string, out: Map<string, number | string>): void {
  if (typeof value === 'number') out.set(path, value);
  else if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    out.set(`${path}.length`, String(items.length));
    items.forEach((item, i) => leaves(item, path === '' ? String(i) : `${path}.${i}`, out));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) leaves(item, path === '' ? key : `${path}.${key}`, out);
  } else out.set(path, String(value));
}

function place(node: GraphNode): string {
  return `${originText(node.origin)}${node.scope === '' ? '' : ` (in ${node.scope})`}`;
}

/** `batch = 3`. */
const atSizes = (sizes: Sizes): string =>
  Object.entries(sizes)
    .map(([axis, size]) => `${axis} = ${size}`)
    .join(', ');

/** Sizes that the code made loops of, as it says itself. */
function requireFreeSizes(programs: readonly Program[]): void {
  const longest = programs.reduce((most, next) => (next.fixedSizes.length > most.fixedSizes.length ? next : most));
  longest.fixedSizes.forEach(({ size, why }, i) => {
    if (programs.some(({ fixedSizes }) => fixedSizes[i]?.size !== size)) throw new Error(`export: ${why}`);
  });
}

function requireSameStructure(graphs: readonly Graph[], points: readonly Sizes[]): void {
  const [first, ...others] = graphs;
  others.forEach((graph, k) => {
    const at = atSizes(points[k + 1]);
    const n = Math.min(first.nodes.length, graph.nodes.length);
    for (let i = 0; i < n; i++) {
      const a = first.nodes[i];
      const b = graph.nodes[i];
      if (a.op !== b.op || a.ins.join() !== b.ins.join() || a.outs.join() !== b.outs.join()) {
        throw new Error(
          `export: dynamic_axes: the trace depends on a dynamic size: at ${atSizes(points[0])} ${place(a)} runs ${a.op}, at ${at} ` +
            `${place(b)} runs ${b.op}; a loop over the axis or a branch on its size cannot be dynamic, use tensor ops over the whole axis`,
        );
      }
    }
    if (first.nodes.length !== graph.nodes.length || first.checks.length !== graph.checks.length) {
      const extra = (first.nodes.length > n ? first : graph).nodes[n];
      throw new Error(
        `export: dynamic_axes: the trace depends on a dynamic size: at ${at} it has another length, from ${place(extra)} on; ` +
          'a loop over the axis cannot be dynamic, use tensor ops over the whole axis',
      );
    }
    for (const [id, source] of first.sources) {
      const other = graph.sources.get(id);
      if (source.kind !== 'constant' || other?.kind !== 'constant') continue;
      const same =
        source.storage.data.length === other.storage.data.length &&
        source.storage.data.every((value, i) => Object.is(value, other.storage.data[i]));
      if (!same) {
        const user = first.nodes.find((node) => node.ins.includes(id));
        throw new Error(
          `export: dynamic_axes: constant data differs between sizes of a dynamic axis${user === undefined ? '' : `, used at ${place(user)}`}; ` +
            'build masks and ranges with arange, eye and comparisons instead of from data',
        );
      }
    }
  });
}

/** Compares the traces and solves every size and attribute that varies. Throws naming the line and the fix where it cannot. */
export function solveDynamicDims(programs: readonly Program[], points: readonly Sizes[]): DynamicDims {
  const graphs = programs.map(({ graph }) => graph);
  requireFreeSizes(programs);
  requireSameStructure(graphs, points);
  const [first] = graphs;
  const dims = new Map<string, SymbolicInt>();
  const attributes = new Map<string, SymbolicInt>();
  const producer = new Map(first.nodes.flatMap((node) => node.outs.map((id) => [id, node] as const)));
  for (const { id, shape } of first.values) {
    shape.forEach((size, dim) => {
      const sizes = graphs.map((graph) => graph.values[id].shape[dim]);
      if (sizes.every((other) => other === size)) return;
      const solution = solve(points, sizes);
      if (solution === null) {
        const node = producer.get(id);
        throw new Error(
          `export: dynamic_axes: dim ${dim} of a value is ${sizes.join(', ')} at ${points.map(atSizes).join('; ')}, which is no polynomial` +
            (node === undefined ? '' : `; made by ${node.op} at ${place(node)}`),
        );
      }
      dims.set(dimKey(id, dim), solution);
    });
  }
  first.nodes.forEach((node, i) => {
    const all = graphs.map((graph) => {
      const out = new Map<string, number | string>();
      leaves(graph.nodes[i].attrs, '', out);
      return out;
    });
    for (const [path, value] of all[0]) {
      const values = all.map((map) => map.get(path));
      if (values.every((other) => Object.is(other, value))) continue;
      const numbers = values.filter((other) => typeof other === 'number');
      const solution = numbers.length === values.length ? solve(points, numbers) : null;
      if (solution === null) {
        const hint =
          node.op === 'full'
            ? 'a number computed from the size (as 1 / n or sqrt(n)) cannot be dynamic; divide by the count itself, or compute it with tensor ops'
            : `its ${path} is no polynomial of the size`;
        throw new Error(
          `export: dynamic_axes: ${node.op} at ${place(node)} depends on a dynamic size (${values[0]} at ${atSizes(points[0])}, ${values[1]} at ${atSizes(points[1])}): ${hint}`,
        );
      }
      attributes.set(attributeKey(i, path), solution);
    }
  });
  return { dims, attributes };
}
