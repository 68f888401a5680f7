/** js-pytorch: tensors are nested arrays; it has no max, min, clamp, relu or convolution to build the other tasks of. */
import { importPeer } from './peer.js';
import type { Library } from './work.js';

interface JsTensor {
  data: number[][];
}

interface JsPyTorch {
  torch: { tensor(values: number[][]): JsTensor; matmul(a: JsTensor, b: JsTensor): JsTensor };
}

/** The library on its own CPU kernels. */
export async function jsPyTorch(): Promise<Library> {
  const { torch } = await importPeer<JsPyTorch>('js-pytorch');
  return {
    matmul: ({ a, b, size }) => {
      const nested = (flat: Float32Array): number[][] =>
        Array.from({ length: size }, (_, row) => [...flat.subarray(row * size, (row + 1) * size)]);
      const [left, right] = [torch.tensor(nested(a)), torch.tensor(nested(b))];
      return async () => [torch.matmul(left, right).data.flat()];
    },
  };
}
