/** Beyond this the error function is 1 in double precision. */
const SATURATED = 6;
/** Where the series gives way to the continued fraction. */
const SERIES_END = 2.5;
const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
/** Levels of the continued fraction: enough for double precision from `SERIES_END` on. */
const LEVELS = 60;

/** The error function to a few units in the last place of a double. NaN gives NaN. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size > SATURATED) return Math.sign(x);
  const square = x * x;
  if (size <= SERIES_END) {
    // 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms have one sign, so nothing cancels.
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= (2 * square) / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_ROOT_PI * Math.exp(-square) * sum;
  }
  // 1 − e^(−x²) / √π · 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + …)))).
  let tail = size;
  for (let n = LEVELS; n > 0; n--) tail = size + n / 2 / tail;
  return Math.sign(x) * (1 - (TWO_OVER_ROOT_PI / 2) * (Math.exp(-square) / tail));
}
