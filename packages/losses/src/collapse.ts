/** What a training run shows of its loss, one step at a time. */
import { badArgument } from '@reidgrad/core/graph';
export interface CollapseStep {
  loss: number;
  /** A typical distance between embeddings of the step: the mean or the hardest positive distance. */
  distance: number;
}

/** Options of `CollapseMonitor`. */
export interface CollapseOptions {
  /** The margin of a hinge; null (default) for the soft form, which collapses at ln 2. */
  margin?: number | null;
  /** Steps that must agree. Default 20. */
  window?: number;
  /** How near the loss must be to the collapsed value, relative. Default 0.02. */
  tolerance?: number;
  /** The distance must have fallen below this share of its largest value so far. Default 0.1. */
  shrinkage?: number;
}

/**
 * Tells a collapsed embedding from slow training. When all embeddings become equal, every triplet loss with a hinge sits at
 * its margin and every soft one at ln 2, with distances near 0: hard mining early in training does that. A loss that
 * merely passes there, or stays there with distances that do not shrink, is no collapse.
 * @example
 * const monitor = new CollapseMonitor({ margin: 0.3 });
 * const warning = monitor.observe({ loss: loss.item(), distance: dist_ap.mean().item() });
 * if (warning !== null) console.warn(warning);
 */
export class CollapseMonitor {
  /** The loss of a collapsed embedding. */
  readonly collapsedLoss: number;
  private readonly window: number;
  private readonly tolerance: number;
  private readonly shrinkage: number;
  private largest = 0;
  private atCollapse = 0;

  /** @throws for a negative margin, a window below 1, and a tolerance or shrinkage that is not above 0. */
  constructor(options: CollapseOptions = {}) {
    const { margin = null, window = 20, tolerance = 0.02, shrinkage = 0.1 } = options;
    if (margin !== null && !(margin >= 0))
      throw badArgument('CollapseMonitor', 'margin', margin, 'a number of at least 0, or null');
    if (!(window >= 1)) throw badArgument('CollapseMonitor', 'window', window, 'a number of at least 1');
    for (const [name, value] of Object.entries({ tolerance, shrinkage })) {
      if (!(value > 0)) throw badArgument('CollapseMonitor', name, value, 'a number above 0');
    }
    this.collapsedLoss = margin ?? Math.LN2;
    this.window = window;
    this.tolerance = tolerance;
    this.shrinkage = shrinkage;
  }

  /** Takes a step in. Returns a warning once `window` steps in a row look collapsed, at each of them; else null. */
  observe({ loss, distance }: CollapseStep): string | null {
    this.largest = Math.max(this.largest, distance);
    const near = Math.abs(loss - this.collapsedLoss) <= this.tolerance * Math.max(this.collapsedLoss, this.tolerance);
    const shrunk = distance <= this.shrinkage * this.largest;
    this.atCollapse = near && shrunk ? this.atCollapse + 1 : 0;
    if (this.atCollapse < this.window) return null;
    return (
      `CollapseMonitor: for ${this.atCollapse} steps the loss is at ${this.collapsedLoss.toPrecision(3)}, its value when all ` +
      `embeddings are equal, and distances fell from ${this.largest.toPrecision(3)} to ${distance.toPrecision(3)}; ` +
      `lower the learning rate, or begin with a loss that averages over triplets`
    );
  }
}
