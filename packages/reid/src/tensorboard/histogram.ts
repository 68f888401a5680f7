/** What a `HistogramProto` holds. */
export interface Histogram {
  min: number;
  max: number;
  num: number;
  sum: number;
  sumSquares: number;
  /** Right ends of the buckets, the first and last non-empty ones and the one before them. */
  limits: number[];
  counts: number[];
}

/** TensorBoard's bounds: ±1e-12 · 1.1^i up to 1e20, and 0. */
function makeEdges(): number[] {
  const positive: number[] = [];
  for (let edge = 1e-12; edge < 1e20; edge *= 1.1) positive.push(edge);
  return [...positive.map((edge) => -edge).reverse(), 0, ...positive];
}

let edges: readonly number[] | undefined;

/** The first of the ascending `bounds` that is greater than `value`. */
function upperBound(bounds: readonly number[], value: number): number {
  let [low, high] = [0, bounds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (bounds[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Counts `values` as PyTorch's `add_histogram` does. Throws where no value is between the outermost bounds. */
export function histogramOf(values: ArrayLike<number>): Histogram {
  edges ??= makeEdges();
  const last = edges.length - 1;
  const counts = new Array<number>(last).fill(0);
  let [min, max, sum, sumSquares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
    // A bucket has its left end; the last one has both.
    if (value >= edges[0] && value <= edges[last]) counts[Math.min(upperBound(edges, value), last) - 1]++;
  }
  const start = counts.findIndex((count) => count > 0);
  if (start < 0) throw new Error(`add_histogram: got ${values.length} values, expected one that is a finite number`);
  let end = counts.length;
  while (counts[end - 1] === 0) end--;
  return {
    ...{ min, max, num: values.length, sum, sumSquares },
    limits: edges.slice(start, end + 1),
    counts: [start > 0 ? counts[start - 1] : 0, ...counts.slice(start, end)],
  };
}
