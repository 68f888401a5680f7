/** fast-reid's heads: cosines with class vectors become logits for a cross entropy. */
import { nn, where } from '@reidgrad/core';
import { badArgument, requireCount, show } from '@reidgrad/core/graph';
import type { Tensor } from '@reidgrad/core';
import { requireFloating, requireLabels } from '../validate.js';
import { atClass, cosineOfSum } from './class-losses.js';
import { requireNumbers } from './loss.js';
import { difference } from './masked.js';

/** Cosines [N, classes] and targets [N] to logits. Rows with the target −1 have no margin anywhere. */
abstract class SoftmaxHead extends nn.Module {
  readonly num_classes: number;
  /** fast-reid's `scale`. */
  readonly s: number;
  /** fast-reid's `margin`. */
  readonly m: number;

  constructor(num_classes: number, scale: number, margin: number) {
    super();
    requireCount(this.constructor.name, 'num_classes', num_classes);
    requireNumbers(this.constructor.name, { scale, margin });
    this.num_classes = num_classes;
    this.s = scale;
    this.m = margin;
  }

  /**
   * @param logits cosines [N, classes], floating; left as they are (fast-reid overwrites them).
   * @param targets [N], integers: the class, or −1.
   * @returns [N, classes].
   * @throws for other ranks and dtypes.
   */
  override forward(logits: Tensor, targets: Tensor): Tensor {
    const name = this.constructor.name;
    requireFloating(name, 'logits', logits);
    requireLabels(name, 'targets', targets);
    if (logits.ndim !== 2 || logits.size(0) !== targets.size(0)) {
      throw badArgument(name, 'logits', logits, `[rows, classes], a row per target of targets ${show(targets)}`);
    }
    return this.scaled(logits, atClass(targets, logits.size(1))).mul(this.s);
  }

  /** Logits before they are scaled; `target` is bool [N, classes]. */
  protected abstract scaled(logits: Tensor, target: Tensor): Tensor;

  override extra_repr(): string {
    return `num_classes=${this.num_classes}, scale=${this.s}, margin=${this.m}`;
  }
}

/**
 * scale · (cos θ − margin at the target): the head of CosFace. Origin: fast-reid `CosSoftmax`.
 * @example F.cross_entropy(new CosSoftmax(751, 64, 0.35).forward(cosines, targets), targets);
 */
export class CosSoftmax extends SoftmaxHead {
  protected override scaled(logits: Tensor, target: Tensor): Tensor {
    return where(target, logits.sub(this.m), logits);
  }
}

/** scale · cos(θ + margin at the target), the margin in radians: the head of ArcFace. Origin: fast-reid `ArcSoftmax`. */
export class ArcSoftmax extends SoftmaxHead {
  protected override scaled(logits: Tensor, target: Tensor): Tensor {
    return where(target, cosineOfSum(logits, this.m), logits);
  }
}

/**
 * Circle loss as a head: scale · [1 + m − s]₊ (s − 1 + m) at the target and scale · [s + m]₊ (s − m) elsewhere, the
 * brackets without gradient. Origin: fast-reid `CircleSoftmax`.
 */
export class CircleSoftmax extends SoftmaxHead {
  protected override scaled(logits: Tensor, target: Tensor): Tensor {
    const fixed = logits.detach();
    const positive = difference(1 + this.m, fixed)
      .clamp({ min: 0 })
      .mul(logits.sub(1 - this.m));
    const negative = fixed.add(this.m).clamp({ min: 0 }).mul(logits.sub(this.m));
    return where(target, positive, negative);
  }
}
