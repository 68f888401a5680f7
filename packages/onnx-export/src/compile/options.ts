import * as z from 'zod/mini';
import { optionsError } from '../options-error.js';
import type { ProviderOptions } from '../runtime/providers.js';

const schema = z.strictObject({
  executionProviders: z.optional(z.array(z.enum(['cpu', 'wasm', 'webgpu', 'cuda'])).check(z.minLength(1))),
  strict: z.optional(z.boolean()),
  warn: z.optional(z.custom<(message: string) => void>((value) => typeof value === 'function')),
  keepGrad: z.optional(z.boolean()),
  name: z.optional(z.string()),
  threads: z.optional(z.int().check(z.minimum(1))),
  opset_version: z.optional(z.literal([20, 21])),
});

/** Options of `compile`. */
export interface CompileOptions extends ProviderOptions {
  /** Leave gradients in `.grad` after a run, as eager code does. Default false: they are transient. */
  keepGrad?: boolean;
  /** Name for errors. Default: the function's. */
  name?: string;
  /** Threads of the CPU and wasm providers. Default: ONNX Runtime's. */
  threads?: number;
  /** 20 or 21 (default). */
  opset_version?: 20 | 21;
}

/** Throws one line for unknown options and bad values. */
export function parseCompileOptions(options: CompileOptions): CompileOptions {
  const parsed = z.safeParse(schema, options);
  if (parsed.success) return parsed.data;
  throw optionsError('compile', options, parsed.error.issues, Object.keys(schema.def.shape));
}
