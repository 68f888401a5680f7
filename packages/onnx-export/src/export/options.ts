import * as z from 'zod/mini';
import { optionsError } from '../options-error.js';

const schema = z.strictObject({
  f: z.optional(z.string()),
  name: z.optional(z.string()),
  input_names: z.optional(z.array(z.string())),
  output_names: z.optional(z.array(z.string())),
  dynamic_axes: z.optional(z.record(z.string(), z.record(z.string(), z.string()))),
  opset_version: z.optional(z.literal([20, 21])),
  gradients: z.optional(z.array(z.string())),
  integerInputs: z.optional(z.enum(['int32', 'int64'])),
  verify: z.optional(z.boolean()),
  metadata: z.optional(z.record(z.string(), z.string())),
  doc: z.optional(z.string()),
});

/** Options of `export`, named as those of `torch.onnx.export` where it has them. */
export interface ExportOptions {
  /** Write the file here (Node only); the first state of a training step goes beside it, as `<name>.state.onnx`. */
  f?: string;
  /** Name of the graph. Default: the function's or module's. */
  name?: string;
  /** Names of the tensors in `args`, in order. Default `input_0`, `input_1`, … */
  input_names?: readonly string[];
  /** Names of the results, in order. Default: their keys, or `output`. */
  output_names?: readonly string[];
  /** Which sizes are dynamic: `{ embeddings: { 0: 'batch' }, labels: { 0: 'batch' } }`. Equal names mean equal sizes. */
  dynamic_axes?: Readonly<Record<string, Readonly<Record<number, string>>>>;
  /** 20 or 21 (default). */
  opset_version?: 20 | 21;
  /** Inputs (by name) whose gradient of the first output is added to the outputs, as `<input>_grad`. */
  gradients?: readonly string[];
  /** dtype of integer inputs in the file: `'int32'` (default) runs everywhere, `'int64'` adds casts that run on the CPU. */
  integerInputs?: 'int32' | 'int64';
  /** Run the file and compare it with eager results; throws when they differ. Default false. */
  verify?: boolean;
  /** Further entries of the file's metadata. */
  metadata?: Readonly<Record<string, string>>;
  /** Text for people, stored in the file. */
  doc?: string;
}

/** Throws one line for unknown options and bad values. */
export function checkExportOptions(options: ExportOptions): void {
  const parsed = z.safeParse(schema, options);
  if (parsed.success) return;
  throw optionsError('export', options, parsed.error.issues, Object.keys(schema.def.shape));
}
