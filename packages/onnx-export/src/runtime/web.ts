/** How a browser finds ONNX Runtime: its native WebGPU build, which runs `wasm` too. */
import type { Provider } from '../lower/types.js';
import type { OrtModule } from './ort.js';

export const environment = 'web';

/** What runs where no provider is named. */
export const defaultProviders: readonly Provider[] = ['webgpu', 'wasm'];

export const canReadDeviceTensors = true;

export function packageOf(provider: Provider): string {
  return provider === 'webgpu' || provider === 'wasm' ? 'onnxruntime-web' : 'onnxruntime-node';
}

export async function importRuntime(provider: Provider): Promise<OrtModule> {
  if (packageOf(provider) !== 'onnxruntime-web') throw new Error(`${provider} does not run in a browser`);
  return await import('onnxruntime-web/webgpu');
}

export function writeFile(path: string): Promise<void> {
  throw new Error(`export: a browser cannot write ${path}; use the program's bytes`);
}
