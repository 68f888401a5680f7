/** Padding. */
import { api, badArgument, requireChoice, show } from '../../errors.js';
import { cat, expand, flip, padConstant, sliceDim } from '../../functions/shape.js';
import type { Tensor } from '../../tensor.js';

/** What stands around the input: a number, its mirror image, its edge, or its other end. */
export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** Options of `pad`. */
export interface PadOptions {
  /** Default 'constant'. */
  mode?: PadMode;
  /** The constant. Default 0. */
  value?: number;
}

function checkEdge(x: Tensor, dim: number, mode: PadMode, before: number, after: number): void {
  const size = x.size(dim);
  const most = mode === 'reflect' ? size - 1 : mode === 'circular' ? size : Infinity;
  const fits = before >= 0 && after >= 0 && before <= most && after <= most && size > 0;
  if (fits) return;
  const range = most === Infinity ? 'non-negative numbers' : `numbers from 0 to ${most}`;
  throw badArgument('pad', 'pad', [before, after], `${range} at dim ${dim} of ${show(x)} for mode '${mode}'`);
}

/** What stands before and after along one dim, or null for nothing. */
function edges(
  x: Tensor,
  dim: number,
  mode: PadMode,
  before: number,
  after: number,
): readonly [Tensor | null, Tensor | null] {
  const size = x.size(dim);
  const part = (start: number, end: number): Tensor => sliceDim(x, dim, start, end);
  const spread = (edge: Tensor, count: number): Tensor =>
    expand(
      edge,
      x.shape.map((_, i) => (i === dim ? count : -1)),
    );
  const make: Record<Exclude<PadMode, 'constant'>, readonly [() => Tensor, () => Tensor]> = {
    reflect: [() => flip(part(1, before + 1), [dim]), () => flip(part(size - 1 - after, size - 1), [dim])],
    replicate: [() => spread(part(0, 1), before), () => spread(part(size - 1, size), after)],
    circular: [() => part(size - before, size), () => part(0, after)],
  };
  const [left, right] = mode === 'constant' ? [() => x, () => x] : make[mode];
  return [before === 0 ? null : left(), after === 0 ? null : right()];
}

/**
 * Adds to the ends of the last dims: `pad(x, [left, right, top, bottom])`. Negative numbers of mode 'constant' cut.
 * @param pad two numbers per dim, the last dim first.
 * @throws for an odd count, more pairs than dims, and what a mode cannot fill.
 * @example pad(x, [1, 1, 1, 1], { mode: 'reflect' });
 */
export const pad = api(
  'pad input pad+',
  (x: Tensor, padding: readonly number[], mode: PadMode | PadOptions = 'constant', value?: number): Tensor => {
    const options: PadOptions = typeof mode === 'string' ? { mode, value } : mode;
    const { mode: how = 'constant', value: constant = 0 } = options;
    requireChoice('pad', 'mode', how, 'constant reflect replicate circular');
    const pairs = padding.length / 2;
    if (!Number.isInteger(pairs) || pairs > x.ndim || !padding.every(Number.isInteger)) {
      throw badArgument(
        'pad',
        'pad',
        padding,
        `two integers for each of the last dims of ${show(x)}, the last dim first`,
      );
    }
    const ends = x.shape.map((_, dim): readonly [number, number] => {
      const at = 2 * (x.ndim - 1 - dim);
      return at < padding.length ? [padding[at], padding[at + 1]] : [0, 0];
    });
    let out = x;
    if (how !== 'constant') {
      ends.forEach(([before, after], dim) => {
        if (before === 0 && after === 0) return;
        checkEdge(x, dim, how, before, after);
        const [first, last] = edges(out, dim, how, before, after);
        out = cat([...(first === null ? [] : [first]), out, ...(last === null ? [] : [last])], dim);
      });
      return out;
    }
    ends.forEach(([before, after], dim) => {
      const size = x.size(dim);
      if (size + before + after < 0) {
        throw badArgument('pad', 'pad', [before, after], `no more cut than dim ${dim} of ${show(x)} has`);
      }
      if (before < 0 || after < 0) out = sliceDim(out, dim, Math.max(0, -before), size - Math.max(0, -after));
    });
    const grow = (at: 0 | 1): number[] => ends.map((pair) => Math.max(pair[at], 0));
    return ends.some((pair) => pair[0] > 0 || pair[1] > 0) ? padConstant(out, grow(0), grow(1), constant) : out;
  },
);
