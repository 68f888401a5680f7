import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { MessageWriter } from '@reidgrad/onnx-export/protobuf';

// The fields of tensorflow/core/util/event.proto that are written.
const WALL_TIME = 1;
const STEP = 2;
const FILE_VERSION = 3;
const SUMMARY = 5;
const SESSION_LOG = 7;
/** `SessionLog.START`: what an earlier file has from this step on no longer counts. */
const SESSION_STATUS = 1;
const START = 1;

const VERSION = 'brain.Event:2';

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  // The Castagnoli polynomial, bits reversed.
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

/** CRC-32C, masked as TFRecord files have it. */
export function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff];
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A record of a TFRecord file: length, its checksum, data, their checksum. */
function record(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return bytes;
}

/** When an event was, in steps of training and seconds since 1970. */
export interface EventTime {
  /** Default 0. */
  step?: number;
  /** Default: now. */
  walltime?: number;
}

let files = 0;

/** An event file of TensorBoard. Every event is in it when the call returns. */
export class EventFile {
  readonly #descriptor: number;

  /** Makes the folder and a file of a name of its own in it. */
  constructor(
    readonly folder: string,
    options: { suffix?: string; purgeStep?: number } = {},
  ) {
    mkdirSync(folder, { recursive: true });
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    const name = `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files++}${options.suffix ?? ''}`;
    this.#descriptor = openSync(path.join(folder, name), 'wx');
    const { purgeStep: step } = options;
    this.#event({ step }, (event) => event.string(FILE_VERSION, VERSION));
    if (step !== undefined)
      this.#event({ step }, (event) => event.message(SESSION_LOG, (log) => log.int(SESSION_STATUS, START)));
  }

  #event({ step = 0, walltime = Date.now() / 1000 }: EventTime, fill: (event: MessageWriter) => void): void {
    const event = new MessageWriter();
    event.double(WALL_TIME, walltime);
    if (step !== 0) event.int(STEP, step);
    fill(event);
    writeSync(this.#descriptor, record(event.toBytes()));
  }

  /** @param fill writes the fields of a `Summary` */
  summary(time: EventTime, fill: (summary: MessageWriter) => void): void {
    this.#event(time, (event) => event.message(SUMMARY, fill));
  }

  flush(): void {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
