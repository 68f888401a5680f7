// Exports a loss with its gradient, then runs the file with plain ONNX Runtime at two batch sizes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as torch from '@reidgrad/core';
import { OriTripletLoss } from '@reidgrad/losses';
import * as onnx from '@reidgrad/onnx-export';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const FEATURES = 32;
const folder = await mkdtemp(path.join(tmpdir(), 'reidgrad-'));
const file = path.join(folder, 'ori-triplet.onnx');

// The example arguments give shapes and dtypes; their numbers do not matter.
const embeddings = torch.randn(8, FEATURES);
const labels = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3], { dtype: torch.int32 });
const program = await onnx.export(new OriTripletLoss(8, 0.3), [embeddings, labels], {
  f: file,
  input_names: ['embeddings', 'labels'],
  output_names: ['loss', 'correct'],
  dynamic_axes: { embeddings: { 0: 'batch' }, labels: { 0: 'batch' } },
  gradients: ['embeddings'],
  verify: true,
});
console.log(program.report());

// From here on nothing of reidgrad is needed: any ONNX Runtime runs the file.
const session = await InferenceSession.create(file);
for (const batch of [12, 20]) {
  const features = Float32Array.from({ length: batch * FEATURES }, (_, i) => Math.sin(i * i));
  const ids = Int32Array.from({ length: batch }, (_, i) => i >> 1);
  const results = await session.run({
    embeddings: new Tensor('float32', features, [batch, FEATURES]),
    labels: new Tensor('int32', ids, [batch]),
  });
  console.log(`batch ${batch}: loss ${String(results['loss'].data[0])}`);
  console.log(`batch ${batch}: gradient [${results['embeddings_grad'].dims.join(', ')}]`);
}
await session.release();
await rm(folder, { recursive: true });
