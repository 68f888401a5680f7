/** Views: tensors whose value is computed from a base, and whose writes go through to it. */
import { enable_grad, is_grad_enabled, no_grad } from './autograd/mode.js';
import { AutogradMeta } from './autograd/meta.js';
import { dispatch, dispatchOver } from './dispatch.js';
import { isFloating } from './dtype.js';
import { CallError, show } from './errors.js';
import type { Attrs } from './ops/table.js';
import type { Cell } from './storage.js';
import type { Tensor } from './tensor.js';
import { recorder } from './trace/recorder.js';

/** The ops whose result is a view of their input. */
export type ViewOp = 'reshape' | 'permute' | 'expand' | 'slice';

/** How a view reads its base. */
export type ViewOf = { [O in ViewOp]: { op: O; attrs: Attrs<O> } }[ViewOp] & {
  base: Tensor;
  /** Cell, version and tape link of the base when the view last read it. */
  seenCell: Cell;
  seenVersion: number;
  seenLink: object | null;
  /** Made while gradients were recorded, so that reading it afresh records them too. */
  inGradMode: boolean;
};

function compute(view: ViewOf): Tensor {
  switch (view.op) {
    case 'reshape':
      return dispatch('reshape', [view.base], view.attrs);
    case 'permute':
      return dispatch('permute', [view.base], view.attrs);
    case 'expand':
      return dispatch('expand', [view.base], view.attrs);
    case 'slice':
      return dispatch('slice', [view.base], view.attrs);
  }
}

/** Applies a view op and remembers its base. */
export function makeView<O extends ViewOp>(op: O, base: Tensor, attrs: Attrs<O>): Tensor {
  const view = dispatch(op, [base] as const as Parameters<typeof dispatch<O>>[1], attrs);
  view.viewOf = {
    op,
    attrs,
    base,
    seenCell: base.cell,
    seenVersion: base.cell.version,
    seenLink: base.autograd.grad_fn,
    inGradMode: is_grad_enabled(),
  } as ViewOf;
  return view;
}

/** Reads a view's base afresh where it changed since. */
export function syncView(tensor: Tensor): void {
  const view = tensor.viewOf;
  if (view === null) return;
  const { base } = view;
  // A trace must capture the base, not this handle's copy of it; capturing it changes its version.
  if (recorder() !== null) base.read();
  else if (base.viewOf !== null) syncView(base);
  const { cell, autograd } = base;
  if (view.seenCell === cell && view.seenVersion === cell.version && view.seenLink === autograd.grad_fn) return;
  const fresh = (view.inGradMode ? enable_grad : no_grad)(() => compute(view));
  tensor.cell.value = fresh.cell.value;
  if (!tensor.autograd.leafRequiresGrad) {
    tensor.autograd.grad_fn = fresh.autograd.grad_fn;
    tensor.autograd.output_nr = fresh.autograd.output_nr;
  }
  view.seenCell = base.cell;
  view.seenVersion = base.cell.version;
  view.seenLink = base.autograd.grad_fn;
}

/** Rejects in-place writes that PyTorch rejects. */
export function checkWritable(name: string, target: Tensor): void {
  if (is_grad_enabled() && target.autograd.leafRequiresGrad && target.is_leaf) {
    const way = 'wrap the write in no_grad(() => ...), or write x.data';
    throw new CallError(name, `${show(target)} is a leaf that requires grad and cannot be written in place; ${way}`);
  }
  for (let tensor = target; tensor.viewOf !== null; tensor = tensor.viewOf.base) {
    const { op, base } = tensor.viewOf;
    if (op === 'expand' && tensor.numel() !== base.numel()) {
      const why = `is expanded from ${show(base)}, so several of its elements are one place`;
      throw new CallError(name, `${show(tensor)} ${why}; clone() it before writing`);
    }
    if (is_grad_enabled() && base.autograd.leafRequiresGrad && base.is_leaf) {
      const why = `is a view of ${show(base)}, a leaf that requires grad, and cannot be written in place`;
      throw new CallError(name, `${show(tensor)} ${why}; wrap the write in no_grad(() => ...)`);
    }
  }
}

/** Puts the value and the tape link of `result` into `target` (same dtype and shape), through views to their base. */
export function assign(target: Tensor, result: Tensor): void {
  const view = target.viewOf;
  if (view === null) {
    const trace = recorder();
    // Capture what is about to be overwritten, so that the trace sees it as state.
    trace?.read(target.cell);
    const recorded = is_grad_enabled();
    if (recorded && target.autograd.grad_fn !== null && !result.requires_grad && isFloating(target.dtype)) {
      // A constant written over a result: it stays on the tape, and its past gets a zero gradient.
      const whole = {
        starts: target.shape.map(() => 0),
        ends: target.shape.map(() => Infinity),
        steps: target.shape.map(() => 1),
      };
      assign(target, dispatch('slice_scatter', [target, result], whole));
      return;
    }
    const value = result.read();
    if (value.storage.kind === 'host' && result.viewOf !== null) value.storage.holders++;
    target.cell.value = value;
    if (recorded && result.requires_grad) {
      const { retainsGrad } = target.autograd;
      const meta = new AutogradMeta();
      meta.grad_fn = result.autograd.grad_fn;
      meta.output_nr = result.autograd.output_nr;
      if (meta.grad_fn === null) {
        throw new Error('copy_: internal: a leaf reached an in-place write without a node');
      }
      trace?.linkWrite(target);
      target.autograd = meta;
      if (retainsGrad) target.retain_grad();
    }
    return;
  }
  const { base } = view;
  switch (view.op) {
    case 'reshape':
    case 'expand':
      assign(base, dispatch('reshape', [result], { shape: base.shape }));
      break;
    case 'permute': {
      const inverse: number[] = [];
      view.attrs.dims.forEach((dim, i) => (inverse[dim] = i));
      assign(base, dispatch('permute', [result], { dims: inverse }));
      break;
    }
    case 'slice':
      if (!dispatchOver('slice_scatter', [base, result], view.attrs)) {
        assign(base, dispatch('slice_scatter', [base, result], view.attrs));
      }
      break;
  }
  // The view itself reads its base afresh when it is used next.
  view.seenVersion = -1;
  if (recorder() === null && view.inGradMode) syncView(target);
}
