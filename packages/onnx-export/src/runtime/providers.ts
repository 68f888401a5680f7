import * as platform from '#runtime';
import { badArgument, requireChoice } from '@reidgrad/core/graph';
import type { Provider } from '../lower/types.js';
import { OnnxType } from '../onnx/model.js';
import type { OnnxModel } from '../onnx/model.js';
import { writeModel } from '../onnx/write.js';
import { createSession } from './ort.js';
import type { OrtModule, OrtSessionOptions } from './ort.js';

/** The providers that reidgrad knows, by ONNX Runtime's names. */
export const knownProviders: readonly Provider[] = ['cpu', 'wasm', 'webgpu', 'cuda'];

const gpuProviders: ReadonlySet<Provider> = new Set<Provider>(['webgpu', 'cuda']);

export function isGpu(provider: Provider): boolean {
  return gpuProviders.has(provider);
}

function requireProvider(fn: string, argument: string, provider: Provider): void {
  requireChoice(fn, argument, provider, knownProviders.join(' '));
}

let injected: OrtModule | null = null;
const loaded = new Map<string, Promise<OrtModule>>();
const probes = new Map<Provider, Promise<string | null>>();

/**
 * Uses this ONNX Runtime module for every provider instead of importing one: for bundlers, and to share a version or a
 * device with other code. `null` goes back to importing.
 * @example setRuntime(await import('onnxruntime-web/webgpu'));
 */
export function setRuntime(ort: OrtModule | null): void {
  if (ort !== null && typeof (ort as Partial<OrtModule>).InferenceSession?.create !== 'function') {
    throw badArgument('setRuntime', 'ort', ort, "an ONNX Runtime, as await import('onnxruntime-web') gives it");
  }
  injected = ort;
  probes.clear();
}

/** The runtime that runs `provider`. Throws one line naming the package to install. */
export async function runtimeFor(provider: Provider): Promise<OrtModule> {
  requireProvider('runtimeFor', 'provider', provider);
  if (injected !== null) return injected;
  const name = platform.packageOf(provider);
  let module = loaded.get(name);
  if (module === undefined) {
    module = platform.importRuntime(provider).catch((error: unknown) => {
      loaded.delete(name);
      throw new Error(
        `runtimeFor: provider: '${provider}' needs the package ${name}, which could not be loaded (${reasonOf(error)}); install it, or pass a runtime to setRuntime(ort)`,
      );
    });
    loaded.set(name, module);
  }
  return module;
}

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0];
}

/** What helps when a provider does not start. */
const advice: Readonly<Record<Provider, string>> = {
  cpu: 'reinstall onnxruntime-node',
  wasm: 'serve the .wasm files of onnxruntime-web beside the page, or set ort.env.wasm.wasmPaths',
  webgpu:
    'it needs a WebGPU adapter: a browser with WebGPU, or in Node a Vulkan driver (without a GPU: install chromium and set VK_ICD_FILENAMES to its vk_swiftshader_icd.json)',
  cuda: 'it needs CUDA 12, cuDNN 9 and the CUDA libraries of onnxruntime-node: run its installer, `node node_modules/onnxruntime-node/script/install.js`, on a machine with a GPU',
};

/** One addition: the smallest model that shows whether a provider starts. */
const probeModel: OnnxModel = {
  irVersion: 10,
  producerName: 'reidgrad',
  opsets: { '': 21 },
  graph: {
    name: 'probe',
    nodes: [{ name: 'add', opType: 'Add', inputs: ['x', 'x'], outputs: ['y'], attributes: {} }],
    initializers: [],
    inputs: [{ name: 'x', elemType: OnnxType.float32, dims: [1] }],
    outputs: [{ name: 'y', elemType: OnnxType.float32, dims: [1] }],
  },
  metadata: {},
};

/** Session options that `providers` need, measured: see docs/design.md, "Running". */
export function sessionOptions(providers: readonly Provider[], threads?: number): OrtSessionOptions {
  const fallback = providers.some((provider) => !isGpu(provider));
  const session: Record<string, string> = fallback ? {} : { disable_cpu_ep_fallback: '1' };
  const options: OrtSessionOptions = {
    executionProviders: providers.map((provider) =>
      provider === 'webgpu' ? { name: 'webgpu', preferredLayout: 'NCHW' as const } : provider,
    ),
    graphOptimizationLevel: 'all',
    // The pattern of ResNet-50's training step takes 3.4 GB instead of 1.9, and is no faster.
    enableMemPattern: false,
    logSeverityLevel: 3,
    // Our lowering merges equal nodes; ONNX Runtime's own pass is superlinear in them. Sharing of equal constants would
    // merge those that training-mode BatchNormalization writes into (up to 8 channels): silently wrong gradients.
    extra: {
      session,
      optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination;ConstantSharing' },
    },
  };
  if (threads !== undefined) options.intraOpNumThreads = threads;
  return options;
}

/** Why `provider` does not start here; `null` when it does. Tried once. */
export function whyUnavailable(provider: Provider): Promise<string | null> {
  requireProvider('whyUnavailable', 'provider', provider);
  let probe = probes.get(provider);
  if (probe === undefined) {
    probe = (async () => {
      try {
        const ort = await runtimeFor(provider);
        const session = await createSession(ort, writeModel(probeModel), sessionOptions([provider]));
        await session.release();
        return null;
      } catch (error) {
        return reasonOf(error);
      }
    })();
    probes.set(provider, probe);
  }
  return probe;
}

/** Which providers to try, and how strictly. */
export interface ProviderOptions {
  /** In order of preference. Default: `['cpu']` in Node, `['webgpu', 'wasm']` in browsers. */
  executionProviders?: readonly Provider[];
  /** Throw when one of them does not start, instead of going on without it. Default false. */
  strict?: boolean;
  /** Receives the warnings about skipped providers. Default `console.warn`. */
  warn?: (message: string) => void;
}

const warned = new Set<string>();

/**
 * The providers of the list that start here. One that does not is skipped with a warning that says why and how to get it.
 * @param fn for errors, the function whose options they are.
 * @throws for other providers, with `strict`, or when none is left.
 */
export async function startedProviders(options: ProviderOptions, fn = 'startedProviders'): Promise<Provider[]> {
  const wanted = options.executionProviders ?? platform.defaultProviders;
  wanted.forEach((provider, i) => requireProvider(fn, `executionProviders[${i}]`, provider));
  const started: Provider[] = [];
  const problems: string[] = [];
  for (const provider of wanted) {
    const reason = await whyUnavailable(provider);
    if (reason === null) started.push(provider);
    else problems.push(`'${provider}' did not start: ${reason}; ${advice[provider]}`);
  }
  const [first] = problems;
  if (first !== undefined && (options.strict || started.length === 0))
    throw new Error(`${fn}: executionProviders: ${problems.join('. ')}`);
  for (const problem of problems) {
    if (warned.has(problem)) continue;
    warned.add(problem);
    // eslint-disable-next-line no-console -- the one place that warns, unless the caller takes it over
    (options.warn ?? console.warn)(`reidgrad: executionProviders: ${problem}; going on with ${started.join(', ')}`);
  }
  return started;
}
