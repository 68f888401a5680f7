import { CallError } from '../errors.js';
import type { Meta } from '../ops/types.js';
import type { Tensor } from '../tensor.js';
import { recorder } from '../trace/recorder.js';
import { anomalyOrigin } from './anomaly-mode.js';
import type { AutogradMeta, GradHook } from './meta.js';

/** Where a gradient goes: output `nr` of an earlier node, or a leaf. */
export type Edge = { node: TapeNode; nr: number } | { leaf: AutogradMeta };

/** Gradients per input of one application; each thunk is called only when that input needs it. */
export type Backward = (grads: readonly (Tensor | null)[]) => readonly ((() => Tensor | null) | null)[];

/** Where the gradient of `tensor` goes; `null` where none is wanted. */
export function edgeOf(tensor: Tensor): Edge | null {
  if (!tensor.requires_grad) return null;
  const { autograd } = tensor;
  return autograd.grad_fn === null ? { leaf: autograd } : { node: autograd.grad_fn, nr: autograd.output_nr };
}

let sequence = 0;

/** @internal The number that the next node will exceed. */
export function lastSequence(): number {
  return sequence;
}

/** One application of an op on the tape, or of a custom function. */
export class TapeNode {
  /** Order of application: reverse order is a topological order for backward. */
  readonly seq = ++sequence;
  /** Hooks on gradients of single outputs (`register_hook` of a result, `retain_grad`). */
  outputHooks: { nr: number; hook: GradHook }[] | null = null;
  /** The user's line, while detecting anomalies. */
  readonly madeAt = anomalyOrigin();
  private backward: Backward | null;

  constructor(
    readonly name: string,
    readonly edges: readonly (Edge | null)[],
    readonly outMetas: readonly Meta[],
    backward: Backward,
    /** Frees what was saved; `null` where nothing was, so that the node can run again. */
    private readonly onRelease: (() => void) | null,
    /** Module path. */
    readonly origin: string,
  ) {
    this.backward = backward;
    recorder()?.taped(this);
  }

  /** Computes input gradients. Throws when the saved values were freed by an earlier backward. */
  run(grads: readonly (Tensor | null)[]): ReturnType<Backward> {
    if (this.backward === null) {
      const place = this.origin === '' ? '' : ` in ${this.origin}`;
      throw new CallError(
        'backward',
        `the graph was already used: what ${this.name}${place} saved was freed by the first backward; ` +
          'call that one as backward(null, { retain_graph: true }), or compute the loss anew',
      );
    }
    return this.backward(grads);
  }

  /** Drops what was saved for backward. A node that saved nothing stays usable, as in PyTorch. */
  release(): void {
    if (this.backward === null || this.onRelease === null) return;
    this.backward = null;
    this.onRelease();
  }
}
