/** Sessions and providers. Subpath `@reidgrad/onnx-export/runtime`. */
export { knownProviders, runtimeFor, setRuntime, startedProviders, whyUnavailable } from './providers.js';
export type { ProviderOptions } from './providers.js';
export type { OrtModule, OrtSession, OrtTensor } from './ort.js';
export type { Provider } from '../lower/types.js';
