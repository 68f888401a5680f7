import { manual_seed, no_grad, optim, tensor } from '@reidgrad/core';
import type { Tensor } from '@reidgrad/core';
import type { Checkpoint } from '../checkpoint/index.js';
import type { TrainConfig } from '../config/index.js';
import type { ReidDataset } from '../datasets/index.js';
import { Embedder, EmbeddingNet } from '../models/index.js';
import { PKSampler, Xoshiro128 } from '../samplers/index.js';
import type { Augmentation } from '../transforms/index.js';
import { emojiAugmentation, imageBatch, personAugmentation } from '../transforms/index.js';
import type { RunParts, StepRecord } from './checkpoint-state.js';
import { captureRun, restoreRun } from './checkpoint-state.js';
import { trainingCriterion } from './criterion.js';
import { batchTensor } from './host-tensors.js';
import { RECIPE } from './recipe.js';
import type { StepRunner, TrainingStep } from './step.js';
import { stepRunner, trainingStep } from './step.js';

/** Keeps the generators of sampler and augmentation apart, though both come from one seed. */
const AUGMENTATION_STREAM = 0x5eed;

const AUGMENTATIONS: Readonly<Record<TrainConfig['dataset'], () => Augmentation>> = {
  emoji: emojiAugmentation,
  market1501: personAugmentation,
};

/** Cells of the last feature map along an edge of the picture, kept to what the blocks leave of it. */
function gridCells(pixels: number): number {
  return Math.max(1, Math.min(RECIPE.gridCells, pixels >> RECIPE.channels.length));
}

/** Factor of the learning rate: up in a short warm-up, then down a half cosine to the end. */
function learningRateFactor(step: number, totalSteps: number): number {
  const warmup = Math.min(1, (step + 1) / RECIPE.warmupSteps);
  return warmup * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, step / totalSteps)));
}

/** A training step failed; the message names the step. The trainer stands where it stood before that step. */
export class StepError extends Error {
  override readonly name = 'StepError';
}

/**
 * Trains an embedding network on a data set, one step at a time, and can be saved and restored between any two steps.
 * The seed decides weights, batches and augmentation.
 * @example
 * const trainer = new Trainer(dataset, config);
 * while (trainer.step < trainer.totalSteps) console.log((await trainer.trainStep()).loss);
 */
export class Trainer {
  readonly embedder: Embedder;
  /** The step itself, as it is traced and exported. */
  readonly trainingStep: TrainingStep;
  readonly #parts: RunParts;
  readonly #runner: StepRunner;
  readonly #augment: Augmentation;

  /**
   * @param dataset what to train on
   * @param config the settings of the run
   * @param warn hears of providers that did not start
   */
  constructor(
    private readonly dataset: ReidDataset,
    private readonly config: TrainConfig,
    warn: (message: string) => void = () => undefined,
  ) {
    manual_seed(config.seed);
    const { height, width } = dataset.imageSize;
    const net = new EmbeddingNet({
      classes: dataset.numTrainPids,
      embedding: config.embedding,
      channels: RECIPE.channels,
      grid: [gridCells(height), gridCells(width)],
    });
    this.embedder = new Embedder(net);
    const trained = net.parameters().filter((parameter) => parameter.requires_grad);
    const optimizer = new optim.Adam(trained, { lr: config.lr });
    const pids = dataset.train.map(({ pid }) => pid);
    const identities = new Set(pids).size;
    if (config.p > identities) {
      throw new RangeError(
        `Trainer: config.p is ${config.p}; expected at most the ${identities} identities of the data set`,
      );
    }
    const sampler = new PKSampler(pids, { identities: config.p, images: config.k, seed: config.seed });
    const scheduled = config.epochs * sampler.batchesPerEpoch;
    this.#parts = {
      model: this.embedder,
      optimizer,
      scheduler: new optim.lr_scheduler.LambdaLR(optimizer, (step) => learningRateFactor(step, scheduled)),
      sampler,
      random: new Xoshiro128((config.seed ^ AUGMENTATION_STREAM) >>> 0),
      history: [],
    };
    this.#augment = AUGMENTATIONS[config.dataset]();
    this.trainingStep = trainingStep(this.embedder, trainingCriterion(config), optimizer);
    this.#runner = stepRunner(this.trainingStep, config, warn);
  }

  /** Steps done. */
  get step(): number {
    return this.#parts.history.length;
  }

  /** Steps that the epochs make; the learning rate follows them. */
  get scheduledSteps(): number {
    return this.config.epochs * this.stepsPerEpoch;
  }

  /** Steps of the run: those of the epochs, or fewer with `steps`. */
  get totalSteps(): number {
    return Math.min(this.scheduledSteps, this.config.steps ?? Infinity);
  }

  get stepsPerEpoch(): number {
    return this.#parts.sampler.batchesPerEpoch;
  }

  get batchSize(): number {
    return this.#parts.sampler.batchSize;
  }

  /** Loss and correct rows of all steps. */
  get history(): readonly StepRecord[] {
    return this.#parts.history;
  }

  /** The next batch, augmented: pictures [N, 3, H, W] from 0 to 1, and labels [N], int64. */
  nextBatch(): { images: Tensor; labels: Tensor } {
    const chosen = this.#parts.sampler.next().map((index) => this.dataset.train[index]);
    const batch = imageBatch(chosen.map(({ image }) => image));
    this.#augment(batch, this.#parts.random);
    return {
      images: batchTensor(batch),
      labels: tensor(
        chosen.map(({ pid }) => pid),
        { dtype: 'int64' },
      ),
    };
  }

  /**
   * Makes one step.
   * @throws StepError naming the step when it fails, as with a loss that is not finite; the step then never was: weights,
   * sampler and generators are as before it.
   */
  async trainStep(): Promise<StepRecord> {
    const { sampler, random, scheduler, history } = this.#parts;
    const before = { sampler: sampler.state(), random: random.state() };
    const statistics = this.#runningStatistics();
    this.embedder.train();
    try {
      const { images, labels } = this.nextBatch();
      const record = await this.#runner.run(images, labels);
      scheduler.step();
      history.push(record);
      return record;
    } catch (error) {
      sampler.setState(before.sampler);
      random.setState(before.random);
      no_grad(() => statistics.forEach(({ buffer, value }) => buffer.copy_(value)));
      const reason = error instanceof Error ? error.message : String(error);
      throw new StepError(`step ${this.step + 1}: ${reason}`, { cause: error });
    }
  }

  /** What an eager step has changed by the time its loss is known; a compiled one changes nothing before its end. */
  #runningStatistics(): { buffer: Tensor; value: Tensor }[] {
    const buffers = this.config.eager ? this.embedder.buffers() : [];
    return buffers.map((buffer) => ({ buffer, value: buffer.detach().clone() }));
  }

  /** Whether all weights and running statistics are finite numbers. */
  async isFinite(): Promise<boolean> {
    await this.sync();
    const tensors = Object.values(this.embedder.state_dict());
    return tensors.every((value) => value.dtype !== 'float32' || Boolean(value.abs().lt(Infinity).all().item()));
  }

  /** Brings weights and optimizer state from a device to the host. */
  async sync(): Promise<void> {
    await this.#runner.sync();
  }

  /** All that the rest of the run depends on. */
  async capture(): Promise<Checkpoint> {
    await this.sync();
    // `resume` is about the command that was given, not about the run.
    const { resume: _resume, ...config } = this.config;
    const set = Object.entries(config).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    return captureRun(this.#parts, Object.fromEntries(set));
  }

  /** Goes back to what `capture` gave. Throws when it is of another model. */
  restore(checkpoint: Checkpoint): void {
    restoreRun(this.#parts, checkpoint);
  }

  /** Frees what the runtime holds. */
  async dispose(): Promise<void> {
    await this.#runner.dispose();
  }
}
