/** The one place where ops are applied: runs the kernel or records a node, and links the tape. */
import { AutogradMeta } from './autograd/meta.js';
import { is_grad_enabled } from './autograd/mode.js';
import { TapeNode, edgeOf } from './autograd/tape.js';
import type { HostArray } from './dtype.js';
import type { Backward } from './autograd/tape.js';
import { allocate, isFloating, numelOf } from './dtype.js';
import { CallError, requireTensor, show } from './errors.js';
import { roundToHalf, widenHalf } from './half.js';
import { records } from './ops/registry.js';
import type { Attrs, OpName } from './ops/table.js';
import type { Block, InMetas, Ins, Meta, OpRecord, VjpContext } from './ops/types.js';
import { Cell, hostStorage } from './storage.js';
import type { HostStorage, Value } from './storage.js';
import { Tensor } from './tensor.js';
import { recorder } from './trace/recorder.js';
import { currentScope } from './trace/scope.js';

/** The host storage of `value`, or an error that tells how to get at it. */
export function hostStorageOf(value: Value, what: string): HostStorage {
  const { storage } = value;
  if (storage.kind === 'host') return storage;
  const text = show(value);
  if (storage.kind === 'device') {
    throw new CallError(
      what,
      `${text} lives on ${storage.device}; bring it to the host first with \`await torch.sync(...)\``,
    );
  }
  throw new CallError(
    what,
    recorder()?.owns(storage)
      ? `the value of ${text} is not known while ${storage.madeAt} is being traced; compute with tensor ops, or return it`
      : `${text} escaped the trace of ${storage.madeAt}; return it from the function`,
  );
}

function block(value: Value, op: string): Block {
  const { data } = hostStorageOf(value, op);
  if (data instanceof Uint16Array) return { dtype: 'float32', shape: value.shape, data: widenHalf(data) };
  return { dtype: value.dtype, shape: value.shape, data };
}

/** Arrays to write outputs into, by output number; others are made anew, zero-filled. */
export type Into = (output: number) => HostArray | undefined;

/** Runs the kernel of `op` on host values. float16 is computed in float32 and rounded once. */
export function runKernel<N extends OpName>(
  op: N,
  ins: readonly Value[],
  attrs: Attrs<N>,
  outMetas: readonly Meta[],
  into?: Into,
): Value[] {
  const blocks = ins.map((value) => block(value, op));
  const outs = outMetas.map((meta, i): Block => {
    const dtype = meta.dtype === 'float16' ? 'float32' : meta.dtype;
    const data = into?.(i) ?? allocate(dtype, numelOf(meta.shape));
    if (data instanceof Uint16Array) throw new Error(`${op}: float16 reached a kernel`);
    return { dtype, shape: meta.shape, data };
  });
  const record: OpRecord<N> = records[op];
  record.kernel(blocks, outs, attrs);
  return outMetas.map((meta, i) => {
    const { data } = outs[i];
    const bytes = meta.dtype === 'float16' ? roundToHalf(data) : data;
    return { dtype: meta.dtype, shape: meta.shape, storage: hostStorage(bytes) };
  });
}

/** A handle for the tape: the value of this moment on a cell of its own, with the autograd link of this moment. */
function snapshot(tensor: Tensor, value: Value): Tensor {
  if (value.storage.kind === 'host') value.storage.holders++;
  const { autograd } = tensor;
  if (autograd.grad_fn === null) return new Tensor(new Cell(value), autograd);
  const meta = new AutogradMeta();
  meta.grad_fn = autograd.grad_fn;
  meta.output_nr = autograd.output_nr;
  return new Tensor(new Cell(value), meta);
}

function link<N extends OpName>(
  op: N,
  record: OpRecord<N>,
  ins: readonly Tensor[],
  inValues: readonly Value[],
  attrs: Attrs<N>,
  outs: readonly Tensor[],
  outMetas: readonly Meta[],
): void {
  const { vjp, saves = {} } = record;
  if (vjp === undefined || !is_grad_enabled() || !outMetas.some((meta) => isFloating(meta.dtype))) return;
  const edges = ins.map(edgeOf);
  if (edges.every((edge) => edge === null)) return;
  const savedIns = new Map((saves.ins ?? []).map((i) => [i, snapshot(ins[i], inValues[i])]));
  const savedOuts = new Map<number, Tensor>();
  const missing = (kind: string, i: number): never => {
    throw new Error(`${op}: its gradient reads ${kind} ${i}, which the record does not declare in saves`);
  };
  const context: VjpContext<N> = {
    attrs,
    // Metas only: a value here would keep its bytes alive. `ins` has the arity of N by the signature of dispatch.
    inMetas: inValues.map(({ dtype, shape }) => ({ dtype, shape })) as unknown as InMetas<N>,
    outMetas,
    in: (i) => savedIns.get(i) ?? missing('input', i),
    out: (i) => savedOuts.get(i) ?? missing('output', i),
  };
  const run: Backward = (grads) => vjp(context, grads);
  const release = (): void => {
    for (const saved of [...savedIns.values(), ...savedOuts.values()]) {
      const { storage } = saved.cell.value;
      if (storage.kind === 'host') storage.holders--;
    }
    savedIns.clear();
    savedOuts.clear();
  };
  const savesNothing = (saves.ins ?? []).length + (saves.outs ?? []).length === 0;
  const node = new TapeNode(op, edges, outMetas, run, savesNothing ? null : release, currentScope());
  outs.forEach((out, nr) => {
    if (!isFloating(out.dtype)) return;
    out.autograd.grad_fn = node;
    out.autograd.output_nr = nr;
  });
  for (const i of saves.outs ?? []) {
    const out = outs[i];
    savedOuts.set(i, snapshot(out, out.cell.value));
  }
}

/**
 * Applies op `op`. All ops go through here.
 * @throws what the op's `infer` rejects; reads of device values; values that escaped a trace.
 */
export function dispatchAll<N extends OpName>(op: N, ins: Ins<N>, attrs: Attrs<N>): Tensor[] {
  const record: OpRecord<N> = records[op];
  const tensors: readonly Tensor[] = ins;
  const trace = recorder();
  for (const tensor of tensors) {
    if (tensor.selection !== null) {
      requireTensor(op, 'input', tensor);
      throw new CallError(
        op,
        'not available on a boolean-mask selection inside a trace, whose length is unknown; ' +
          'use where(mask, x, ...) instead, or max, min, sum, mean, any, all and elementwise ops on it',
      );
    }
  }
  const values = tensors.map((tensor) => tensor.read());
  const outMetas = record.infer(values as unknown as InMetas<N>, attrs);
  const outValues = trace !== null ? trace.record(op, values, attrs, outMetas) : runKernel(op, values, attrs, outMetas);
  const outs = outValues.map((value) => new Tensor(new Cell(value)));
  link(op, record, tensors, values, attrs, outs, outMetas);
  return outs;
}

/** Applies an op with one output. */
export function dispatch<N extends OpName>(op: N, ins: Ins<N>, attrs: Attrs<N>): Tensor {
  return dispatchAll(op, ins, attrs)[0];
}

let inPlaceShortcut = true;

/** @internal Switches `dispatchOver` off, so that tests can show that it changes no result. */
export function setInPlaceShortcut(enabled: boolean): void {
  inPlaceShortcut = enabled;
}

/**
 * Applies `op` into the bytes of its first input, where nobody else can see them: no trace, no gradient wanted, no
 * other holder. Returns false where that does not hold, and nothing happened.
 */
export function dispatchOver<N extends OpName>(op: N, ins: Ins<N>, attrs: Attrs<N>): boolean {
  const record: OpRecord<N> = records[op];
  const tensors: readonly Tensor[] = ins;
  const target = tensors[0];
  if (!inPlaceShortcut || !record.inplace || recorder() !== null) return false;
  if (target === undefined || target.viewOf !== null) return false;
  if (is_grad_enabled() && tensors.some((tensor) => tensor.requires_grad)) return false;
  if (tensors.some((tensor) => tensor.selection !== null)) return false;
  const values = tensors.map((tensor) => tensor.read());
  const over = values[0];
  if (over.storage.kind !== 'host' || over.storage.holders > 0 || over.dtype === 'float16') return false;
  if (target.cell.lease !== null) return false;
  const outMetas = record.infer(values as unknown as InMetas<N>, attrs);
  const out = outMetas[0];
  if (out.dtype !== over.dtype || out.shape.join() !== over.shape.join()) return false;
  // An input that shares the target's bytes at other places would read what was just written.
  if (values.some((value, i) => i > 0 && value.storage === over.storage && value.shape.join() !== over.shape.join())) {
    return false;
  }
  const { data } = over.storage;
  runKernel(op, values, attrs, outMetas, (output) => (output === 0 ? data : undefined));
  target.cell.value = { ...over };
  return true;
}
