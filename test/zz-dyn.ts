import * as torch from '@reidgrad/core';
import * as onnx from '@reidgrad/onnx-export';
import { createRequire } from 'node:module';
const ort = createRequire(import.meta.url)('onnxruntime-node');
const fns: Record<string, (x: torch.Tensor) => torch.Tensor> = {
  topk: (x) => torch.topk(x, 2, 1).values,
  topkIdx: (x) => torch.topk(x, 2, 1).indices,
  sortDyn: (x) => torch.sort(x, 0).values,
  tril: (x) => torch.tril(x.matmul(x.t())),
  cdist: (x) => torch.cdist(x, x),
  cdistmm: (x) => torch.cdist(x, x, 2, { compute_mode: 'use_mm_for_euclid_dist' }),
  einsum: (x) => torch.einsum('ij,kj->ik', x, x),
  meshgrid: (x) => torch.meshgrid([x.select(1, 0), x.select(1, 1)])[0],
  atan2: (x) => torch.atan2(x, x.neg().add(1)),
  logaddexp: (x) => torch.logaddexp(x, x.mul(2)),
  median: (x) => torch.median(x, 1).values,
  diagonal: (x) => torch.diagonal(x.matmul(x.t())),
  trace: (x) => torch.trace(x.matmul(x.t())),
  diagv: (x) => torch.diag(x.select(1, 0)),
  avg: (x) => (torch.nn.functional as any).avg_pool2d(x.reshape(-1, 1, 2, 2), 2),
  renorm: (x) => torch.renorm(x, 2, 0, 1),
  repeat: (x) => torch.repeat_interleave(x, 2, 0),
  roll: (x) => torch.roll(x, 1, 1),
};
for (const [name, fn] of Object.entries(fns)) {
  try {
    const r: any = await onnx.export(fn as any, [torch.randn(6, 4)] as any, { input_names: ['x'], output_names: ['y'], dynamic_axes: { x: { 0: 'n' } } } as any);
    const bytes = r.bytes ?? r.model ?? r;
    const s = await ort.InferenceSession.create(bytes, { executionProviders: ['cpu'], logSeverityLevel: 3 });
    const x = torch.randn(9, 4);
    const y = (await s.run({ x: new ort.Tensor('float32', x.toTypedArray(), [9, 4]) })).y;
    const e = fn(x);
    const d = Math.max(...[...e.double().toTypedArray()].map((v, i) => Math.abs(v - Number(y.data[i]))));
    console.log(name, y.dims.join() === e.shape.join() ? 'shape ok' : `shape ${y.dims}`, d);
  } catch (e) { console.log(name, 'ERR', String(e).slice(0, 200)); }
}
