import { recorder } from '../trace/recorder.js';
import type { Tensor } from '../tensor.js';
import type { TapeNode } from './tape.js';

/** A hook on a gradient: may return a replacement. */
export type GradHook = (grad: Tensor) => Tensor | void;

/**
 * The autograd side of a tensor. Handles that are the same leaf (a tensor and what the tape saved of it) share one, so
 * that gradients arrive at the leaf the user holds.
 */
export class AutogradMeta {
  /** A leaf asks for gradients by itself; a result does through `grad_fn`. */
  leafRequiresGrad = false;
  grad_fn: TapeNode | null = null;
  /** Which output of `grad_fn` this is. */
  output_nr = 0;
  hooks: GradHook[] | null = null;
  retainsGrad = false;
  /** Why `.grad` cannot be read (a compiled step did not keep it). */
  gradGone: string | null = null;
  private gradient: Tensor | null = null;

  get requires_grad(): boolean {
    return this.grad_fn !== null || this.leafRequiresGrad;
  }

  get grad(): Tensor | null {
    recorder()?.gradRead(this);
    if (this.gradGone !== null) throw new Error(this.gradGone);
    return this.gradient;
  }

  set grad(next: Tensor | null) {
    recorder()?.gradWrite(this);
    this.gradGone = null;
    this.gradient = next;
  }

  /** The gradient slot without telling a running trace; for the trace itself. */
  peekGrad(): Tensor | null {
    return this.gradient;
  }

  pokeGrad(next: Tensor | null): void {
    this.gradGone = null;
    this.gradient = next;
  }
}
