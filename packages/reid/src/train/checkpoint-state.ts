import type { Tensor } from '@reidgrad/core';
import { defaultGenerator, from_numpy, no_grad, tensor } from '@reidgrad/core';
import type { nn, optim } from '@reidgrad/core';
import { z } from 'zod';
import type { Checkpoint, CheckpointInfo, CheckpointTensor } from '../checkpoint/index.js';
import type { PKSampler, Xoshiro128 } from '../samplers/index.js';
import { pkSamplerStateSchema, randomStateSchema } from '../samplers/index.js';

/** What a training run consists of beside its settings; all of it goes into a checkpoint. */
export interface RunParts {
  readonly model: nn.Module;
  readonly optimizer: optim.Adam;
  readonly scheduler: optim.lr_scheduler.LRScheduler;
  readonly sampler: PKSampler;
  /** Random numbers of the augmentation. */
  readonly random: Xoshiro128;
  /** One entry a step. */
  readonly history: StepRecord[];
}

/** What is kept of a step. */
export interface StepRecord {
  readonly loss: number;
  /** Correct rows of the batch. */
  readonly correct: number;
}

const jsonObject = z.record(z.string(), z.json());

const stateSchema = z.object({
  sampler: pkSamplerStateSchema,
  augmentation: randomStateSchema,
  /** The generator of the tensors, as `Generator.get_state` gives it. */
  generator: z.object({
    seed: z.int(),
    nextNormal: z.number().nullable(),
    words: z.array(z.number()),
    position: z.int(),
  }),
  scheduler: jsonObject,
  /** Groups of the optimizer, and the steps made for each parameter; its tensors are among the checkpoint's. */
  optimizer: z.object({
    groups: z.array(jsonObject.and(z.object({ params: z.array(z.int()) }))),
    steps: z.record(z.string(), z.number()),
  }),
  losses: z.array(z.number()),
  correct: z.array(z.number()),
});

const MODEL = 'model.';
const OPTIMIZER = 'optimizer.';

function storedTensor(value: Tensor): CheckpointTensor {
  const { dtype, shape } = value;
  if (dtype !== 'float32' && dtype !== 'int64') {
    throw new Error(`captureRun: a tensor is ${dtype}; expected float32 or int64, as this trainer's models have`);
  }
  return { dtype, shape: [...shape], data: value.toTypedArray() };
}

function loadedTensor({ data, shape }: CheckpointTensor): Tensor {
  if (!(data instanceof Float32Array || data instanceof BigInt64Array)) {
    throw new Error(`restoreRun: a tensor is a ${data.constructor.name}; expected float32 or int64`);
  }
  return from_numpy(data, shape);
}

/**
 * All that the rest of the run depends on: weights, running statistics, the optimizer's state, the schedule, where the
 * sampler and both random generators stand, and the losses so far. Tensors must be on the host.
 */
export function captureRun(parts: RunParts, config: CheckpointInfo['config']): Checkpoint {
  const { model, optimizer, scheduler, sampler, random, history } = parts;
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, value] of Object.entries(model.state_dict())) {
    tensors.set(MODEL + name, storedTensor(value));
  }
  const saved = optimizer.state_dict();
  const steps: Record<string, number> = {};
  for (const [number, entry] of Object.entries(saved.state)) {
    for (const [key, value] of Object.entries(entry)) {
      if (value === null || typeof value === 'number' || key === 'step') {
        steps[number] = typeof value === 'number' ? value : (value?.item() ?? 0);
      } else {
        tensors.set(`${OPTIMIZER}${number}.${key}`, storedTensor(value));
      }
    }
  }
  const state = {
    sampler: sampler.state(),
    augmentation: random.state(),
    generator: defaultGenerator.get_state(),
    scheduler: scheduler.state_dict(),
    optimizer: { groups: saved.param_groups, steps },
    losses: history.map(({ loss }) => loss),
    correct: history.map(({ correct }) => correct),
  };
  return {
    // Through JSON, as the file's header goes: what it cannot hold is noticed here, and nothing is shared.
    info: {
      kind: 'reid-training',
      step: history.length,
      epoch: sampler.epoch,
      config,
      state: jsonObject.parse(JSON.parse(JSON.stringify(state))),
    },
    tensors,
  };
}

function withPrefix(tensors: Checkpoint['tensors'], prefix: string): [string, CheckpointTensor][] {
  return [...tensors].flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as [string, CheckpointTensor]] : [],
  );
}

/**
 * Puts a run back to where a checkpoint was captured: the steps that follow are bitwise those of the uninterrupted run.
 * @throws Error when the checkpoint is of another kind, or does not fit the model.
 */
export function restoreRun(parts: RunParts, { info, tensors }: Checkpoint): void {
  if (info.kind !== 'reid-training') {
    throw new Error(`restoreRun: the checkpoint is of kind ${info.kind}; expected reid-training`);
  }
  const parsed = stateSchema.safeParse(info.state);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`restoreRun: the checkpoint's ${issue.path.join('.')} is unusable; ${issue.message}`);
  }
  const state = parsed.data;
  const weights = withPrefix(tensors, MODEL).map(([name, value]) => [name, loadedTensor(value)] as const);
  no_grad(() => parts.model.load_state_dict(Object.fromEntries(weights)));
  const entries: Record<number, Record<string, Tensor>> = {};
  for (const [number, steps] of Object.entries(state.optimizer.steps)) {
    // Counts stay below 2^24, which float32 holds exactly.
    entries[Number(number)] = { step: tensor([steps]).reshape([]) };
  }
  for (const [name, value] of withPrefix(tensors, OPTIMIZER)) {
    const dot = name.indexOf('.');
    entries[Number(name.slice(0, dot))][name.slice(dot + 1)] = loadedTensor(value);
  }
  parts.optimizer.load_state_dict({ state: entries, param_groups: state.optimizer.groups });
  parts.scheduler.load_state_dict(state.scheduler);
  parts.sampler.setState(state.sampler);
  parts.random.setState(state.augmentation);
  defaultGenerator.set_state(state.generator);
  const history = state.losses.map((loss, i) => ({ loss, correct: state.correct[i] }));
  parts.history.splice(0, parts.history.length, ...history);
}
