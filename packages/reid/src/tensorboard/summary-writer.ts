import { hostname } from 'node:os';
import path from 'node:path';
import type { MessageWriter } from '@reidgrad/onnx-export/protobuf';
import { Tensor } from '@reidgrad/core';
import { badArgument } from '@reidgrad/core/graph';
import { EventFile } from './event-file.js';
import type { EventTime } from './event-file.js';
import { histogramOf } from './histogram.js';

/** A number, or a tensor of one element. */
export type Scalar = number | Tensor;

/** Options of {@link SummaryWriter}, with PyTorch's names. */
export interface SummaryWriterOptions {
  /** Added to the default folder. Default ''. */
  comment?: string;
  /** A resumed run: what earlier files of the folder have from this step on is not shown. */
  purge_step?: number;
  /** Added to the names of the files. Default ''. */
  filename_suffix?: string;
}

// The fields of tensorflow/core/framework/summary.proto, tensor.proto and tensor_shape.proto that are written.
const VALUE = 1;
const Value = { TAG: 1, SIMPLE_VALUE: 2, HISTO: 5, TENSOR: 8, METADATA: 9 } as const;
const Histo = { MIN: 1, MAX: 2, NUM: 3, SUM: 4, SUM_SQUARES: 5, BUCKET_LIMIT: 6, BUCKET: 7 } as const;
const PLUGIN_DATA = 1;
const PLUGIN_NAME = 1;
const TensorField = { DTYPE: 1, SHAPE: 2, STRING_VAL: 8 } as const;
const DT_STRING = 7;
const DIM = 2;
const SIZE = 1;

function numberOf(name: string, value: Scalar): number {
  if (typeof value === 'number') return value;
  if (value instanceof Tensor && value.numel() === 1) return value.item();
  throw badArgument(name, 'scalar_value', value, 'a number or a tensor of one element');
}

/** `Nov26_04-15-00`, as Python's `%b%d_%H-%M-%S`. */
function timeName(now: Date): string {
  const month = now.toLocaleString('en', { month: 'short' });
  const [day, ...time] = [now.getDate(), now.getHours(), now.getMinutes(), now.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${month}${day}_${time.join('-')}`;
}

/**
 * Writes numbers, texts and histograms for TensorBoard, as `torch.utils.tensorboard.SummaryWriter`; in Node alone. What
 * was added is in the file when the call returns. `tensorboard --logdir runs` shows it.
 * @example
 * const writer = new SummaryWriter('runs/agw');
 * writer.add_scalar('train/loss', loss, step);
 * writer.close();
 */
export class SummaryWriter {
  readonly log_dir: string;
  readonly #options: SummaryWriterOptions;
  readonly #file: EventFile;
  /** The files of `add_scalars`, by folder. */
  readonly #others = new Map<string, EventFile>();
  #closed = false;

  /**
   * Makes the folder and begins a new file in it.
   * @param log_dir the folder; default `runs/<time>_<host>`, with `comment` at its end
   * @param options see {@link SummaryWriterOptions}
   */
  constructor(log_dir?: string, options: SummaryWriterOptions = {}) {
    const { comment = '' } = options;
    if (typeof log_dir !== 'string' && log_dir !== undefined) {
      throw badArgument('SummaryWriter', 'log_dir', log_dir, 'the path of a folder');
    }
    this.log_dir = log_dir ?? path.join('runs', `${timeName(new Date())}_${hostname()}${comment}`);
    this.#options = options;
    this.#file = this.#open(this.log_dir);
  }

  #open(folder: string): EventFile {
    return new EventFile(folder, { suffix: this.#options.filename_suffix, purgeStep: this.#options.purge_step });
  }

  #add(
    name: string,
    file: EventFile,
    tag: string,
    step: number | undefined,
    walltime: number | undefined,
    fill: (value: MessageWriter) => void,
  ): void {
    if (this.#closed) throw new Error(`${name}: the writer is closed`);
    if (step !== undefined && !Number.isSafeInteger(step)) {
      throw new Error(`${name}: global_step: got ${step}, expected an integer`);
    }
    const time: EventTime = { step, walltime };
    file.summary(time, (summary) =>
      summary.message(VALUE, (value) => {
        value.string(Value.TAG, tag);
        fill(value);
      }),
    );
  }

  /**
   * Adds a point to the curve `tag`; a `/` in the tag groups curves.
   * @param scalar_value a number, or a tensor of one element
   * @param global_step the step of training; default 0
   * @param walltime seconds since 1970; default now
   * @throws for a step that is no integer, a tensor of several elements, a closed writer.
   */
  add_scalar(tag: string, scalar_value: Scalar, global_step?: number, walltime?: number): void {
    const number = numberOf('add_scalar', scalar_value);
    this.#add('add_scalar', this.#file, tag, global_step, walltime, (value) => value.float(Value.SIMPLE_VALUE, number));
  }

  /** Adds a point to each of several curves of one chart; each curve has a folder of its own. Throws as `add_scalar`. */
  add_scalars(
    main_tag: string,
    tag_scalar_dict: Readonly<Record<string, Scalar>>,
    global_step?: number,
    walltime?: number,
  ): void {
    for (const [tag, scalar] of Object.entries(tag_scalar_dict)) {
      const number = numberOf('add_scalars', scalar);
      const folder = path.join(this.log_dir, `${main_tag.replaceAll('/', '_')}_${tag}`);
      const file = this.#others.get(folder) ?? this.#open(folder);
      this.#others.set(folder, file);
      this.#add('add_scalars', file, main_tag, global_step, walltime, (value) =>
        value.float(Value.SIMPLE_VALUE, number),
      );
    }
  }

  /** Adds a text, shown as Markdown. Throws as `add_scalar`. */
  add_text(tag: string, text_string: string, global_step?: number, walltime?: number): void {
    this.#add('add_text', this.#file, `${tag}/text_summary`, global_step, walltime, (value) => {
      value.message(Value.TENSOR, (tensor) => {
        tensor.int(TensorField.DTYPE, DT_STRING);
        tensor.message(TensorField.SHAPE, (shape) => shape.message(DIM, (dim) => dim.int(SIZE, 1)));
        tensor.string(TensorField.STRING_VAL, text_string);
      });
      value.message(Value.METADATA, (metadata) =>
        metadata.message(PLUGIN_DATA, (plugin) => plugin.string(PLUGIN_NAME, 'text')),
      );
    });
  }

  /**
   * Adds how values are spread, in TensorBoard's buckets.
   * @param values a tensor on the host, or numbers
   * @throws as `add_scalar`, and where no value is finite.
   */
  add_histogram(tag: string, values: Tensor | ArrayLike<number>, global_step?: number, walltime?: number): void {
    const numbers =
      values instanceof Tensor ? Float64Array.from(values.detach().double().toTypedArray(), Number) : values;
    const { min, max, num, sum, sumSquares, limits, counts } = histogramOf(numbers);
    this.#add('add_histogram', this.#file, tag, global_step, walltime, (value) =>
      value.message(Value.HISTO, (histo) => {
        const fields = [[Histo.MIN, min], [Histo.MAX, max], [Histo.NUM, num], [Histo.SUM, sum], [Histo.SUM_SQUARES, sumSquares]] as const; // prettier-ignore
        for (const [field, number] of fields) if (number !== 0) histo.double(field, number);
        histo.doubles(Histo.BUCKET_LIMIT, limits);
        histo.doubles(Histo.BUCKET, counts);
      }),
    );
  }

  #files(): EventFile[] {
    return [this.#file, ...this.#others.values()];
  }

  /** Waits until everything is on the disk, past a power cut. */
  flush(): void {
    if (!this.#closed) for (const file of this.#files()) file.flush();
  }

  /** Closes the files; nothing can be added after it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const file of this.#files()) file.close();
  }
}
