/**
 * The part of ONNX Runtime's JavaScript API that reidgrad uses, as structural types: onnxruntime-node and
 * onnxruntime-web both satisfy them, so neither is a dependency and either can be injected.
 */

/** Element types as ONNX Runtime names them. */
export type OrtType = 'float32' | 'float64' | 'float16' | 'int32' | 'int64' | 'uint8' | 'bool';

export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  /** Throws for tensors that are not on the CPU. */
  readonly data: unknown;
  readonly location: string;
  getData(releaseData?: boolean): Promise<unknown>;
  dispose(): void;
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** A provider with its options. */
export interface OrtProvider {
  name: string;
  preferredLayout?: 'NCHW' | 'NHWC';
}

export interface OrtSessionOptions {
  executionProviders: readonly (string | OrtProvider)[];
  graphOptimizationLevel?: 'disabled' | 'basic' | 'extended' | 'layout' | 'all';
  enableMemPattern?: boolean;
  intraOpNumThreads?: number;
  logSeverityLevel?: 0 | 1 | 2 | 3 | 4;
  preferredOutputLocation?: Readonly<Record<string, 'cpu' | 'gpu-buffer'>>;
  extra?: Record<string, unknown>;
}

/** A module of ONNX Runtime: what `import * as ort from 'onnxruntime-node'` gives. */
export interface OrtModule {
  Tensor: new (type: never, data: never, dims: readonly number[]) => OrtTensor;
  InferenceSession: { create(model: Uint8Array, options?: never): Promise<unknown> };
}

/** Makes a session. Here the untyped edge of the module meets our types. */
export async function createSession(
  ort: OrtModule,
  model: Uint8Array,
  options: OrtSessionOptions,
): Promise<OrtSession> {
  return (await ort.InferenceSession.create(model, options as never)) as OrtSession;
}

/** Makes a host tensor. */
export function createTensor(ort: OrtModule, type: OrtType, data: ArrayBufferView, dims: readonly number[]): OrtTensor {
  return new ort.Tensor(type as never, data as never, dims);
}
