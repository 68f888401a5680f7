/** How Node finds ONNX Runtime: the native package, and the WebAssembly one for `wasm`. */
import type { Provider } from '../lower/types.js';
import type { OrtModule } from './ort.js';

export const environment = 'node';

/** What runs where no provider is named. */
export const defaultProviders: readonly Provider[] = ['cpu'];

/** Reading a WebGPU tensor aborts the process in onnxruntime-node 1.30; it must go through a session instead. */
export const canReadDeviceTensors = false;

const packages: Readonly<Record<Provider, string>> = {
  cpu: 'onnxruntime-node',
  webgpu: 'onnxruntime-node',
  cuda: 'onnxruntime-node',
  wasm: 'onnxruntime-web',
};

export function packageOf(provider: Provider): string {
  return packages[provider];
}

export async function importRuntime(provider: Provider): Promise<OrtModule> {
  const module: unknown =
    packageOf(provider) === 'onnxruntime-web' ? await import('onnxruntime-web') : await import('onnxruntime-node');
  const { default: inner, ...names } = module as { default?: OrtModule } & OrtModule;
  return 'InferenceSession' in names ? names : (inner as OrtModule);
}

export async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const fs = await import('node:fs/promises');
  await fs.writeFile(path, bytes);
}
