import { z } from 'zod';

/** The version this code writes and the newest it reads. */
export const CHECKPOINT_VERSION = 1;

/** Element types of a stored tensor and how many bytes an element takes. */
export const DTYPE_BYTES = {
  float32: 4,
  float64: 8,
  float16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
} as const;

/** Element type of a stored tensor. */
export type CheckpointDtype = keyof typeof DTYPE_BYTES;

const dtypeSchema = z.enum(['float32', 'float64', 'float16', 'int32', 'int64', 'uint8', 'bool']);

/**
 * What the trainer hands over beside the tensors. `state` holds whatever must come back as it was and is plain JSON:
 * where samplers and generators stand, the optimizer's numbers, the losses so far.
 */
export const checkpointInfoSchema = z.object({
  /** What the file is for, such as `reid-training`. */
  kind: z.string().min(1),
  /** Steps done. */
  step: z.int().min(0),
  /** Epochs done. */
  epoch: z.int().min(0),
  /** The settings of the run. */
  config: z.record(z.string(), z.json()),
  state: z.record(z.string(), z.json()),
});
export type CheckpointInfo = z.infer<typeof checkpointInfoSchema>;

/** The JSON header of the file: {@link CheckpointInfo} and where in the payload each tensor lies. */
export const checkpointHeaderSchema = checkpointInfoSchema.extend({
  tensors: z.array(
    z.object({
      name: z.string(),
      dtype: dtypeSchema,
      shape: z.array(z.int().min(0)),
      offset: z.int().min(0),
      bytes: z.int().min(0),
    }),
  ),
});
export type CheckpointHeader = z.infer<typeof checkpointHeaderSchema>;
