import type { AutogradMeta } from '../autograd/meta.js';
import { describe } from '../dtype.js';
import type { Cell } from '../storage.js';
import type { Tensor } from '../tensor.js';
import type { GraphSource, GraphState, ValueId } from './graph.js';
import type { Guard } from './recorder.js';

/**
 * A `.grad` that a trace found and read. Training loops drop gradients and get new tensors of the same kind, so the
 * graph follows the slot rather than the tensor: `attach` exchanges the captured cell.
 */
export class GradSlot implements Guard {
  private cell: Cell;
  private sources: Map<ValueId, GraphSource> = new Map();
  private states: GraphState[] = [];
  private readonly was: string;

  constructor(
    private readonly meta: AutogradMeta,
    grad: Tensor,
  ) {
    this.cell = grad.cell;
    this.was = describe(grad.dtype, grad.shape);
  }

  /** The graph that reads the slot. */
  connect(sources: Map<ValueId, GraphSource>, states: GraphState[]): this {
    this.sources = sources;
    this.states = states;
    return this;
  }

  holds(): boolean {
    const now = this.meta.peekGrad();
    if (now === null) return false;
    if (now.cell === this.cell) return true;
    // Views, results and tensors that the graph captured by another way would need another graph.
    const plain = now.viewOf === null && !now.requires_grad && describe(now.dtype, now.shape) === this.was;
    return plain && ![...this.sources.values()].some((source) => source.kind === 'capture' && source.cell === now.cell);
  }

  describe(): string {
    const now = this.meta.peekGrad();
    return `a .grad was ${this.was} and is now ${now === null ? 'null' : 'another kind of tensor'}`;
  }

  /** Makes the graph read and write the tensor that is in the slot now. Call it when `holds()`. */
  attach(): void {
    const cell = this.meta.peekGrad()?.cell ?? this.cell;
    if (cell === this.cell) return;
    for (const [id, source] of this.sources) {
      if (source.kind === 'capture' && source.cell === this.cell) this.sources.set(id, { ...source, cell });
    }
    this.states.forEach((state, i) => {
      if (state.cell === this.cell) this.states[i] = { ...state, cell };
    });
    this.cell = cell;
  }
}
