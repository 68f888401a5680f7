import type { Tensor } from '@reidgrad/core';
import { check } from '@reidgrad/core';
import { compile } from '@reidgrad/onnx-export/compile';
import type { TrainConfig } from '../config/index.js';
import type { Embedder } from '../models/index.js';
import type { Criterion, LossTerms } from './criterion.js';

/** One update of the weights from pictures [N, 3, H, W] (0 to 1) and labels [N]; traceable. */
export type TrainingStep = (images: Tensor, labels: Tensor) => { loss: Tensor; correct: Tensor };

/** As much of an optimizer as a step needs. */
export interface SteppingOptimizer {
  zero_grad(): void;
  step(): void;
}

/**
 * The training step: forward, loss, backward, update.
 * @throws (at the call) when the loss is not finite; compiled or not, nothing has changed then.
 */
export function trainingStep(embedder: Embedder, criterion: Criterion, optimizer: SteppingOptimizer): TrainingStep {
  return function trainStep(images, labels) {
    optimizer.zero_grad();
    const { loss, correct }: LossTerms = criterion(embedder.net.forward(embedder.prepare(images)), labels);
    check(loss.abs().lt(Infinity), 'the loss is not a finite number');
    loss.backward();
    optimizer.step();
    return { loss, correct };
  };
}

/** A step that is awaited, with numbers as results. */
export interface StepRunner {
  run(images: Tensor, labels: Tensor): Promise<{ loss: number; correct: number }>;
  /** Brings weights and optimizer state from a device to the host. */
  sync(): Promise<void>;
  /** Frees what the runtime holds; weights stay. */
  dispose(): Promise<void>;
}

/** Makes the step run compiled on ONNX Runtime, or op by op with `eager`. `warn` hears of providers left out. */
export function stepRunner(
  step: TrainingStep,
  config: Pick<TrainConfig, 'eager' | 'provider' | 'threads'>,
  warn: (message: string) => void,
): StepRunner {
  if (typeof step !== 'function') throw new Error(`stepRunner: step is ${String(step)}; expected a function`);
  const { provider, threads } = config;
  const compiled = config.eager ? undefined : compile(step, { executionProviders: provider, threads, warn });
  return {
    run: async (images, labels) => {
      const { loss, correct } = compiled === undefined ? step(images, labels) : await compiled(images, labels);
      return { loss: loss.item(), correct: correct.item() };
    },
    sync: async () => compiled?.sync(),
    dispose: async () => compiled?.dispose(),
  };
}
