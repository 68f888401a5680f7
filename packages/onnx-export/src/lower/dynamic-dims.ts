/**
 * Symbolic sizes. A function traced at several sizes yields one example graph and, for every size that varied, a
 * polynomial in the names of the dynamic axes. Both travel side by side: shapes in the graph hold the example numbers,
 * `DynamicDims` says which of them are polynomials.
 */

/** `coefficient * product of the symbols` (a symbol occurs as often as its power); no symbols: a constant. */
export interface Term {
  coefficient: number;
  symbols: readonly string[];
}

/** A polynomial with rational coefficients whose value is an integer at every allowed size. Normal form: `simplify`. */
export interface SymbolicInt {
  terms: readonly Term[];
}

/** A dimension: a number, or a polynomial with the value it had in the example trace. */
export type Dim = number | SymbolicDim;

export interface SymbolicDim {
  expression: SymbolicInt;
  example: number;
}

/** The side table of a graph with dynamic axes. Build it with `new Map()` and `dimKey`, `attributeKey`. */
export interface DynamicDims {
  /** By `dimKey(value id, dimension)`: dimensions that vary. Must cover all values that the graph computes. */
  dims: ReadonlyMap<string, SymbolicInt>;
  /** By `attributeKey(node index, path)`, as `value` of a `full` or `ends.0` of a `slice`: attributes that vary. */
  attributes: ReadonlyMap<string, SymbolicInt>;
}

export const dimKey = (value: number, dim: number): string => `${value}:${dim}`;
export const attributeKey = (node: number, path: string): string => `${node}:${path}`;

/** The axis `name` itself. */
export const symbol = (name: string): SymbolicInt => ({ terms: [{ coefficient: 1, symbols: [name] }] });

export const constantInt = (value: number): SymbolicInt => simplify([{ coefficient: value, symbols: [] }]);

/** Collects equal terms, drops zeros and sorts, so that equal polynomials have equal `formatInt`. */
export function simplify(terms: readonly Term[]): SymbolicInt {
  const collected = new Map<string, Term>();
  for (const term of terms) {
    const symbols = [...term.symbols].sort();
    const key = symbols.join('*');
    const before = collected.get(key)?.coefficient ?? 0;
    collected.set(key, { coefficient: before + term.coefficient, symbols });
  }
  const kept = [...collected].filter(([, term]) => term.coefficient !== 0);
  kept.sort(([a], [b]) => (a < b ? 1 : -1));
  return { terms: kept.map(([, term]) => term) };
}

export function plus(a: SymbolicInt, b: SymbolicInt): SymbolicInt {
  return simplify([...a.terms, ...b.terms]);
}

export function times(a: SymbolicInt, b: SymbolicInt): SymbolicInt {
  return simplify(
    a.terms.flatMap((s) =>
      b.terms.map((t) => ({ coefficient: s.coefficient * t.coefficient, symbols: [...s.symbols, ...t.symbols] })),
    ),
  );
}

/** The number that a polynomial without symbols is; `undefined` for any other. */
export function constantOf(a: SymbolicInt): number | undefined {
  const [first, ...rest] = a.terms;
  if (first === undefined) return 0;
  return rest.length === 0 && first.symbols.length === 0 ? first.coefficient : undefined;
}

/** `a / b` for a single-term `b` that divides every term; `undefined` otherwise. */
export function divide(a: SymbolicInt, b: SymbolicInt): SymbolicInt | undefined {
  const [divisor, ...more] = b.terms;
  if (divisor === undefined || more.length > 0) return undefined;
  const terms: Term[] = [];
  for (const term of a.terms) {
    const symbols = [...term.symbols];
    for (const name of divisor.symbols) {
      const at = symbols.indexOf(name);
      if (at < 0) return undefined;
      symbols.splice(at, 1);
    }
    terms.push({ coefficient: term.coefficient / divisor.coefficient, symbols });
  }
  return simplify(terms);
}

/** The value at given sizes, by symbol name. */
export function evaluate(a: SymbolicInt, sizes: Readonly<Record<string, number>>): number {
  const total = a.terms.reduce(
    (sum, term) =>
      sum + term.symbols.reduce((product, name) => product * (sizes[name] ?? Number.NaN), term.coefficient),
    0,
  );
  return Math.round(total);
}

/** As `n*n - n`: readable, and a key for equality. */
export function formatInt(a: SymbolicInt): string {
  if (a.terms.length === 0) return '0';
  return a.terms
    .map(({ coefficient, symbols }) => {
      const factors = coefficient === 1 && symbols.length > 0 ? symbols : [String(coefficient), ...symbols];
      return factors.join('*');
    })
    .join(' + ');
}

export const isSymbolic = (dim: Dim): dim is SymbolicDim => typeof dim !== 'number';

/** The text of a dimension: equal dimensions have equal text. Serves as `dim_param`, too. */
export const formatDim = (dim: Dim): string => (isSymbolic(dim) ? formatInt(dim.expression) : String(dim));

export const formatDims = (dims: readonly Dim[]): string => dims.map(formatDim).join(',');

export const expressionOf = (dim: Dim): SymbolicInt => (isSymbolic(dim) ? dim.expression : constantInt(dim));

/** A number where the polynomial is one. */
export function dimOf(expression: SymbolicInt, example: number): Dim {
  return constantOf(expression) ?? { expression, example };
}

/** Number of elements as a dimension. */
export function numelDim(dims: readonly Dim[]): Dim {
  const example = dims.reduce<number>((product, dim) => product * (isSymbolic(dim) ? dim.example : dim), 1);
  return dimOf(
    dims.reduce<SymbolicInt>((product, dim) => times(product, expressionOf(dim)), constantInt(1)),
    example,
  );
}

/** The shape that operands of these dims broadcast to; `undefined` if they do not. */
export function broadcastDims(operands: readonly (readonly Dim[])[]): Dim[] | undefined {
  const rank = Math.max(0, ...operands.map((dims) => dims.length));
  const result: Dim[] = Array.from({ length: rank }, () => 1);
  for (const dims of operands) {
    for (let i = 0; i < dims.length; i++) {
      const at = rank - dims.length + i;
      if (dims[i] === 1) continue;
      if (result[at] !== 1 && formatDim(result[at]) !== formatDim(dims[i])) return undefined;
      result[at] = dims[i];
    }
  }
  return result;
}

/** `dim` and a fixed number of elements more. */
export function grown(dim: Dim, by: number): Dim {
  return isSymbolic(dim) ? dimOf(plus(dim.expression, constantInt(by)), dim.example + by) : dim + by;
}
