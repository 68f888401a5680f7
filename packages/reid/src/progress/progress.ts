import cliProgress from 'cli-progress';

/** The part of a terminal or pipe that is used. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
}

/** Options of {@link TrainProgress}. */
export interface TrainProgressOptions {
  /** Steps of the whole run. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Images in a batch. */
  readonly batchSize: number;
  /** Steps done before, by the run that is resumed; 0. */
  readonly startStep?: number;
  /** Print nothing; false. */
  readonly quiet?: boolean;
  /** Standard error by default, so that standard output holds the results alone. */
  readonly stream?: ProgressStream;
  /** The time in milliseconds; `performance.now`. */
  readonly now?: () => number;
}

/** What one step gives. */
export interface StepResult {
  readonly loss: number;
  /** Rows of the batch that the loss counts as correct. */
  readonly correct: number;
}

/** How far back means reach: a step's weight halves about every 14 steps. */
const SMOOTHING = 0.95;

/** Lines of a whole run where there is no terminal. */
const MAX_LINES = 50;

function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

/**
 * Shows how training goes: loss and share of correct rows (running means), images per second, time left. A bar in a
 * terminal; where there is none (CI, a file), one line an epoch, or every few epochs where there are more than 50.
 *
 * @example
 * const progress = new TrainProgress({ totalSteps: 420, stepsPerEpoch: 42, batchSize: 64 });
 * progress.update({ loss: 1.25, correct: 40 }); // after every step
 * progress.stop();
 */
export class TrainProgress {
  readonly #options: TrainProgressOptions;
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  readonly #started: number;
  readonly #bar: cliProgress.SingleBar | undefined;
  /** Whole epochs; one, where these are not too many lines. */
  readonly #stepsPerLine: number;
  #step: number;
  #loss = 0;
  #correct = 0;
  #weight = 0;

  /** Starts the clock and, in a terminal, draws the empty bar. */
  constructor(options: TrainProgressOptions) {
    this.#options = options;
    this.#stream = options.stream ?? process.stderr;
    this.#now = options.now ?? ((): number => performance.now());
    this.#started = this.#now();
    this.#step = options.startStep ?? 0;
    const epochs = options.totalSteps / options.stepsPerEpoch;
    this.#stepsPerLine = options.stepsPerEpoch * Math.max(1, Math.ceil(epochs / MAX_LINES));
    if (options.quiet !== true && this.#stream.isTTY === true) {
      const format = '{bar} {value}/{total}  loss {loss}  correct {correct}  {speed} images/s  {left} left';
      this.#bar = new cliProgress.SingleBar(
        { format, stream: this.#stream, barsize: 24, hideCursor: true },
        cliProgress.Presets.shades_classic,
      );
      this.#bar.start(options.totalSteps, this.#step, { loss: '-', correct: '-', speed: '-', left: '-' });
    }
  }

  /** Tells the result of the next step. */
  update(result: StepResult): void {
    const { batchSize, stepsPerEpoch, totalSteps, quiet } = this.#options;
    this.#step++;
    this.#weight = SMOOTHING * this.#weight + 1;
    this.#loss += (result.loss - this.#loss) / this.#weight;
    this.#correct += (result.correct / batchSize - this.#correct) / this.#weight;
    const shown = this.#shown();
    if (this.#bar !== undefined) {
      this.#bar.update(this.#step, shown);
    } else if (quiet !== true && (this.#step % this.#stepsPerLine === 0 || this.#step === totalSteps)) {
      const epoch = `epoch ${Math.ceil(this.#step / stepsPerEpoch)}/${Math.ceil(totalSteps / stepsPerEpoch)}`;
      const numbers = `loss ${shown.loss}  correct ${shown.correct}  ${shown.speed} images/s  ${shown.left} left`;
      this.#stream.write(`${epoch}  step ${this.#step}/${totalSteps}  ${numbers}\n`);
    }
  }

  #shown(): Record<'loss' | 'correct' | 'speed' | 'left', string> {
    const done = this.#step - (this.#options.startStep ?? 0);
    const seconds = (this.#now() - this.#started) / 1000;
    const left = ((this.#options.totalSteps - this.#step) * seconds) / done;
    return {
      loss: this.#loss.toFixed(4),
      correct: `${(100 * this.#correct).toFixed(1)}%`,
      speed: seconds > 0 ? ((done * this.#options.batchSize) / seconds).toFixed(0) : '-',
      left: duration(left),
    };
  }

  /** Prints a line above the bar, such as a warning. */
  log(line: string): void {
    if (this.#options.quiet === true) {
      return;
    }
    if (this.#bar === undefined) {
      this.#stream.write(`${line}\n`);
    } else {
      this.#stream.write(`\r\u001b[K${line}\n`);
      this.#bar.render();
    }
  }

  /** Ends the bar; call it when training fails, too. */
  stop(): void {
    this.#bar?.stop();
  }
}
