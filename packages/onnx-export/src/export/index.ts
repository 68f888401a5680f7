import { buildModel } from './export.js';
import type { Exportable } from './export.js';
import { checkExportOptions } from './options.js';
import type { ExportOptions } from './options.js';
import { OnnxProgram } from './program.js';

export { OnnxProgram, statePath } from './program.js';
export type { Differences } from './program.js';
export type { ExportOptions } from './options.js';
export type { Exportable } from './export.js';
export { manifestSchema, readManifest } from './manifest.js';
export type { Manifest } from './manifest.js';

/**
 * Exports a module, a function (a loss, with its gradient) or a training step to ONNX, as `torch.onnx.export`.
 *
 * The function is traced on the shapes of `args`; their data is not used. A function that changes parameters, buffers or
 * optimizer state becomes a training step: its state is paired inputs and outputs, listed in the file's metadata.
 * @param args example arguments.
 * @throws one line for bad options, for code that cannot be traced, and for code that depends on a dynamic size.
 * @example
 * await onnx.export((embeddings, labels) => criterion.forward(embeddings, labels), [embeddings, labels], {
 *   f: 'loss.onnx',
 *   input_names: ['embeddings', 'labels'],
 *   output_names: ['loss', 'correct'],
 *   dynamic_axes: { embeddings: { 0: 'batch' }, labels: { 0: 'batch' } },
 *   gradients: ['embeddings'],
 * });
 */
async function exportModel(
  target: Exportable,
  args: readonly unknown[],
  options: ExportOptions = {},
): Promise<OnnxProgram> {
  checkExportOptions(options);
  const program = new OnnxProgram(buildModel(target, args, options));
  if (options.verify) await program.verify();
  if (options.f !== undefined) await program.save(options.f);
  return program;
}

export { exportModel, exportModel as export };
