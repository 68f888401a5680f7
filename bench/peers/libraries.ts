/** Every library by the name that the table shows; the first one is what ratios refer to. */
import { jaxWasm } from './jax.js';
import { jsPyTorch } from './js-pytorch.js';
import { compiledCpu, compiledWasm, eager } from './reidgrad.js';
import { tfjs } from './tfjs.js';
import type { Library } from './work.js';

export const libraries: Readonly<Record<string, () => Library | Promise<Library>>> = {
  'reidgrad compiled, cpu': () => compiledCpu,
  'reidgrad compiled, wasm': () => compiledWasm,
  'reidgrad eager': () => eager,
  'jax-js wasm, jit': () => jaxWasm(true),
  'jax-js wasm, eager': () => jaxWasm(false),
  'tfjs wasm': () => tfjs('wasm'),
  'tfjs cpu': () => tfjs('cpu'),
  'js-pytorch': jsPyTorch,
};
