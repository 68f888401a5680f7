/** Bad calls of the exporter, of `compile` and of the runtime. */
import * as torch from '@reidgrad/core';
import * as onnx from '@reidgrad/onnx-export';
import { compile, setRuntime } from '@reidgrad/onnx-export/compile';
import * as runtime from '@reidgrad/onnx-export/runtime';
import { float, leaf, list, longs, wrong, type BadCalls } from '../values.js';

type Tensor = torch.Tensor;
const double = (x: Tensor): Tensor => torch.mul(x, 2);
const exported = (): Promise<onnx.OnnxProgram> => onnx.export(double, [float(2)]);

/** Runs `call` on a runtime that starts nothing. */
async function withoutDevices(call: () => Promise<unknown>): Promise<void> {
  const InferenceSession = class {
    static create(): Promise<never> {
      return Promise.reject(new Error('no device'));
    }
  };
  setRuntime(wrong({ InferenceSession, Tensor: InferenceSession }));
  try {
    await call();
  } finally {
    setRuntime(null);
  }
}

const exporting: BadCalls = {
  'onnx.export': () => onnx.export(double, [float(2)], wrong({ opset: 20 })),
  'onnx.export (opset_version)': () => onnx.export(double, [float(2)], { opset_version: wrong(17) }),
  'onnx.export (args)': () => onnx.export(double, wrong(float(2))),
  'onnx.export (list)': () => onnx.export(double, [list]),
  'onnx.export (target)': () => onnx.export(wrong('double'), [float(2)]),
  'onnx.export (input_names)': () => onnx.export(double, [float(2)], { input_names: ['x', 'y'] }),
  'onnx.export (output_names)': () => onnx.export(double, [float(2)], { output_names: ['x', 'y'] }),
  'onnx.export (dynamic_axes)': () => onnx.export(double, [float(2)], { dynamic_axes: { y: { 0: 'batch' } } }),
  'onnx.export (dynamic dim)': () =>
    onnx.export(double, [float(2)], { input_names: ['x'], dynamic_axes: { x: { 1: 'batch' } } }),
  'onnx.export (dynamic sizes)': () =>
    onnx.export((x: Tensor, y: Tensor) => x.sum().add(y.sum()), [float(2), float(3)], {
      input_names: ['x', 'y'],
      dynamic_axes: { x: { 0: 'batch' }, y: { 0: 'batch' } },
    }),
  'onnx.export (loop)': () =>
    onnx.export((x: Tensor) => torch.stack(x.unbind(0).map((row) => row.mul(2))), [float(3, 2)], {
      input_names: ['x'],
      dynamic_axes: { x: { 0: 'batch' } },
    }),
  'onnx.export (1 / n)': () =>
    onnx.export((x: Tensor) => x.sum().mul(1 / x.size(0)), [float(3)], {
      input_names: ['x'],
      dynamic_axes: { x: { 0: 'batch' } },
    }),
  'onnx.export (gradients)': () => onnx.export((x: Tensor) => x.sum(), [float(2)], { gradients: ['y'] }),
  'onnx.export (gradient of many)': () => onnx.export(double, [float(2)], { input_names: ['x'], gradients: ['x'] }),
  'onnx.export (item)': () => onnx.export((x: Tensor) => x.mul(x.sum().item()), [float(2)]),
  'onnx.export (nonzero)': () => onnx.export((x: Tensor) => torch.nonzero(x), [float(2)]),
  'onnx.export (async)': () =>
    onnx.export(
      wrong(async (x: Tensor) => double(x)),
      [float(2)],
    ),
  'onnx.export (inside)': () => onnx.export((x: Tensor) => new torch.nn.Linear(3, 4).forward(x), [float(2, 5)]),
  'OnnxProgram.compare': async () => (await exported()).compare([float(3, 3)]),
  'OnnxProgram.compare (list)': async () => (await exported()).compare([list]),
  'OnnxProgram.save': async () => (await exported()).save('/no/such/folder/model.onnx'),
  'onnx.readManifest': async () => {
    const { model } = await exported();
    onnx.readManifest({ ...model, metadata: {} });
  },
  'onnx.readManifest (not JSON)': async () => {
    const { model } = await exported();
    onnx.readManifest({ ...model, metadata: { reidgrad: '{' } });
  },
  'onnx.readModel': () => onnx.readModel(new Uint8Array([1, 2, 3])),
  'onnx.readModel (text)': () => onnx.readModel(wrong('model.onnx')),
  'onnx.writeModel': async () => {
    const { model } = await exported();
    const weight = { name: 'w', dataType: 1, dims: [3], data: new Uint8Array(4) };
    onnx.writeModel({ ...model, graph: { ...model.graph, initializers: [weight] } });
  },
};

const compiling: BadCalls = {
  'onnx.compile.compile': () => compile(double, { executionProviders: wrong(['gpu']) }),
  'onnx.compile.compile (option)': () => compile(double, wrong({ provider: 'cpu' })),
  'onnx.compile.compile (function)': () => compile(wrong<never>(float(2))),
  'onnx.compile.compile (threads)': () => compile(double, { threads: 0 }),
  'onnx.compile.compile (list)': () => compile(double)(list),
  'onnx.compile.compile (shapes)': () => compile((x: Tensor) => x.add(float(3)))(float(2)),
  'onnx.compile.compile (item)': () => compile((x: Tensor) => x.sum().item(), { name: 'step' })(float(2)),
  'onnx.compile.compile (async)': () => compile(async (x: Tensor) => double(x), { name: 'step' })(float(2)),
  'onnx.compile.compile (in place)': () => compile((x: Tensor) => x.add_(1), { name: 'step' })(float(2)),
  'onnx.compile.compile (result of a tape)': () =>
    compile((x: Tensor) => x.sum().backward(), { name: 'step' })(leaf(2).mul(2)),
  'onnx.compile.compile (check)': () => compile((x: Tensor) => torch.nn.functional.one_hot(x, 4))(longs(0, 7, 9)),
  'onnx.compile.compile (function as argument)': () => compile(wrong<(x: unknown) => unknown>(double))(() => 1),
  'onnx.compile.compile (strict)': () => withoutDevices(() => compile(double, { strict: true })(float(2))),
  'onnx.compile.setRuntime': () => setRuntime(wrong('onnxruntime-node')),
  'onnx.runtime.runtimeFor': () => runtime.runtimeFor(wrong('gpu')),
  'onnx.runtime.startedProviders': () => runtime.startedProviders({ executionProviders: wrong(['gpu']) }),
  'onnx.runtime.whyUnavailable': () => runtime.whyUnavailable(wrong('gpu')),
};

export const onnxCalls: BadCalls = { ...exporting, ...compiling };
