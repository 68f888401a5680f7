/** What an exported file says of itself, in its metadata under `reidgrad`. */
import * as z from 'zod/mini';
import type { OnnxModel } from '../onnx/model.js';

const dim = z.union([z.int(), z.string()]);

export const manifestSchema = z.object({
  /** Version of this description. */
  version: z.literal(1),
  kind: z.enum(['function', 'training-step']),
  name: z.string(),
  inputs: z.array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(dim) })),
  outputs: z.array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(dim) })),
  /** Gradients of the first output: which output is the gradient of which input. */
  gradients: z.array(z.object({ input: z.string(), output: z.string() })),
  /** State of a training step: feed `output` back as `input`. The state file gives the first value of each. */
  states: z.array(z.object({ input: z.string(), output: z.string(), dtype: z.string(), shape: z.array(z.int()) })),
  /** Numbers that may be changed between steps, with their values at export; the state file gives them, too. */
  scalars: z.array(z.object({ input: z.string(), value: z.number() })),
  /** Random numbers to feed at each run. */
  random: z.array(z.object({ input: z.string(), distribution: z.string(), shape: z.array(dim) })),
  /** Outputs that must not hold a 0, else the results mean nothing; the text says why. */
  checks: z.array(z.object({ output: z.string(), message: z.string() })),
});

/** See `manifestSchema`. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The description inside a model that reidgrad wrote. Throws one line for other models and damaged descriptions. */
export function readManifest(model: OnnxModel): Manifest {
  const text = model.metadata.reidgrad;
  if (text === undefined)
    throw new Error('readManifest: model: has no reidgrad metadata, expected a model that reidgrad exported');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('readManifest: model: has reidgrad metadata that is not JSON, expected what export writes');
  }
  const parsed = z.safeParse(manifestSchema, json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `readManifest: model: has reidgrad metadata that export does not write: ${issue.path.join('.')}: ${issue.message}`,
  );
}
