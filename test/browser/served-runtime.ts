import { env } from 'onnxruntime-web/webgpu';

/** ONNX Runtime's files are served beside the tests; one thread, since the page is not cross-origin isolated. */
export function useServedRuntime(): void {
  env.wasm.wasmPaths = '/ort/';
  env.wasm.numThreads = 1;
}
